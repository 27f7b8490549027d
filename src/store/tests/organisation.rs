//! The organisation in and out, and how people are found in it.

use super::{Change, Member, PersonStatus, Roster, Scratch, acme, approval, at, member, person};
use crate::domain::{ApprovalStatus, DepartmentId, Directory, PersonId, Sighting, Topic};

fn find(scratch: &mut Scratch, prefix: &str) -> Vec<String> {
    let found = scratch.ok(|tx| tx.people_with_prefix(prefix, 9));
    found.iter().map(PersonId::to_string).collect()
}

#[test]
fn what_is_imported_is_exported() {
    let mut scratch = Scratch::empty();
    assert!(!scratch.ok(|tx| tx.has_organisation()));
    assert!(scratch.store.transact(|tx| tx.export()).is_err());
    scratch.ok(|tx| tx.replace(&acme(), at(0)));
    assert!(scratch.ok(|tx| tx.has_organisation()));
    let exported = scratch.ok(|tx| tx.export());
    assert_eq!(exported, acme());
    scratch.ok(|tx| tx.replace(&exported, at(1)));
    assert_eq!(scratch.ok(|tx| tx.export()), acme());
    assert_eq!(scratch.store.find_damage().unwrap(), None);
}

#[test]
fn reads_find_what_was_imported() {
    let mut scratch = Scratch::with_acme();
    let (bob, dave, roster) = (person("bob"), person("dave"), acme());
    scratch.ok(|tx| {
        assert_eq!(*tx.organisation()?, roster.organisation);
        assert_eq!(tx.person(&bob)?.as_ref(), Some(&roster.people[1].person));
        assert_eq!(tx.person(&person("nobody"))?, None);
        assert_eq!(tx.grant(&dave)?.as_ref(), Some(&roster.admins[1].1));
        assert_eq!(tx.grant(&bob)?, None);
        assert_eq!(tx.admins()?, roster.admins);
        assert_eq!(tx.department(&roster.departments[0].id)?.as_deref(), Some(&roster.departments[0]));
        assert_eq!(tx.supervises(&dave)?, [roster.departments[1].id.clone()]);
        assert_eq!(tx.supervisors(&roster.departments[1].id)?, std::slice::from_ref(&dave));
        assert_eq!(tx.approval(&roster.approvals[0].id)?.as_ref(), Some(&roster.approvals[0]));
        assert_eq!(tx.approvals_of(&bob)?, roster.approvals[..1]);
        assert_eq!(tx.approvals_waiting_on(&bob)?, roster.approvals[1..]);
        assert_eq!(tx.approvals_waiting_on(&dave)?, [], "what is decided does not wait");
        assert_eq!(tx.handover_items(&bob)?, roster.handover[0].1);
        assert_eq!(tx.group(&roster.groups[0].id)?.as_ref(), Some(&roster.groups[0]));
        assert_eq!(tx.groups_bound_to(Topic::Departure)?, [roster.groups[0].id.clone()]);
        Ok(())
    });
}

#[test]
fn people_are_found_by_the_beginning_of_a_key() {
    let mut scratch = Scratch::with_acme();
    assert_eq!(find(&mut scratch, "ali"), ["alice"]);
    assert_eq!(find(&mut scratch, "lib"), ["bob"], "by its sound");
    assert_eq!(find(&mut scratch, "李"), ["bob"]);
    assert_eq!(find(&mut scratch, "ng"), ["dave"]);
    assert_eq!(find(&mut scratch, "ALI"), [""; 0], "keys are in lower case");
    assert_eq!(find(&mut scratch, "a%"), [""; 0]);
    assert_eq!(find(&mut scratch, ""), ["alice", "bob", "dave", "olivia"]);
    scratch.ok(|tx| {
        assert_eq!(tx.people_named("Dave Ng", 9)?, [person("dave")]);
        assert_eq!(tx.people_named("Dave", 9)?, []);
        assert_eq!(tx.people_looking_like(&crate::domain::names::skeleton("Аlice"), 9)?, [person("alice")]);
        assert!(tx.spellings("x", 99)?.contains(&("olivia".into(), person("olivia"))));
        let few = tx.spellings("olivai", 2)?;
        assert!((1..=2).contains(&few.len()) && few.iter().all(|(key, _)| key.starts_with('o')), "{few:?}");
        Ok(())
    });
}

#[test]
fn the_limit_never_leaves_out_the_exact_key() {
    let mut roster = acme();
    roster.people.extend((0..20).map(|n| member(&format!("a{n:02}"), "Anatol", &[])));
    roster.people.push(member("zoe", "Ana", &[]));
    let mut scratch = Scratch::empty();
    scratch.ok(|tx| tx.replace(&roster, at(0)));
    let found = scratch.ok(|tx| tx.people_with_prefix("ana", 3));
    assert_eq!(found.len(), 3);
    assert!(found.contains(&person("zoe")) && found.is_sorted(), "{found:?}");
}

#[test]
fn whoever_is_no_longer_listed_has_departed() {
    let mut scratch = Scratch::with_acme();
    scratch.ok(|tx| tx.set_password(&person("bob"), "hash"));
    let mut smaller = acme();
    smaller.people.remove(1);
    smaller.handover.clear();
    smaller.approvals.clear();
    scratch.ok(|tx| tx.replace(&smaller, at(9)));
    let bob = scratch.ok(|tx| tx.person(&person("bob"))).unwrap();
    assert_eq!((bob.status, bob.phone, bob.departments.len()), (PersonStatus::Departed, None, 0));
    assert_eq!(find(&mut scratch, "bob"), [""; 0]);
    assert_eq!(scratch.count("SELECT count(*) FROM credential"), 0);
    assert_eq!(scratch.count("SELECT left_at FROM person WHERE id = 'bob' AND left_by IS NULL"), 9);
    let exported = scratch.ok(|tx| tx.export());
    scratch.ok(|tx| tx.replace(&exported, at(10)));
    assert_eq!(scratch.ok(|tx| tx.export()), exported);
    let error = scratch.store.transact(|tx| tx.replace(&acme(), at(11))).unwrap_err();
    assert!(error.0.contains("never given again"), "{error}");
    assert_eq!(scratch.ok(|tx| tx.export()), exported);
}

#[test]
fn an_import_can_rename_move_and_make_another_the_owner() {
    let mut scratch = Scratch::with_acme();
    let mut roster = acme();
    roster.people.retain(|member| member.person.id != person("olivia"));
    roster.organisation.owner = person("bob");
    roster.people[1] = member("bob", "Robert", &["sales"]);
    roster.approvals = vec![approval("A-1", "bob", &["alice"])];
    scratch.ok(|tx| tx.replace(&roster, at(1)));
    assert_eq!(find(&mut scratch, "li"), [""; 0]);
    assert_eq!(find(&mut scratch, "rob"), ["bob"]);
    let exported = scratch.ok(|tx| tx.export());
    assert_eq!(exported.people[1], roster.people[1]);
    assert_eq!(exported.approvals, roster.approvals);
    assert_eq!(exported.organisation.owner, person("bob"));
}

#[test]
fn credentials_are_replaced_only_by_an_import_that_brings_some() {
    let mut scratch = Scratch::empty();
    let mut roster = acme();
    roster.people[1] =
        Member { password_hash: Some("one".into()), totp_secret: Some(vec![1]), ..roster.people[1].clone() };
    scratch.ok(|tx| tx.replace(&roster, at(0)));
    scratch.apply(&Change::TotpBurnt { person: person("bob"), step: 5 });
    for import in [&acme(), &roster] {
        scratch.ok(|tx| tx.replace(import, at(1)));
        let bob = scratch.ok(|tx| tx.credentials(&person("bob"))).unwrap();
        assert_eq!((bob.password_hash.as_deref(), bob.totp_secret), (Some("one"), Some(vec![1])));
        assert_eq!(scratch.count("SELECT last_step FROM credential"), 5, "the same device");
    }
}

#[test]
fn an_impossible_roster_changes_nothing() {
    let mut scratch = Scratch::with_acme();
    let spoil: [fn(&mut Roster); 5] = [
        |roster| roster.organisation.owner = person("nobody"),
        |roster| roster.people[3].person.status = PersonStatus::Departed,
        |roster| roster.people.push(member("bob", "Bob", &[])),
        |roster| roster.admins[0].0 = person("nobody"),
        |roster| roster.approvals[0].originator = person("nobody"),
    ];
    for spoil in spoil {
        let mut roster = acme();
        spoil(&mut roster);
        scratch.store.transact(|tx| tx.replace(&roster, at(1))).unwrap_err();
        assert_eq!(scratch.ok(|tx| tx.export()), acme());
    }
}

#[test]
fn spellings_of_a_large_organisation_share_the_first_letter() {
    let mut roster = acme();
    roster.people.extend((0..21_000).map(|n| member(&format!("u{n}"), &format!("Ana {n}"), &["sales"])));
    let mut scratch = Scratch::empty();
    scratch.ok(|tx| tx.replace(&roster, at(1)));
    assert_eq!(scratch.ok(|tx| tx.people_with_prefix("u20999", 9)), [person("u20999")]);
    let near = scratch.ok(|tx| tx.spellings("oliva", 9));
    assert!(near.iter().all(|(key, _)| key.starts_with('o')), "{near:?}");
}

#[test]
fn what_a_first_copy_has_read_is_kept_while_it_is_young_and_until_there_is_an_organisation() {
    let mut scratch = Scratch::empty();
    let reading = |what: &str, answer: &str| (what.to_owned(), answer.to_owned());
    scratch.ok(|tx| tx.keep_readings(&[reading("a", "1"), reading("b", "1")], at(1)));
    scratch.ok(|tx| tx.keep_readings(&[reading("b", "2"), reading("c", "2")], at(5)));
    assert_eq!(scratch.ok(|tx| tx.oldest_reading()), Some(at(1)));
    let young = [reading("b", "2"), reading("c", "2")];
    scratch.ok(|tx| tx.keep_readings(&[reading("d", "9")], at(9)));
    assert_eq!(scratch.ok(|tx| tx.readings(at(2), at(8))), young);
    assert_eq!(scratch.ok(|tx| tx.readings(at(0), at(9))), young, "what was too old, or not yet, is gone");
    assert_eq!(scratch.ok(|tx| tx.oldest_reading()), Some(at(5)));
    assert!(!scratch.ok(|tx| tx.has_organisation()));
    scratch.ok(|tx| tx.replace(&acme(), at(6)));
    assert_eq!(scratch.count("SELECT count(*) FROM reading"), 0);
}

#[test]
fn what_was_read_before_somebody_left_brings_them_back_into_nothing() {
    let mut scratch = Scratch::with_acme();
    let seen = scratch.ok(|tx| tx.person(&person("bob"))).unwrap();
    let department = acme().departments[0].id.clone();
    scratch.apply(&Change::Seen(Sighting::PersonGone(seen.id.clone())));
    let gone = scratch.ok(|tx| tx.person(&seen.id)).unwrap();
    scratch.apply(&Change::Seen(Sighting::Person { person: seen, supervises: vec![department.clone()] }));
    assert_eq!(scratch.ok(|tx| tx.person(&gone.id)), Some(gone.clone()));
    assert!(!scratch.ok(|tx| tx.supervisors(&department)).contains(&gone.id));
}

#[test]
fn what_was_read_before_an_approval_ended_does_not_let_it_run_again() {
    let mut scratch = Scratch::with_acme();
    let running = acme().approvals[0].clone();
    let cancelled = Change::ApprovalCancelled {
        approval: running.id.clone(),
        by: person("alice"),
        at: at(1),
        reason: None,
    };
    scratch.apply(&cancelled);
    scratch.apply(&Change::Seen(Sighting::Approval(running.clone())));
    let found = scratch.ok(|tx| tx.approval(&running.id)).unwrap();
    assert_eq!(found.status, ApprovalStatus::Cancelled);
}

#[test]
fn what_is_seen_takes_the_place_of_what_was_known() {
    let mut scratch = Scratch::with_acme();
    let see = |scratch: &mut Scratch, seen: Sighting| scratch.apply(&Change::Seen(seen));
    let [dave, olivia, alice] = ["dave", "olivia", "alice"].map(person);
    let supervised = |scratch: &mut Scratch| scratch.ok(|tx| tx.supervises(&person("dave")));
    let here = scratch.ok(|tx| tx.person(&dave)).unwrap();
    for supervises in [vec!["east"], vec!["east", "sales"], vec![]] {
        let supervises: Vec<_> = supervises.into_iter().map(DepartmentId::new).collect();
        see(&mut scratch, Sighting::Person { person: here.clone(), supervises: supervises.clone() });
        assert_eq!(supervised(&mut scratch), supervises);
    }
    let main = scratch.ok(|tx| tx.grant(&alice)).unwrap();
    let admins = [&olivia, &alice].map(|id| (id.clone(), main.clone()));
    see(&mut scratch, Sighting::Admins(admins.into()));
    let rights = scratch.ok(|tx| Ok([&olivia, &alice, &dave].map(|id| tx.grant(id).unwrap())));
    assert_eq!(
        rights,
        [None, Some(main), None],
        "the owner needs none, and who is not listed has none any more"
    );
}
