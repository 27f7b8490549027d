//! That what is written can be read again; the helpers of the tests beside it.

mod changes;
mod refusals;

use proptest::prelude::{ProptestConfig, any};
use proptest::{prop_assert, proptest, sample};
use serde_json::{Value, json};

use super::{Flaw, demo, parse, to_json, to_text};
use crate::domain::{Member, Roster, names};

/// The tests' organisation; it has one of everything.
const ACME: &str = include_str!("../../../tests/transcripts/orgs/acme.json");

fn backwards(password: &str) -> String {
    password.chars().rev().collect()
}

fn acme() -> Value {
    serde_json::from_str(ACME).unwrap()
}

fn roster() -> Roster {
    parse(ACME, &backwards).unwrap()
}

fn member<'a>(roster: &'a Roster, id: &str) -> &'a Member {
    roster.people.iter().find(|member| member.person.id.as_str() == id).unwrap()
}

fn without_secrets(mut roster: Roster) -> Roster {
    for member in &mut roster.people {
        member.password_hash = None;
        member.totp_secret = None;
    }
    roster
}

fn shown(result: Result<Roster, Vec<Flaw>>) -> Vec<String> {
    result.err().unwrap_or_default().iter().map(Flaw::to_string).collect()
}

/// The organisation with one value put at a JSON pointer; `-` is the end of a list.
fn edited(pointer: &str, value: Value) -> Value {
    let mut file = acme();
    let (above, key) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(above).unwrap() {
        Value::Object(map) => drop(map.insert(key.to_owned(), value)),
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        _ => panic!("{above} holds nothing"),
    }
    file
}

#[test]
fn what_is_written_is_read_again() {
    for text in [ACME, demo()] {
        let roster = without_secrets(parse(text, &backwards).unwrap());
        assert_eq!(parse(&to_json(&roster).to_string(), &backwards).unwrap(), roster);
        assert_eq!(parse(&to_text(&roster), &backwards).unwrap(), roster);
    }
}

#[test]
fn those_who_left_are_written_and_read_again() {
    let mut file = acme();
    let people = file["people"].as_array_mut().unwrap();
    people.push(json!({"id": "old", "name": "Old Hand", "status": "departed", "email": "old@acme.example"}));
    people.push(json!({"id": "gone", "name": "", "status": "closed"}));
    file["approvals"][0]["originator"] = json!("gone");
    file["approvals"][0]["created"] = json!("2026-11-20T02:00:00.125Z");
    file["organisation"]["timezone"] = json!("America/New_York");
    let roster = without_secrets(parse(&file.to_string(), &backwards).unwrap());
    let written = to_json(&roster);
    assert_eq!(written["approvals"][0]["created"], "2026-11-19T21:00:00.125-05:00");
    assert_eq!(written["people"][15]["status"], "closed");
    assert_eq!(parse(&written.to_string(), &backwards).unwrap(), roster);
}

#[test]
fn the_written_file_has_the_keys_in_order_and_no_secret() {
    let written = to_json(&roster());
    let keys: Vec<_> = written.as_object().unwrap().keys().cloned().collect();
    let order = ["organisation", "departments", "people", "owner", "admins", "supervisors", "approvals"];
    assert_eq!(keys[..7], order);
    assert_eq!(keys[7..], ["handover", "groups"]);
    let bob = json!({"id": "bob", "name": "李博", "phone": "+8613800000002", "email": null,
                     "departments": ["sales"], "status": "active"});
    assert_eq!(written["people"][4], bob);
    assert_eq!(written["admins"][0], json!({"person": "alice", "level": "main"}));
    assert_eq!(written["approvals"][0]["created"], "2026-11-20T10:00:00+08:00");
    assert_eq!(written["approvals"][0]["steps"][1], json!({"approver": "alice", "status": "pending"}));
    assert!(!written.to_string().contains("password") && !written.to_string().contains("totp"));
}

#[test]
fn secrets_are_hashed_and_decoded() {
    let roster = roster();
    assert_eq!(member(&roster, "alice").password_hash.as_deref(), Some("1-terces-ecila"));
    assert_eq!(member(&roster, "alice").totp_secret.as_deref(), Some(&b"TestSecretTestSecret"[..20]));
    assert_eq!(member(&roster, "bob").password_hash, None);
}

#[test]
fn little_is_required() {
    let file = json!({
        "organisation": {"id": "o"}, "departments": [{"id": "d"}], "owner": "a",
        "people": [{"id": "a", "name": "A"}],
        "approvals": [{"id": "1", "originator": "a", "created": "2026-11-20T10:00:00Z"}],
        "groups": [{"id": "g=="}],
    });
    let written = to_json(&parse(&file.to_string(), &backwards).unwrap());
    let organisation = json!({"id": "o", "name": "o", "locale": "zh", "timezone": "Asia/Shanghai"});
    assert_eq!(written["organisation"], organisation);
    assert_eq!(written["departments"][0], json!({"id": "d", "name": "d", "parent": null, "group": null}));
    assert_eq!(written["people"][0]["departments"], json!([]));
    assert_eq!(written["approvals"][0]["status"], "pending");
    assert_eq!(written["approvals"][0]["cancellable_by"], "originator_or_admin");
    assert_eq!(written["groups"][0], json!({"id": "g==", "name": "g==", "topics": []}));
}

#[test]
fn sets_are_put_in_order() {
    let file = edited("/people/4/departments", json!(["sales", "hr", "rd"]));
    let roster = parse(&file.to_string(), &backwards).unwrap();
    assert_eq!(to_json(&roster)["people"][4]["departments"], json!(["hr", "rd", "sales"]));
}

#[test]
fn the_demo_has_somebody_for_every_trial() {
    let roster = parse(demo(), &backwards).unwrap();
    let name = |id| member(&roster, id).person.name.as_str();
    assert_eq!(name("lina1"), name("lina2"));
    assert_ne!(name("pavel"), name("pavel2"));
    assert_eq!(names::skeleton(name("pavel")), names::skeleton(name("pavel2")));
    let file: Value = serde_json::from_str(demo()).unwrap();
    let relations = ["admins", "supervisors", "approvals", "handover"].map(|key| file[key].to_string());
    let holds = |id: &str| relations.each_ref().map(|text| text.contains(&format!("\"{id}\"")));
    assert_eq!(holds("hana"), [true; 4]);
    assert_eq!(holds("bob"), [false, false, false, true]);
    assert_eq!(holds("tom"), [false; 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_file_is_read_or_refused(at in any::<sample::Index>(), gone in 0_usize..40, new in "\\PC{0,3}") {
        let mut chars: Vec<char> = ACME.chars().collect();
        let start = at.index(chars.len());
        let end = (start + gone).min(chars.len());
        chars.splice(start..end, new.chars());
        let text: String = chars.into_iter().collect();
        match parse(&text, &backwards) {
            Ok(roster) => prop_assert!(parse(&to_text(&roster), &backwards) == Ok(without_secrets(roster))),
            Err(flaws) => prop_assert!((1..=50).contains(&flaws.len())),
        }
    }
}
