//! What a second file and a partial one change, and what they can't.

use serde_json::{Value, json};

use super::{ACME, backwards, edited, member, roster, shown, without_secrets};
use crate::domain::{PersonId, PersonStatus};
use crate::exchange::{merge, parse_onto, to_json};

#[test]
fn a_second_file_changes_what_it_gives_and_nothing_else() {
    let current = without_secrets(roster());
    let file = json!({
        "organisation": {"id": "acme", "name": "Acme"},
        "departments": [{"id": "sales", "name": "Sales"}, {"id": "legal", "parent": "hq"}],
        "people": [{"id": "bob", "name": "Bob Li", "phone": null},
                   {"id": "nora", "name": "Nora", "departments": ["legal"]}],
        "owner": "alice",
        "handover": [{"person": "bob", "items": ["x"]}, {"person": "carol", "items": []}],
        "approvals": [{"id": "A-1001", "status": "approved"}],
    });
    let roster = parse_onto(Some(&current), &file.to_string(), &backwards).unwrap();
    let bob = &member(&roster, "bob").person;
    assert_eq!((bob.name.as_str(), &bob.phone, bob.departments.len()), ("Bob Li", &None, 1));
    assert_eq!(roster.people.len(), 15);
    let written = to_json(&roster);
    assert_eq!(written["departments"][1]["group"], "sales-group");
    assert_eq!(written["organisation"]["timezone"], "Asia/Shanghai");
    assert_eq!(written["owner"], "alice");
    assert_eq!(written["handover"], json!([{"person": "bob", "items": ["x"]}]));
    assert_eq!(written["approvals"][0]["title"], "差旅报销");
    assert_eq!(written["approvals"][0]["status"], "approved");
    assert_eq!(parse_onto(Some(&current), ACME, &backwards).map(without_secrets), Ok(current));
}

#[test]
fn a_second_file_is_of_the_same_organisation_and_brings_nobody_back() {
    let mut current = without_secrets(roster());
    let file = edited("/organisation/id", json!("other")).to_string();
    let other = "organisation.id: this is \"acme\", not \"other\"";
    assert_eq!(shown(parse_onto(Some(&current), &file, &backwards)), [other]);

    current.handover.clear();
    let bob = &mut current.people[4].person;
    (bob.status, bob.departments, bob.phone) = (PersonStatus::Departed, Vec::new(), None);
    let back = ["people[4].id: \"bob\" is the id of somebody who left"];
    assert_eq!(shown(parse_onto(Some(&current), ACME, &backwards))[..1], back);
    let export = to_json(&current).to_string();
    assert_eq!(parse_onto(Some(&current), &export, &backwards), Ok(current.clone()));

    current.people[4].person.status = PersonStatus::Closed;
    current.people[4].person.name.clear();
    let roster = parse_onto(Some(&current), &export, &backwards).unwrap();
    assert_eq!(roster, current, "an older export does not bring an erased name back");
}

#[test]
fn a_second_file_is_whole_too() {
    let current = roster();
    let file = json!({"organisation": {"name": "x"}, "people": [{"id": "bob"}]}).to_string();
    let missing = ["organisation.id", "owner", "departments", "people[0].name"];
    let found = parse_onto(Some(&current), &file, &backwards).unwrap_err();
    assert_eq!(found.iter().map(|flaw| flaw.path.as_str()).collect::<Vec<_>>(), missing);
}

#[test]
fn a_partial_file_changes_a_part() {
    let current = without_secrets(roster());
    let merged = |json: Value| merge(&current, &json.to_string(), &backwards);
    assert_eq!(merged(json!({})), Ok(current.clone()));

    let roster = merged(json!({
        "people": [{"id": "bob", "phone": "+123456"}],
        "admins": [{"person": "bob", "level": "main"}, {"person": "sam", "level": "main"}],
        "groups": [{"id": "all", "topics": null}],
    }))
    .unwrap();
    let bob = &member(&roster, "bob").person;
    assert_eq!((bob.name.as_str(), bob.phone.as_deref()), ("李博", Some("+123456")));
    let written = to_json(&roster);
    assert_eq!(written["admins"][1], json!({"person": "sam", "level": "main"}));
    assert_eq!(written["admins"][3], json!({"person": "bob", "level": "main"}));
    assert_eq!(written["groups"][1]["topics"], json!([]));

    let roster = merged(json!({"people": [{"id": "bob", "status": "closed"}]})).unwrap();
    let bob = &member(&roster, "bob").person;
    assert_eq!((bob.name.as_str(), bob.departments.len(), roster.handover.len()), ("", 0, 0));
}

#[test]
fn a_partial_file_takes_away() {
    let current = without_secrets(roster());
    let roster = merge(
        &current,
        &json!({"remove": {
            "people": ["bob", "sam"], "admins": ["hana"], "supervisors": ["dave"],
            "approvals": ["A-1002"], "groups": ["ops"],
        }})
        .to_string(),
        &backwards,
    )
    .unwrap();
    assert_eq!(roster.people.len(), 12);
    assert_eq!(roster.admins.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["alice"]);
    assert!(roster.supervisors.is_empty() && roster.handover.is_empty());
    assert_eq!(roster.approvals[0].originator, PersonId::new("bob"), "what somebody asked for stays");
    assert_eq!((roster.approvals.len(), roster.groups.len()), (3, 2));

    let roster = merge(
        &current,
        r#"{"remove": {"supervisors": [{"person": "dave", "department": "sales"}], "handover": ["bob"],
            "departments": ["sales-east"]},
            "people": [{"id": "pavel2", "departments": []}, {"id": "ana", "departments": ["sales"]}]}"#,
        &backwards,
    );
    let roster = roster.unwrap();
    assert_eq!((roster.supervisors.len(), roster.handover.len(), roster.departments.len()), (0, 0, 4));
}

#[test]
fn a_partial_file_is_refused_with_its_faults() {
    let current = roster();
    let cases = [
        (r#"{"remove": {"admins": ["bob"]}}"#, "remove.admins[0]: \"bob\" is not there to be removed"),
        (r#"{"remove": {"people": ["bob", "bob"]}}"#, "remove.people[1]: \"bob\" is not there to be removed"),
        (
            r#"{"remove": {"supervisors": ["sam"]}}"#,
            "remove.supervisors[0]: \"sam\" is not there to be removed",
        ),
        (
            r#"{"remove": {"supervisors": [{"person": "dave", "department": "rd"}]}}"#,
            "remove.supervisors[0]: this is not there to be removed",
        ),
        (r#"{"remove": {"peple": ["bob"]}}"#, "remove.peple: there is no such key; did you mean \"people\"?"),
        (r#"{"remove": {"people": ["olivia"]}}"#, "owner: \"olivia\" has left"),
        (
            r#"{"remove": {"departments": ["hr"]}}"#,
            "people[hana].departments[0]: there is no department \"hr\"",
        ),
        (
            r#"{"remove": {"people": ["bob"]}, "people": [{"id": "bob", "name": "B"}]}"#,
            "people[0].id: \"bob\" is the id of somebody who left",
        ),
        (r#"{"people": [{"id": "new"}]}"#, "people[0].name: must be given"),
        (r#"{"organisation": {"id": "x"}}"#, "organisation.id: this is \"acme\", not \"x\""),
        (r#"{"owner": "x"}"#, "owner: there is no person \"x\""),
        (r#"{"peoples": []}"#, "peoples: there is no such key; did you mean \"people\"?"),
        (r#"{"people": {}}"#, "people: must be a list, not an object"),
        (r#"{"remove": "#, "line 1, column 11: EOF while parsing a value"),
    ];
    for (json, flaw) in cases {
        assert_eq!(
            shown(merge(&current, json, &backwards)).first().map(String::as_str),
            Some(flaw),
            "{json}"
        );
    }
}
