//! Everybody asks for everything in many small organisations, and is answered as the contract's table has it.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use usher::domain::{
    Approval, ApprovalId, ApprovalStatus, ApprovalStep, Cancellable, Content, Conversation, Department,
    DepartmentId, Directory, Grant, Group, GroupId, Level, Member, Organisation, Permission, Person,
    PersonId, PersonStatus, Policy, Roster, StepStatus,
};

use crate::oracle::{Answer, Ask, Asker};
use crate::scaled;
use crate::stage::{Said, Stage};
use crate::world::{NOW, World};

/// The departments, each with the one above it.
const DEPARTMENTS: [(&str, Option<&str>); 4] =
    [("hq", None), ("sales", Some("hq")), ("east", Some("sales")), ("rd", Some("hq"))];
/// How many people there are.
const PEOPLE: u32 = 6;
/// How many organisations are asked when only the rules are, and when it is the whole bot.
const BY_RULES: u64 = 8;
const BY_BOT: u64 = 1;

/// Draws organisations.
struct Draw(ChaCha8Rng);

impl Draw {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound
    }

    fn one_in(&mut self, of: u32) -> bool {
        self.below(of) == 0
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize].clone()
    }

    fn departments(&mut self) -> Vec<DepartmentId> {
        let mut some: Vec<_> =
            (0..=self.below(2)).map(|_| DepartmentId::new(self.one(&DEPARTMENTS).0)).collect();
        some.sort();
        some.dedup();
        some
    }

    fn grant(&mut self) -> Grant {
        if self.one_in(4) {
            return main();
        }
        let permissions = loop {
            let some: Vec<_> = Permission::ALL.into_iter().filter(|_| self.one_in(2)).collect();
            if !some.is_empty() {
                break some;
            }
        };
        Grant {
            level: Level::Sub,
            departments: self.departments(),
            permissions: permissions.into_iter().collect(),
        }
    }

    fn approval(&mut self, number: u32, people: &[PersonId]) -> Approval {
        let step = |approver, status| ApprovalStep { approver, status, at: None };
        let statuses = [ApprovalStatus::Pending, ApprovalStatus::Pending, ApprovalStatus::Approved];
        Approval {
            id: ApprovalId::new(format!("A-{number}")),
            template: "expense".to_owned(),
            title: format!("request {number}"),
            originator: self.one(people),
            status: self.one(&statuses),
            created: NOW,
            cancellable_by: Cancellable::parse(self.one(Cancellable::WORDS)).unwrap(),
            steps: vec![
                step(self.one(people), StepStatus::Approved),
                step(self.one(people), StepStatus::Pending),
            ],
        }
    }

    /// An organisation in which the first person is the owner, and the last ones have left.
    fn roster(&mut self) -> Roster {
        let gone = self.below(2);
        let mut roster = empty();
        let ids = people();
        for (index, id) in ids.iter().enumerate() {
            let is_gone = index as u32 >= PEOPLE - gone;
            let departments = if is_gone { Vec::new() } else { self.departments() };
            let has_password = !is_gone && !self.one_in(4);
            roster.people.push(member(id, departments, is_gone, has_password));
        }
        let here = &ids[..(PEOPLE - gone) as usize];
        for id in &here[1..] {
            if !self.one_in(3) {
                roster.admins.push((id.clone(), self.grant()));
            }
        }
        roster.approvals = (0..5).map(|number| self.approval(number, here)).collect();
        for _ in 0..2 {
            let led = (self.one(here), DepartmentId::new(self.one(&DEPARTMENTS).0));
            if !roster.supervisors.contains(&led) {
                roster.supervisors.push(led);
            }
        }
        roster.supervisors.sort();
        let keeper = self.one(here);
        roster.handover.push((keeper, vec!["the keys".to_owned()]));
        roster
    }
}

pub(crate) fn main() -> Grant {
    Grant { level: Level::Main, departments: Vec::new(), permissions: [].into_iter().collect() }
}

pub(crate) fn member(
    id: &PersonId,
    departments: Vec<DepartmentId>,
    is_gone: bool,
    has_password: bool,
) -> Member {
    let status = if is_gone { PersonStatus::Departed } else { PersonStatus::Active };
    let name = format!("Person {}", id.as_str().to_uppercase());
    let person = Person { id: id.clone(), name, phone: None, email: None, departments, status };
    Member { person, password_hash: has_password.then(|| "a hash".to_owned()), totp_secret: None }
}

fn people() -> Vec<PersonId> {
    (0..PEOPLE).map(|number| PersonId::new(format!("p{number}"))).collect()
}

/// An organisation of which `p0` is the owner, without anybody in it yet.
pub(crate) fn empty() -> Roster {
    let owner = PersonId::new("p0");
    let [id, name, locale, timezone] = ["acme", "Acme", "en", "UTC"].map(str::to_owned);
    let departments = DEPARTMENTS.map(|(id, parent)| Department {
        id: DepartmentId::new(id),
        name: id.to_owned(),
        parent: parent.map(DepartmentId::new),
        group: None,
    });
    Roster {
        organisation: Organisation { id, name, locale, timezone, owner },
        departments: departments.into(),
        people: Vec::new(),
        admins: Vec::new(),
        supervisors: Vec::new(),
        approvals: Vec::new(),
        handover: Vec::new(),
        groups: vec![Group { id: GroupId::new("ops"), name: "Ops".to_owned(), topics: Vec::new() }],
    }
}

/// Everything that may be asked for, and somebody who does not exist.
fn asks() -> Vec<Ask> {
    let mut asks = vec![Ask::CloseAccount, Ask::CancelApproval("A-99".to_owned())];
    asks.extend((0..5).map(|number| Ask::CancelApproval(format!("A-{number}"))));
    let sub = |departments: &[&str], permissions: &[Permission]| Grant {
        level: Level::Sub,
        departments: departments.iter().map(|id| DepartmentId::new(*id)).collect(),
        permissions: permissions.iter().copied().collect(),
    };
    let grants = [
        main(),
        sub(&["sales"], &[Permission::People]),
        sub(&["east"], &[Permission::Admins]),
        sub(&["east", "rd"], &Permission::ALL),
    ];
    let heir = PersonId::new("p1");
    for target in people().into_iter().chain([PersonId::new("nobody")]) {
        asks.push(Ask::CancelFrom(target.clone()));
        asks.push(Ask::Revoke(target.clone()));
        asks.push(Ask::UnbindAdmin(target.clone()));
        asks.push(Ask::Handover { target: target.clone(), to: heir.clone() });
        asks.push(Ask::UnbindOwner { target: target.clone(), to: heir.clone() });
        for handover in [None, Some(heir.clone()), Some(PersonId::new("p5"))] {
            for cancels in [false, true] {
                asks.push(Ask::Delete { target: target.clone(), handover: handover.clone(), cancels });
            }
        }
        for grant in &grants {
            asks.push(Ask::Grant { target: target.clone(), grant: grant.clone() });
        }
        for (department, _) in DEPARTMENTS {
            asks.push(Ask::UnbindSupervisor {
                target: target.clone(),
                department: DepartmentId::new(department),
            });
        }
    }
    asks
}

/// What a message of the rules says.
fn told(content: Option<&Content>) -> Answer {
    match content {
        None => Answer::Silence,
        Some(Content::ConfirmRequest { .. }) => Answer::Open,
        Some(Content::Blocked { blockers, .. }) => {
            Answer::Blocked(blockers.iter().map(|blocker| blocker.blocker.to_owned()).collect())
        }
        Some(Content::Denied { reason, .. }) => Answer::Denied((*reason).to_owned()),
        Some(Content::Rejected { error, .. }) => Answer::Rejected(Some((*error).to_owned())),
        Some(other) => panic!("{other:?}"),
    }
}

/// What a message of the bot says.
fn read(said: Option<&Said>) -> Answer {
    let Some(Said { kind, fields, .. }) = said else { return Answer::Silence };
    let word = |key: &str| fields[key].as_str().unwrap().to_owned();
    match kind.as_str() {
        "confirm_request" => Answer::Open,
        "blocked" => {
            let blockers = fields["blockers"].as_array().unwrap().iter();
            Answer::Blocked(blockers.map(|blocker| blocker["blocker"].as_str().unwrap().to_owned()).collect())
        }
        "denied" => Answer::Denied(word("reason")),
        "rejected" => Answer::Rejected(Some(word("error"))),
        other => panic!("{other}: {fields}"),
    }
}

/// Lets everybody ask for everything in both places; gives how often each answer was due.
fn ask_all(
    rosters: u64,
    require_secret: &[String],
    mut answer: impl FnMut(&Roster, &PersonId, bool, &Ask) -> Answer,
) -> BTreeMap<String, usize> {
    let (mut due, mut wrong) = (BTreeMap::new(), Vec::new());
    for seed in 0..rosters {
        let roster = Draw(ChaCha8Rng::seed_from_u64(seed)).roster();
        for actor in &people() {
            for ask in asks() {
                for is_in_group in [false, true] {
                    let asker = Asker { roster: &roster, actor, is_in_group, require_secret };
                    let expected = asker.expected(&ask);
                    let actual = answer(&roster, actor, is_in_group, &ask);
                    if !expected.is(&actual) {
                        let (what, place) = (ask.text(), if is_in_group { "ops" } else { "dm" });
                        wrong.push(format!(
                            "seed {seed}, [{place}] {actor}: {what}: {actual:?} instead of {expected:?}"
                        ));
                    }
                    *due.entry(format!("{expected:?}")).or_default() += 1;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong answers, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    due
}

fn conversation(actor: &PersonId, is_in_group: bool) -> Conversation {
    if is_in_group { Conversation::Group(GroupId::new("ops")) } else { Conversation::Direct(actor.clone()) }
}

#[test]
fn the_rules_answer_as_the_contract_has_it() {
    for require_secret in [Vec::new(), Policy::default().require_secret] {
        let policy = Policy { require_secret, ..Policy::default() };
        let due = ask_all(scaled(BY_RULES), &policy.require_secret, |roster, actor, is_in_group, ask| {
            let world = World::new(roster.clone());
            let decision = world.hear(&policy, actor, &conversation(actor, is_in_group), &ask.text(), 0);
            told(decision.messages.first().map(|message| &message.content))
        });
        println!("{due:#?}");
        let reasons =
            ["not_admin", "not_originator", "out_of_scope", "self", "template_forbids", "unknown_sender"];
        let blockers = ["admin", "approvals", "handover", "last_admin", "owner", "supervisor"];
        for word in reasons.into_iter().chain(blockers).chain(["not_an_admin", "Open", "Silence"]) {
            let is_due = due.keys().any(|answer| answer.contains(word));
            // Without a secret to be asked for, an owner can always act.
            assert!(
                is_due || (word == "last_admin" && policy.require_secret.is_empty()),
                "{word} was never due"
            );
        }
    }
}

#[test]
fn who_may_see_only_their_own_approvals_reads_no_others() {
    let mut answered = 0;
    for seed in 0..BY_RULES {
        let world = World::new(Draw(ChaCha8Rng::seed_from_u64(seed)).roster());
        let holds = |person: &PersonId| {
            let grant = world.grant(person).unwrap();
            *person == world.roster.organisation.owner
                || grant.is_some_and(|grant| grant.is_main() || grant.permissions.has(Permission::Approvals))
        };
        for person in people().iter().filter(|person| world.is_active(person) && !holds(person)) {
            let decision = world.hear(
                &Policy::default(),
                person,
                &conversation(person, false),
                "/approvals --stale 0s",
                0,
            );
            let seen = format!("{:?}", decision.messages[0].text);
            for approval in &world.roster.approvals {
                let is_theirs = approval.originator == *person || approval.steps[1].approver == *person;
                let is_due = is_theirs && approval.status == ApprovalStatus::Pending;
                assert_eq!(seen.contains(&format!("{:?}", approval.id.as_str())), is_due, "{person}: {seen}");
                answered += usize::from(is_due);
            }
        }
    }
    assert!(answered > 0, "nobody had an approval to see");
}

#[test]
fn the_bot_answers_as_the_contract_has_it() {
    let mut stage: Option<(Roster, Stage)> = None;
    ask_all(scaled(BY_BOT), &Policy::default().require_secret, |roster, actor, is_in_group, ask| {
        let (_, stage) = match stage.take_if(|(known, _)| known == roster) {
            Some(same) => stage.insert(same),
            None => stage.insert((roster.clone(), Stage::new(roster, Policy::default()))),
        };
        let place = if is_in_group { "ops" } else { "dm" };
        let answer = read(stage.say(actor.as_str(), place, &ask.text()).first());
        if answer == Answer::Open {
            assert_eq!(stage.say(actor.as_str(), place, "/cancel")[0].kind, "cancelled");
        }
        answer
    });
}
