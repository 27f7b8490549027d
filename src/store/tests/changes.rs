//! Each change does what it says, and what makes no sense is a fault.

use super::{
    Change, Code, Conversation, Fault, PersonStatus, Scratch, State, acme, approval, at, code, operation,
    ops, person,
};
use crate::domain::{
    ApprovalId, ApprovalStatus, Choice, DepartmentId, Directory, Enrolled, Grant, GroupId, Level, Memory,
    Operation, Permissions, Topic, Usage,
};

fn waiting() -> State {
    State::AwaitingConfirmation { until: at(100) }
}

fn departure(id: &str) -> Change {
    Change::PersonDeparted { person: person(id), by: person("alice"), at: at(9), reason: "resigned".into() }
}

#[test]
fn a_departed_person_keeps_nothing_but_their_name() {
    let mut scratch = Scratch::with_acme();
    scratch.ok(|tx| tx.set_password(&person("dave"), "hash"));
    scratch.apply(&departure("dave"));
    scratch.ok(|tx| {
        let dave = tx.person(&person("dave"))?.unwrap();
        assert_eq!((dave.name.as_str(), dave.status), ("Dave Ng", PersonStatus::Departed));
        assert_eq!((dave.phone, dave.departments), (None, vec![]));
        assert_eq!(tx.grant(&person("dave"))?, None);
        assert_eq!(tx.supervises(&person("dave"))?, []);
        assert_eq!(tx.credentials(&person("dave"))?, None);
        assert_eq!(tx.people_named("Dave Ng", 9)?, []);
        assert_eq!(tx.people_with_prefix("da", 9)?, []);
        Ok(())
    });
    let on_record = "SELECT count(*) FROM person
                     WHERE id = 'dave' AND left_at = 9 AND left_by = 'alice' AND reason = 'resigned'";
    assert_eq!(scratch.count(on_record), 1);
    assert!(scratch.fault(&departure("dave")).contains("nothing to change"));
    assert!(scratch.fault(&departure("nobody")).contains("unknown"));
    let rights = Grant { level: Level::Main, departments: vec![], permissions: Permissions::default() };
    let granted = Change::AdminGranted { person: person("dave"), grant: rights };
    assert!(scratch.fault(&granted).contains("not active"));
    assert!(scratch.store.transact(|tx| tx.set_password(&person("dave"), "hash")).is_err());
}

#[test]
fn the_owner_can_neither_leave_nor_be_somebody_who_left() {
    let mut scratch = Scratch::with_acme();
    assert!(scratch.fault(&departure("olivia")).contains("the owner must stay active"));
    scratch.apply(&departure("bob"));
    assert!(scratch.fault(&Change::OwnerChanged { to: person("bob") }).contains("must be active"));
    assert!(scratch.fault(&Change::OwnerChanged { to: person("olivia") }).contains("nothing to change"));
    for sql in [
        "DELETE FROM person WHERE id = 'alice'",
        "DELETE FROM organisation",
        "UPDATE person SET status = 'active' WHERE id = 'bob'",
    ] {
        scratch.store.transact(|tx| tx.execute(sql, [])).unwrap_err();
    }
    scratch.apply(&Change::OwnerChanged { to: person("alice") });
    scratch.apply(&departure("olivia"));
    assert_eq!(scratch.ok(|tx| tx.organisation()).owner, person("alice"));
}

#[test]
fn rights_are_given_replaced_and_ended() {
    let mut scratch = Scratch::with_acme();
    let scope = acme().admins.remove(1).1;
    for grant in [Grant { departments: vec![DepartmentId::new("east")], ..scope.clone() }, scope] {
        scratch.apply(&Change::AdminGranted { person: person("bob"), grant: grant.clone() });
        assert_eq!(scratch.ok(|tx| tx.grant(&person("bob"))), Some(grant));
    }
    let revoked = Change::AdminRevoked { person: person("bob") };
    scratch.apply(&revoked);
    assert_eq!(scratch.ok(|tx| tx.grant(&person("bob"))), None);
    assert!(scratch.fault(&revoked).contains("nothing to change"));
}

#[test]
fn a_supervisor_is_replaced() {
    let mut scratch = Scratch::with_acme();
    let sales = DepartmentId::new("sales");
    let (from, to) = (person("dave"), Some(person("bob")));
    let change = Change::SupervisorChanged { department: sales.clone(), from, to };
    scratch.apply(&change);
    assert_eq!(scratch.ok(|tx| tx.supervisors(&sales)), [person("bob")]);
    assert!(scratch.fault(&change).contains("nothing to change"));
}

#[test]
fn an_approval_is_cancelled_once_and_stays_so_through_an_import() {
    let mut scratch = Scratch::with_acme();
    let id = ApprovalId::new("A-1");
    let cancelled =
        Change::ApprovalCancelled { approval: id.clone(), by: person("bob"), at: at(8), reason: None };
    scratch.apply(&cancelled);
    let found = scratch.ok(|tx| tx.approval(&id)).unwrap();
    assert_eq!(found.status, ApprovalStatus::Cancelled);
    assert_eq!(found.steps, approval("A-1", "bob", &["dave", "alice"]).steps);
    assert_eq!(scratch.ok(|tx| tx.approvals_of(&person("bob"))), []);
    assert_eq!(scratch.ok(|tx| tx.approvals_waiting_on(&person("alice"))), []);
    assert!(scratch.fault(&cancelled).contains("nothing to change"));
    let exported = scratch.ok(|tx| tx.export());
    scratch.ok(|tx| tx.replace(&exported, at(9)));
    assert_eq!(scratch.count("SELECT at FROM cancellation WHERE approval = 'A-1' AND actor = 'bob'"), 8);
}

#[test]
fn what_is_open_goes_to_another_and_is_on_record() {
    let mut scratch = Scratch::with_acme();
    let (bob, dave) = (person("bob"), person("dave"));
    scratch.apply(&Change::HandedOver { from: bob.clone(), to: dave.clone() });
    scratch.ok(|tx| {
        assert_eq!(tx.handover_items(&bob)?, [""; 0]);
        assert_eq!(tx.handover_items(&dave)?, ["合同", "a list"]);
        assert_eq!(tx.approvals_waiting_on(&bob)?, []);
        let moved = tx.approvals_waiting_on(&dave)?.remove(0);
        let approvers: Vec<_> = moved.steps.into_iter().map(|step| step.approver).collect();
        assert_eq!(approvers, [bob.clone(), dave.clone()], "what was decided stays whose it was");
        Ok(())
    });
    let on_record = "SELECT count(*) FROM handed_over WHERE giver = 'bob' AND receiver = 'dave' AND at = 1";
    assert_eq!(scratch.count(on_record), 3);
    let to_nobody = Change::HandedOver { from: dave, to: person("nobody") };
    assert!(scratch.fault(&to_nobody).contains("not active"));
}

#[test]
fn an_operation_is_found_by_where_it_stands() {
    let mut scratch = Scratch::with_acme();
    let alice = person("alice");
    let opened = operation(code(), waiting());
    scratch.apply(&Change::OperationOpened(opened.clone()));
    scratch.ok(|tx| {
        assert_eq!(tx.operation(&code())?.as_ref(), Some(&opened));
        assert_eq!(tx.waiting_in(&alice, &ops())?.as_ref(), Some(&opened));
        assert_eq!(tx.waiting_in(&alice, &Conversation::Direct(alice.clone()))?, None);
        assert_eq!(tx.open_of(&alice)?, std::slice::from_ref(&opened));
        assert_eq!(tx.lapsed(at(99))?, []);
        assert_eq!(tx.lapsed(at(100))?, std::slice::from_ref(&opened));
        assert_eq!(tx.next_deadline()?, Some(at(100)));
        assert_eq!((tx.asking_secret(&alice)?, tx.operation(&code())?.is_some()), (None, true));
        Ok(())
    });
    let state = State::AwaitingSecret { until: at(50), tries_left: 2 };
    let asking = Operation { state, ..opened };
    scratch.apply(&Change::OperationMoved { code: code(), state, at: at(20) });
    assert_eq!(scratch.ok(|tx| tx.asking_secret(&alice)), Some(asking.clone()));
    assert_eq!(scratch.ok(|tx| tx.next_deadline()), Some(at(50)));
    scratch.apply(&Change::OperationMoved { code: code(), state: State::Executing, at: at(30) });
    let executing = Operation { state: State::Executing, ..asking };
    assert_eq!(scratch.ok(|tx| tx.open_of(&alice)), [executing]);
    scratch.apply(&Change::OperationMoved { code: code(), state: State::Done, at: at(40) });
    scratch.ok(|tx| {
        assert_eq!((tx.open_of(&alice)?, tx.waiting_in(&alice, &ops())?), (vec![], None));
        assert_eq!((tx.next_deadline()?, tx.operation(&code())?.is_some()), (None, true));
        assert_eq!((tx.irreversible_since(&alice, at(40))?, tx.irreversible_since(&alice, at(41))?), (1, 0));
        assert_eq!(tx.operations()?.len(), 1);
        Ok(())
    });
}

#[test]
fn an_operation_never_goes_back_and_two_never_wait_in_one_place() {
    let mut scratch = Scratch::with_acme();
    let other = Code::parse("2222").unwrap();
    let moved = |code: &Code, state| Change::OperationMoved { code: code.clone(), state, at: at(5) };
    scratch.apply(&Change::OperationOpened(operation(code(), waiting())));
    scratch.fault(&Change::OperationOpened(operation(other.clone(), waiting())));
    scratch.fault(&moved(&other, State::Done));
    scratch.apply(&moved(&code(), State::Cancelled));
    for state in [waiting(), State::Executing, State::Done] {
        assert!(scratch.fault(&moved(&code(), state)).contains("can't become"));
    }
    scratch.fault(&Change::OperationOpened(operation(code(), waiting())));
    scratch.apply(&Change::OperationOpened(operation(other, waiting())));
}

#[test]
fn secrets_are_burnt_and_set_anew() {
    let mut scratch = Scratch::with_acme();
    let bob = person("bob");
    assert_eq!(scratch.ok(|tx| tx.enrolled(&bob)), Enrolled::default());
    scratch.ok(|tx| tx.set_password(&bob, "hash").and_then(|()| tx.set_totp(&bob, &[1, 2])));
    scratch.apply(&Change::PasswordBurnt { person: bob.clone() });
    scratch.apply(&Change::TotpBurnt { person: bob.clone(), step: 7 });
    let left = Enrolled { password: false, totp: true, last_step: Some(7) };
    assert_eq!(scratch.ok(|tx| tx.enrolled(&bob)), left);
    assert_eq!(scratch.ok(|tx| tx.credentials(&bob)).unwrap().password_hash, None);
    for again in
        [Change::PasswordBurnt { person: bob.clone() }, Change::TotpBurnt { person: bob.clone(), step: 7 }]
    {
        assert!(scratch.fault(&again).contains("nothing to change"));
    }
    scratch.ok(|tx| tx.set_password(&bob, "new").and_then(|()| tx.set_totp(&bob, &[3])));
    assert_eq!(scratch.ok(|tx| tx.enrolled(&bob)), Enrolled { password: true, totp: true, last_step: None });
    let shown = format!("{:?}", scratch.ok(|tx| tx.credentials(&bob)));
    assert!(!shown.contains("new") && !shown.contains('3'), "{shown}");
}

#[test]
fn restraints_are_remembered() {
    let mut scratch = Scratch::with_acme();
    let bob = person("bob");
    for millis in [10, 20, 20] {
        scratch.apply(&Change::WrongSecret { person: bob.clone(), at: at(millis) });
    }
    scratch.apply(&Change::Locked { person: bob.clone(), until: at(90) });
    scratch.apply(&Change::LimitTold { person: bob.clone(), at: at(33) });
    scratch.ok(|tx| {
        assert_eq!((tx.wrong_secrets(&bob, at(10))?, tx.wrong_secrets(&bob, at(11))?), (3, 2));
        assert_eq!((tx.locked_until(&bob)?, tx.limit_told(&bob)?), (Some(at(90)), Some(at(33))));
        assert_eq!((tx.locked_until(&person("alice"))?, tx.limit_told(&person("alice"))?), (None, None));
        Ok(())
    });
}

#[test]
fn counted_calls_are_kept_by_month() {
    let mut scratch = Scratch::with_acme();
    let usage = Usage { calls: 4_000, is_told: true };
    for usage in [Usage { calls: 5, is_told: false }, usage] {
        scratch.apply(&Change::CallsCounted { month: "2026-11".into(), usage });
    }
    assert_eq!(scratch.ok(|tx| tx.usage("2026-11")), usage);
    assert_eq!(scratch.ok(|tx| tx.usage("2026-12")), Usage::default());
}

#[test]
fn conversations_are_remembered() {
    let mut scratch = Scratch::with_acme();
    let alice = person("alice");
    scratch.apply(&Change::LanguageChosen { conversation: ops(), language: "en".into() });
    scratch.apply(&Change::StaleTold { conversation: ops(), told: true });
    let choice = Choice {
        command: "show @x".into(),
        word: 1,
        candidates: vec![person("a\"b"), alice.clone()],
        until: at(9),
    };
    let set = |choice| Change::ChoiceSet { person: person("alice"), conversation: ops(), choice };
    scratch.apply(&set(Some(choice.clone())));
    scratch.ok(|tx| {
        assert_eq!((tx.language(&ops())?.as_deref(), tx.stale_told(&ops())?), (Some("en"), true));
        assert_eq!(tx.choice(&alice, &ops())?, Some(choice));
        let elsewhere = Conversation::Direct(alice.clone());
        assert_eq!((tx.language(&elsewhere)?, tx.stale_told(&elsewhere)?), (None, false));
        Ok(())
    });
    scratch.apply(&Change::StaleTold { conversation: ops(), told: false });
    scratch.apply(&set(None));
    assert_eq!(
        scratch.ok(|tx| Ok::<_, Fault>((tx.stale_told(&ops())?, tx.choice(&alice, &ops())?))),
        (false, None)
    );
}

#[test]
fn groups_are_bound_and_follow_ups_kept() {
    let mut scratch = Scratch::with_acme();
    let (known, new) = (GroupId::new("ops"), GroupId::new("new"));
    for group in [&known, &new] {
        let topics = vec![Topic::AccountClosed, Topic::Departure];
        scratch.apply(&Change::GroupBound { group: group.clone(), topics });
    }
    scratch.apply(&Change::GroupBound { group: GroupId::new("all"), topics: vec![] });
    assert_eq!(scratch.ok(|tx| tx.groups_bound_to(Topic::Departure)), [new.clone(), known.clone()]);
    let group = scratch.ok(|tx| tx.group(&new)).unwrap();
    assert_eq!((group.name.as_str(), group.topics), ("new", vec![Topic::Departure, Topic::AccountClosed]));
    assert_eq!(scratch.ok(|tx| tx.group(&known)).unwrap().name, "管理群");
    scratch.apply(&Change::FollowUpAdded {
        assignee: person("alice"),
        about: person("bob"),
        code: code(),
        items: vec!["keys".into()],
        at: at(4),
        remind_at: at(9),
    });
    assert_eq!(scratch.count("SELECT created FROM follow_up WHERE assignee = 'alice'"), 4);
}
