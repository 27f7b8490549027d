//! Each kind of step by itself: what it is called, what shows that it may be done, and what is none of its business.

use usher::domain::{
    Approval, ApprovalId, ApprovalStatus, DepartmentId, Directory, Evidence, Grant, Level, Permissions,
    PersonId, Sighting, State,
};
use usher::runtime::bot::Event;

use super::gone;
use super::stage::{Able, Stage, fields};

/// An operation whose only step, or whose last, is of this kind.
struct Case {
    who: &'static str,
    place: &'static str,
    request: &'static str,
    /// What the step is called.
    word: &'static str,
    /// What shows that it may be done, and the like that does not.
    shows: fn(&mut Stage) -> (Sighting, Vec<Sighting>),
    /// Whether the local copy says that it is done.
    is_done: fn(&mut Stage) -> bool,
}

const CASES: [Case; 7] = [
    Case {
        who: "alice",
        place: "ops",
        request: "/delete @lina1",
        word: "delete",
        shows: |_| (gone("lina1"), vec![gone("erin")]),
        is_done: |stage| !stage.is_here("lina1"),
    },
    Case {
        who: "ana",
        place: "dm",
        request: "/close-account --no-backup",
        word: "close_account",
        shows: |_| (gone("ana"), vec![gone("erin")]),
        is_done: |stage| !stage.is_here("ana"),
    },
    Case {
        who: "alice",
        place: "ops",
        request: "/revoke-admin @sam",
        word: "revoke_admin",
        shows: |stage| (admins(stage, "", "sam"), vec![admins(stage, "", ""), admins(stage, "", "hana")]),
        is_done: |stage| !is_admin(stage, "sam"),
    },
    Case {
        who: "alice",
        place: "ops",
        request: "/grant-admin @erin level=main",
        word: "grant_admin",
        shows: |stage| (admins(stage, "erin", ""), vec![admins(stage, "", ""), admins(stage, "frank", "")]),
        is_done: |stage| is_admin(stage, "erin"),
    },
    Case {
        who: "alice",
        place: "ops",
        request: "/cancel-approval A-1001",
        word: "cancel_approval",
        shows: |stage| (cancelled(stage, "A-1001"), vec![cancelled(stage, "A-1002")]),
        is_done: |stage| !stage.is_pending("A-1001"),
    },
    Case {
        who: "olivia",
        place: "ops",
        request: "/unbind @olivia owner to=@erin",
        word: "owner",
        shows: |_| (Sighting::Owner(id("erin")), vec![Sighting::Owner(id("olivia"))]),
        is_done: |stage| stage.read(|tx| tx.organisation()).owner == id("erin"),
    },
    Case {
        who: "alice",
        place: "ops",
        request: "/unbind @dave supervisor to=@carol",
        word: "supervisor",
        shows: |stage| {
            let others = vec![supervisor(stage, "dave", &["sales"]), supervisor(stage, "erin", &[])];
            (supervisor(stage, "dave", &[]), others)
        },
        is_done: |stage| !stage.read(|tx| tx.supervises(&id("dave"))).contains(&DepartmentId::new("sales")),
    },
];

fn id(id: &str) -> PersonId {
    PersonId::new(id)
}

fn is_admin(stage: &mut Stage, person: &str) -> bool {
    stage.read(|tx| tx.grant(&id(person))).is_some()
}

/// The admins as they are, with one more and without one.
fn admins(stage: &mut Stage, more: &str, without: &str) -> Sighting {
    let mut admins = stage.read(|tx| tx.admins());
    admins.retain(|(admin, _)| *admin != id(without));
    if !more.is_empty() {
        let main = Grant { level: Level::Main, departments: Vec::new(), permissions: Permissions::default() };
        admins.push((id(more), main));
    }
    Sighting::Admins(admins)
}

fn cancelled(stage: &mut Stage, approval: &str) -> Sighting {
    Sighting::Approval(Approval { status: ApprovalStatus::Cancelled, ..stage.approval(approval) })
}

fn supervisor(stage: &mut Stage, person: &str, departments: &[&str]) -> Sighting {
    let supervises = departments.iter().map(|id| DepartmentId::new(*id)).collect();
    Sighting::Person { person: stage.person(person), supervises }
}

impl Case {
    /// The operation, confirmed, and its step called.
    fn begun(&self) -> Stage {
        let mut stage = Stage::new(Able::Alone);
        stage.say(self.who, self.place, self.request);
        stage.confirm_as(self.who, self.place);
        let progress = stage.said().pop().unwrap();
        assert_eq!(fields(&progress)["step"], self.word, "{}", self.request);
        stage.asked();
        stage
    }
}

#[test]
fn what_is_read_back_as_done_is_written_down() {
    for case in &CASES {
        let mut stage = case.begun();
        assert!(!(case.is_done)(&mut stage), "{}: not yet", case.request);
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.state(), State::Done, "{}", case.request);
        assert!((case.is_done)(&mut stage), "{}", case.request);
    }
}

#[test]
fn what_shows_a_step_done_is_read_back_at_once_and_written_once() {
    for case in &CASES {
        let mut stage = case.begun();
        let (shows, others) = (case.shows)(&mut stage);
        for other in others {
            stage.handle(&[Event::Seen(vec![other.clone()])]);
            assert!(stage.asked().is_empty(), "{}: {other:?} says nothing of it", case.request);
        }
        stage.handle(&[Event::Seen(vec![shows])]);
        let asked = stage.asked();
        assert_eq!(asked.len(), 1, "{}", case.request);
        assert!(asked[0].starts_with("check"), "{}: {asked:?}", case.request);
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.state(), State::Done, "{}", case.request);
        assert!((case.is_done)(&mut stage), "{}", case.request);
    }
}

#[test]
fn what_is_seen_of_others_while_a_step_goes_on_is_written_down() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/cancel-approval A-1001");
    let other = cancelled(&mut stage, "A-1002");
    stage.handle(&[Event::Seen(vec![other])]);
    assert!(!stage.is_pending("A-1002"), "another approval");
    let approved = Approval { status: ApprovalStatus::Approved, ..stage.approval("A-1001") };
    stage.handle(&[Event::Seen(vec![Sighting::Approval(approved)])]);
    assert_eq!(stage.approval("A-1001").status, ApprovalStatus::Approved, "another end");
}

#[test]
fn who_left_before_their_turn_is_not_let_go_of_twice() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm(super::DELETE_BOB);
    stage.handle(&[Event::Seen(vec![gone("bob")])]);
    assert!(!stage.is_here("bob"), "somebody else did it while the approval was being cancelled");
    stage.checked(Ok(Evidence::Done));
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.state(), State::Done);
}

#[test]
fn what_was_cancelled_before_its_turn_is_not_cancelled_twice() {
    let mut stage = Stage::new(Able::Alone);
    let another = Approval { id: ApprovalId::new("A-9001"), ..stage.approval("A-1001") };
    stage.handle(&[Event::Seen(vec![Sighting::Approval(another)])]);
    stage.ask_and_confirm(super::DELETE_BOB);
    let seen = cancelled(&mut stage, "A-9001");
    stage.handle(&[Event::Seen(vec![seen])]);
    assert!(!stage.is_pending("A-9001") && stage.is_pending("A-1001"), "somebody else cancelled the second");
    for _ in ["A-1001", "A-9001", "bob"] {
        assert_eq!(stage.state(), State::Executing);
        stage.checked(Ok(Evidence::Done));
    }
    assert_eq!(stage.state(), State::Done);
}

#[test]
fn of_rights_that_were_taken_before_the_ownership_was_refused_it_is_said_that_they_are() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("olivia", "ops", "/unbind @olivia owner to=@sam");
    stage.confirm_as("olivia", "ops");
    stage.checked(Ok(Evidence::Done));
    stage.called(super::refused());
    let failed = stage.said().pop().unwrap();
    assert!(failed.text.contains("不会自动撤回的部分：取消管理员。"), "{}", failed.text);
    stage.say("alice", "dm", "/notices");
    let listed = stage.said().pop().unwrap().text;
    assert!(listed.contains("操作失败") && listed.contains("进展"), "{listed}");
}
