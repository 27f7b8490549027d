//! What is seen or asked while an operation is asked about or under way.

use serde_json::json;
use usher::domain::{
    Approval, ApprovalStatus, CallFailure, Evidence, Memory, PersonId, Sighting, Span, State,
};

use super::stage::{Able, Stage, fields};
use super::{DELETE_BOB, deleting_lina, end_of_lina, gone, refused, rests, unknown};

#[test]
fn a_look_up_that_fails_blocks_with_its_cause() {
    let mut stage = Stage::new(Able::Alone);
    stage.looks = Err(unknown());
    stage.say("alice", "ops", "/delete @lina1");
    let blocked = stage.said().remove(0);
    assert_eq!(blocked.kind, "blocked");
    assert_eq!(fields(&blocked)["blockers"], json!([{"blocker": "unknown", "fix": "/delete @lina1"}]));
    assert!(blocked.text.contains("the line is dead"), "{}", blocked.text);
    stage.looks = Ok(Vec::new());
    stage.say("alice", "ops", "/delete @lina1");
    assert_eq!(stage.kinds(), ["ops confirm_request"]);
    stage.looks = Err(unknown());
    stage.confirm();
    assert_eq!((stage.kinds(), stage.state()), (vec!["ops blocked".to_owned()], State::Blocked));
    assert!(stage.asked().is_empty() && stage.is_here("lina1"));
}

#[test]
fn what_a_look_up_shows_is_what_is_asked_about() {
    let mut stage = Stage::new(Able::Alone);
    stage.looks = Ok(vec![Sighting::PersonGone(PersonId::new("lina1"))]);
    stage.say("alice", "ops", "/delete @lina1");
    assert_eq!(stage.kinds(), ["ops rejected"]);
    assert!(!stage.is_here("lina1"));
}

#[test]
fn what_changed_between_the_question_and_the_answer_blocks() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("alice", "ops", "/delete @lina1");
    let mut person = stage.person("lina1");
    person.phone = Some("+8613900000000".to_owned());
    stage.looks = Ok(vec![Sighting::Person { person, supervises: Vec::new() }]);
    stage.said();
    stage.confirm();
    let blocked = stage.said().remove(0);
    assert_eq!(fields(&blocked)["blockers"][0]["blocker"], "changed");
    assert!(stage.asked().is_empty());
}

#[test]
fn a_second_request_about_the_same_waits_for_the_first() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("olivia", "all", "/delete @lina1");
    let second = stage.code();
    stage.ask_and_confirm_after("/delete @lina1");
    stage.asked();
    stage.said();
    stage.say("olivia", "dm", "/delete @lina1");
    let refused = stage.said().remove(0);
    assert_eq!(fields(&refused)["error"], "already_pending");
    // It was asked about before the first was begun.
    stage.say("olivia", "all", &format!("/confirm {second}"));
    assert!(stage.asked().is_empty(), "nobody is deleted twice");
    let refused = stage.said().remove(0);
    assert_eq!(refused.to.to_string(), "all");
    assert_eq!(fields(&refused)["error"], "already_pending");
    let first = stage.code();
    stage.say("alice", "dm", "/delete @lina2");
    assert_eq!(stage.kinds(), ["dm:alice confirm_request"], "somebody else");
    stage.say("olivia", "dm", "/grant-admin @lina1 level=main");
    assert_eq!(stage.kinds(), ["dm:olivia confirm_request"], "something else");
    stage.code = Some(first);
    stage.called(Ok(()));
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
}

#[test]
fn what_somebody_asked_for_is_called_off_once_their_departure_is_seen() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("lina1", "dm", "/close-account --no-backup");
    let own = stage.code();
    stage.ask_and_confirm_after("/delete @lina1");
    stage.called(Ok(()));
    assert!(stage.read(|tx| tx.operation(&own)).unwrap().state.is_waiting(), "until then it waits");
    stage.said();
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.read(|tx| tx.operation(&own)).unwrap().state, State::Cancelled);
    let told = stage.kinds();
    assert!(told.contains(&"dm:lina1 cancelled".to_owned()), "{told:?}");
}

#[test]
fn an_approval_keeps_who_cancelled_it_however_that_is_seen() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/cancel-approval A-1001 reason=\"a typo\"");
    assert_eq!(stage.asked(), ["call cancel A-1001"]);
    let seen = Approval { status: ApprovalStatus::Cancelled, ..stage.approval("A-1001") };
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![Sighting::Approval(seen)])]);
    assert_eq!(stage.asked(), ["check cancel A-1001"]);
    stage.checked(Ok(Evidence::Done));
    assert!(!stage.is_pending("A-1001"));
    let database = rusqlite::Connection::open(stage.path()).unwrap();
    let kept: (String, String) = database
        .query_row("SELECT actor, reason FROM cancellation WHERE approval = 'A-1001'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, ("alice".to_owned(), "a typo".to_owned()));
}

#[test]
fn somebody_gone_while_a_call_waits_is_read_back_at_once() {
    let mut stage = deleting_lina();
    stage.called(Err(CallFailure::Later(Span::from_mins(10))));
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("lina1")])]);
    assert_eq!(stage.asked(), ["check delete lina1"]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
    rests(&mut stage);
}

#[test]
fn who_leaves_before_it_is_done_is_neither_told_of_it_nor_given_anything_to_do() {
    for who_left in [None, Some("dave")] {
        let mut stage = Stage::new(Able::WithAPerson);
        stage.ask_and_confirm(DELETE_BOB);
        stage.called(Ok(()));
        stage.checked(Ok(Evidence::Done));
        let seen = who_left.map(gone).into_iter().collect();
        stage.handle(&[usher::runtime::bot::Event::Seen(seen)]);
        stage.kinds();
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.state(), State::Done);
        let mut told = stage.kinds();
        stage.wait(Span::from_days(30));
        told.extend(stage.kinds());
        // A notice, a task and reminders of it, for who takes over and supervises; and Alice has her own.
        let of = |person: &str| told.iter().filter(|kind| kind.starts_with(person)).count();
        assert_eq!(of("dm:dave") > 3, who_left.is_none(), "{told:?}");
        assert!(who_left.is_none() || of("dm:dave") == 0, "{told:?}");
        assert!(of("dm:alice task") > 1, "{told:?}");
    }
}

#[test]
fn who_leaves_while_their_rights_are_taken_is_gone() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/revoke-admin @sam");
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("sam")])]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.state(), State::Done);
    assert!(!stage.is_here("sam"));
}

#[test]
fn who_leaves_while_they_are_given_rights_stops_nothing() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/grant-admin @lina1 level=main");
    stage.called(Ok(()));
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("lina1")])]);
    assert!(!stage.is_here("lina1"));
    stage.checked(Ok(Evidence::Done));
    assert_eq!((stage.state(), stage.kinds().last().unwrap().as_str()), (State::Failed, "ops failed"));
    assert_eq!(stage.outcomes().last().unwrap(), "failed:internal");
    rests(&mut stage);
}

#[test]
fn what_somebody_had_left_to_do_moves_once_they_have_left_and_not_before() {
    for is_refused in [true, false] {
        let mut stage = Stage::new(Able::Alone);
        stage.ask_and_confirm("/delete @lina1 handover=@pavel");
        stage.called(Ok(()));
        stage.checked(Ok(Evidence::Done));
        stage.asked();
        stage.ask_and_confirm_after("/delete @pavel handover=@ana");
        assert_eq!(stage.states(), ["called"]);
        assert_eq!(stage.asked(), ["call delete pavel"], "nobody else is asked");
        let open = |stage: &mut Stage, id: &str| stage.read(|tx| tx.to_do(&PersonId::new(id))).len();
        assert_eq!((open(&mut stage, "pavel"), open(&mut stage, "ana")), (3, 0));
        if is_refused {
            stage.called(refused());
            assert_eq!((open(&mut stage, "pavel"), open(&mut stage, "ana")), (3, 0));
            continue;
        }
        stage.called(Ok(()));
        stage.checked(Ok(Evidence::Done));
        assert_eq!(open(&mut stage, "pavel"), 0);
        assert!(open(&mut stage, "ana") >= 3);
        stage.kinds();
        stage.wait(Span::from_days(30));
        assert!(stage.kinds().contains(&"dm:ana task".to_owned()), "she is reminded");
    }
}
