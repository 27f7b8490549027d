//! Whatever becomes of approvals and of what is open in people's hands: an approval ends once, in one way, and keeps
//! its history; what was cancelled waits on nobody; and no work is lost, or left with somebody who is gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use usher::domain::{
    Approval, ApprovalStatus, Cancellable, Directory, PersonId, Policy, Roster, Sighting, Span, StepStatus,
};

use crate::stage::{Said, Stage};
use crate::{GATE, cases, ensure, require_reached, scaled};

const ORGANISATION: &str = include_str!("../transcripts/orgs/acme.json");
const PEOPLE: &[&str] = &["olivia", "alice", "sam", "hana", "bob", "carol", "dave", "erin", "frank"];
/// How many approvals there are.
const APPROVALS: usize = 8;
/// How many sequences are played when nobody says how many.
const SEQUENCES: u64 = 60;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Move {
    /// Somebody says this; the verbs that close an account or look something up go to the bot alone.
    Say(&'static str, String),
    /// Somebody confirms what they were asked last.
    Confirm(&'static str),
    /// An approver decides.
    Decide(usize, StepStatus),
    Wait,
}

/// One move, or somebody's request with their confirmation right after it.
fn moves() -> impl Strategy<Value = Vec<Move>> {
    let person = || prop::sample::select(PEOPLE);
    let approval = || 0..APPROVALS;
    // Mostly those who may.
    let actor = || prop_oneof![3 => prop::sample::select(&["olivia", "alice", "sam"][..]), 2 => person()];
    let command = prop_oneof![
        4 => approval().prop_map(|number| format!("/cancel-approval W-{number} reason=\"why not\"")),
        3 => person().prop_map(|of| format!("/cancel-approval --from @{of}")),
        2 => (person(), person()).prop_map(|(of, to)| format!("/handover @{of} to=@{to}")),
        3 => (person(), person()).prop_map(|(of, to)| format!("/delete @{of} handover=@{to} approvals=cancel")),
        1 => (person(), person()).prop_map(|(of, to)| format!("/unbind @{of} supervisor to=@{to}")),
        1 => Just(close()),
        1 => approval().prop_map(|number| format!("/consult W-{number}")),
        1 => approval().prop_map(|number| format!("/object W-{number} \"no\"")),
        1 => Just("/cancel".to_owned()),
    ];
    let status = prop_oneof![3 => Just(StepStatus::Approved), 1 => Just(StepStatus::Rejected)];
    prop_oneof![
        6 => (actor(), command.clone()).prop_map(|(who, text)| vec![Move::Say(who, text)]),
        4 => (actor(), command).prop_map(|(who, text)| vec![Move::Say(who, text), Move::Confirm(who)]),
        1 => person().prop_map(|who| vec![Move::Say(who, close()), Move::Confirm(who)]),
        5 => actor().prop_map(|who| vec![Move::Confirm(who)]),
        2 => (approval(), status).prop_map(|(number, status)| vec![Move::Decide(number, status)]),
        1 => Just(vec![Move::Wait]),
    ]
}

fn close() -> String {
    "/close-account --no-backup".to_owned()
}

/// The organisation of the transcripts, with more approvals, of every template.
fn roster() -> Roster {
    let mut file: Value = serde_json::from_str(ORGANISATION).unwrap();
    file["approvals"] = (0..APPROVALS)
        .map(|number| {
            let at = |offset: usize| PEOPLE[(number * 4 + offset) % PEOPLE.len()];
            let steps = json!([{"approver": at(1), "status": "approved", "at": "2026-11-17T12:00:00+08:00"},
                               {"approver": at(2), "status": "pending"}, {"approver": at(3), "status": "pending"}]);
            json!({"id": format!("W-{number}"), "template": "expense", "title": format!("request {number}"),
                   "originator": at(0), "status": "pending", "created": "2026-11-16T10:00:00+08:00",
                   "cancellable_by": Cancellable::WORDS[number % 4], "steps": steps})
        })
        .collect();
    file["handover"] =
        json!([{"person": "bob", "items": ["keys", "cars"]}, {"person": "dave", "items": ["books"]}]);
    usher::exchange::parse(&file.to_string(), &|_| "a hash".to_owned()).unwrap()
}

/// How often the rare states were reached.
#[derive(Default)]
struct Reached {
    approved: AtomicUsize,
    cancelled: AtomicUsize,
    cancelled_with_who_left: AtomicUsize,
    changed_before_confirmed: AtomicUsize,
    closed: AtomicUsize,
    handed_over: AtomicUsize,
}

struct Player<'a> {
    stage: Stage,
    /// The code that each person was asked for last, and where.
    asked: BTreeMap<&'static str, (&'static str, String)>,
    reached: &'a Reached,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Player<'_> {
    fn play(&mut self, what: &Move) -> Vec<Said> {
        match what {
            Move::Say(who, text) => {
                let place = if text.starts_with("/close-account") { "dm" } else { "ops" };
                let said = self.stage.say(who, place, text);
                let asked = said.iter().find(|said| said.kind == "confirm_request");
                if let Some(code) = asked.and_then(|asked| asked.fields["code"].as_str()) {
                    self.asked.insert(who, (place, code.to_owned()));
                }
                said
            }
            Move::Confirm(who) => {
                let Some((place, code)) = self.asked.remove(who) else { return Vec::new() };
                let said = self.stage.say(who, place, &format!("/confirm {code}"));
                if said
                    .iter()
                    .any(|said| said.kind == "blocked" && said.fields.to_string().contains("changed"))
                {
                    count(&self.reached.changed_before_confirmed);
                }
                said
            }
            Move::Decide(number, status) => self.decide(*number, *status),
            Move::Wait => self.stage.wait(Span::from_mins(2)),
        }
    }

    /// The next approver of a pending approval decides, elsewhere.
    fn decide(&mut self, number: usize, status: StepStatus) -> Vec<Said> {
        let now = self.stage.now;
        let id = usher::domain::ApprovalId::new(format!("W-{number}"));
        let mut approval = self.stage.read(|tx| tx.approval(&id)).unwrap();
        let step = approval.steps.iter_mut().find(|step| step.status == StepStatus::Pending);
        let Some(step) = step.filter(|_| approval.status == ApprovalStatus::Pending) else {
            return Vec::new();
        };
        (step.status, step.at) = (status, Some(now));
        let is_last = approval.steps.iter().all(|step| step.status != StepStatus::Pending);
        match status {
            StepStatus::Rejected => approval.status = ApprovalStatus::Rejected,
            _ if is_last => {
                approval.status = ApprovalStatus::Approved;
                count(&self.reached.approved);
            }
            _ => {}
        }
        self.stage.see(Sighting::Approval(approval))
    }

    fn check(&mut self, what: &Move, before: &Roster, said: &[Said]) -> Result<Roster, String> {
        let after = self.stage.read(|tx| tx.export());
        for (was, is) in before.approvals.iter().zip(&after.approvals) {
            evolved(what, was, is)?;
            if was.status != is.status && is.status == ApprovalStatus::Cancelled {
                self.cancelled(is, said, &after)?;
            }
        }
        ensure(before.approvals.len() == after.approvals.len(), || "an approval is gone".to_owned())?;
        let (was, is) = (items(before), items(&after));
        ensure(was == is, || format!("work is lost: {was:?}, then {is:?}"))?;
        if before.handover != after.handover {
            count(&self.reached.handed_over);
        }
        let is_active = |id: &PersonId| {
            after.people.iter().any(|member| member.person.id == *id && member.person.is_active())
        };
        for (keeper, items) in &after.handover {
            ensure(is_active(keeper), || format!("{keeper} is gone and keeps {items:?}"))?;
        }
        for approval in after.approvals.iter().filter(|approval| approval.status == ApprovalStatus::Pending) {
            let waits_on_nobody =
                approval.steps.iter().any(|s| s.status == StepStatus::Pending && !is_active(&s.approver));
            ensure(!waits_on_nobody, || format!("it waits on who is gone: {approval:?}"))?;
        }
        self.listed(&after)?;
        Ok(after)
    }

    /// A cancellation was asked for and is told to everybody concerned who is still there.
    fn cancelled(&self, approval: &Approval, said: &[Said], after: &Roster) -> Result<(), String> {
        let done = said
            .iter()
            .find(|said| said.kind == "done")
            .ok_or("it is cancelled, but nobody was told it is done")?;
        if done.fields["operation"] == "delete" {
            count(&self.reached.cancelled_with_who_left);
            return Ok(());
        }
        ensure(done.fields["operation"] == "cancel-approval", || format!("cancelled by {done:?}"))?;
        count(&self.reached.cancelled);
        let concerned = approval.steps.iter().map(|step| &step.approver).chain([&approval.originator]);
        for person in concerned {
            let is_here =
                after.people.iter().any(|member| member.person.id == *person && member.person.is_active());
            let to = format!("dm:{person}");
            let is_it = |said: &&Said| {
                said.kind == "notice" && said.to == to && said.text.contains(approval.id.as_str())
            };
            let told = said.iter().filter(is_it).count();
            ensure(told == usize::from(is_here), || format!("{to} is told {told} times of {}", approval.id))?;
        }
        Ok(())
    }

    /// The lists that the rules look at hold what is pending, and nothing else.
    fn listed(&mut self, after: &Roster) -> Result<(), String> {
        for id in PEOPLE.iter().map(|id| PersonId::new(*id)) {
            let (own, waiting) =
                self.stage.read(|tx| Ok((tx.approvals_of(&id)?, tx.approvals_waiting_on(&id)?)));
            let all = |is_it: &dyn Fn(&Approval) -> bool| -> Vec<_> {
                let pending =
                    after.approvals.iter().filter(|approval| approval.status == ApprovalStatus::Pending);
                pending.filter(|approval| is_it(approval)).cloned().collect()
            };
            let waits = |approval: &Approval| {
                approval.steps.iter().any(|step| step.approver == id && step.status == StepStatus::Pending)
            };
            ensure(own == all(&|approval| approval.originator == id), || format!("{id}'s own: {own:?}"))?;
            ensure(waiting == all(&waits), || format!("waiting on {id}: {waiting:?}"))?;
        }
        Ok(())
    }

    /// In the end everybody is shown their pending approvals and no other, and the history of each.
    fn look_up(&mut self, end: &Roster) -> Result<(), String> {
        self.stage.wait(Span::from_mins(10));
        for member in end.people.iter().filter(|member| member.person.is_active()) {
            let who = member.person.id.as_str();
            let list = self.stage.say(who, "dm", "/approvals").remove(0).text;
            for approval in &end.approvals {
                let is_theirs = approval.originator == member.person.id
                    || approval
                        .steps
                        .iter()
                        .any(|s| s.approver == member.person.id && s.status == StepStatus::Pending);
                let is_due = is_theirs && approval.status == ApprovalStatus::Pending;
                let is_listed = list.contains(approval.id.as_str());
                ensure(is_listed == is_due, || {
                    format!("{who}'s list of approvals and {approval:?}: {list}")
                })?;
            }
        }
        for approval in &end.approvals {
            let shown = self.stage.say("olivia", "dm", &format!("/approval {}", approval.id)).remove(0).text;
            let is_cancelled = shown.contains("已取消");
            ensure(is_cancelled == (approval.status == ApprovalStatus::Cancelled), || shown.clone())?;
            for step in approval.steps.iter().filter(|step| step.status == StepStatus::Approved) {
                let person = end.people.iter().find(|member| member.person.id == step.approver).unwrap();
                ensure(shown.contains(&person.person.name), || format!("{}: {shown}", step.approver))?;
            }
        }
        let audit = self.stage.read(|tx| tx.verify_audit());
        ensure(audit.is_ok(), || format!("{audit:?}"))
    }
}

/// How an approval may go on: decided steps stay as they are, an end is final, and only who must decide may change.
fn evolved(what: &Move, was: &Approval, is: &Approval) -> Result<(), String> {
    let differs = || format!("{was:?}\nbecame\n{is:?}");
    let head =
        |approval: &Approval| (approval.id.clone(), approval.originator.clone(), approval.title.clone());
    ensure(head(was) == head(is) && was.steps.len() == is.steps.len(), differs)?;
    if was.status != ApprovalStatus::Pending {
        return ensure(was == is, differs);
    }
    let is_decided = matches!(what, Move::Decide(..));
    for (was, is) in was.steps.iter().zip(&is.steps) {
        let is_kept =
            was == is || (was.status == StepStatus::Pending && (is_decided || is.status == was.status));
        ensure(is_kept, differs)?;
    }
    match is.status {
        ApprovalStatus::Pending => Ok(()),
        ApprovalStatus::Cancelled => ensure(matches!(what, Move::Confirm(_)), differs),
        ApprovalStatus::Approved | ApprovalStatus::Rejected => ensure(is_decided, differs),
    }
}

/// All that is open in anybody's hands.
fn items(roster: &Roster) -> Vec<&String> {
    let mut items: Vec<_> = roster.handover.iter().flat_map(|(_, items)| items).collect();
    items.sort();
    items
}

fn play(moves: &[Move], reached: &Reached) -> Result<(), String> {
    let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
    let mut roster = roster();
    let mut player = Player { stage: Stage::new(&roster, policy), asked: BTreeMap::new(), reached };
    for what in moves {
        let said = player.play(what);
        if said.iter().any(|said| said.kind == "done" && said.fields["operation"] == "close-account") {
            count(&reached.closed);
        }
        roster = player.check(what, &roster, &said).map_err(|why| format!("{what:?}: {why}"))?;
    }
    player.look_up(&roster)
}

#[test]
fn an_approval_ends_once_and_no_work_is_lost() {
    let rng_seed = if cases() == GATE { RngSeed::Fixed(2) } else { RngSeed::Random };
    let sequences = u32::try_from(scaled(SEQUENCES)).unwrap();
    let mut runner = TestRunner::new(Config {
        cases: sequences,
        failure_persistence: None,
        rng_seed,
        ..Config::default()
    });
    let reached = Reached::default();
    let moves = prop::collection::vec(moves(), 1..40);
    if let Err(error) =
        runner.run(&moves, |moves| play(&moves.concat(), &reached).map_err(TestCaseError::fail))
    {
        panic!("{error}");
    }
    require_reached(&[
        ("approved", &reached.approved),
        ("cancelled", &reached.cancelled),
        ("cancelled with who left", &reached.cancelled_with_who_left),
        ("changed before it was confirmed", &reached.changed_before_confirmed),
        ("closed", &reached.closed),
        ("handed over", &reached.handed_over),
    ]);
}
