//! What is refused, and where: every rule that a whole file must keep.

use serde_json::{Value, json};

use super::{ACME, acme, backwards, edited, shown};
use crate::domain::{GroupId, PersonId};
use crate::exchange::{parse, parse_onto, to_json};

fn refuses(cases: Vec<(&str, Value, &str, &str)>) {
    for (pointer, value, path, what) in cases {
        let flaws = parse(&edited(pointer, value.clone()).to_string(), &backwards).err().unwrap_or_default();
        let place = format!("{pointer} = {value}: {flaws:?}");
        assert_eq!(flaws.len(), 1, "{place}");
        assert_eq!(flaws[0].path, path, "{place}");
        assert!(flaws[0].what.contains(what), "{place}");
    }
}

#[test]
fn what_has_the_wrong_shape_is_refused() {
    refuses(vec![
        ("/people/4/phon", json!("+8613800000002"), "people[4].phon", "did you mean \"phone\"?"),
        ("/zzzz", json!(1), "zzzz", "there is no such key"),
        ("/a b", json!(1), "\"a b\"", "there is no such key"),
        ("/remove", json!({}), "remove", "there is no such key"),
        ("/organisation/zone", json!("x"), "organisation.zone", "there is no such key"),
        ("/departments/1/parnet", json!(null), "departments[1].parnet", "did you mean \"parent\"?"),
        ("/admins/0/leval", json!("main"), "admins[0].leval", "did you mean \"level\"?"),
        ("/supervisors/0/x", json!(1), "supervisors[0].x", "there is no such key"),
        ("/approvals/0/steps/1/by", json!("bob"), "approvals[0].steps[1].by", "there is no such key"),
        ("/handover/0/item", json!("x"), "handover[0].item", "did you mean \"items\"?"),
        ("/groups/0/topic", json!("x"), "groups[0].topic", "did you mean \"topics\"?"),
        ("/organisation", json!("acme"), "organisation", "must be an object, not text"),
        ("/people/13", json!(7), "people[13]", "must be an object, not a number"),
        ("/people/4/name", json!(null), "people[4].name", "must be text, not null"),
        ("/people/4/departments", json!("sales"), "people[4].departments", "must be a list, not text"),
        ("/people/4/departments", json!([true]), "people[4].departments[0]", "not a truth value"),
        ("/people", json!({}), "people", "must be a list, not an object"),
        ("/departments", json!(null), "departments", "must be a list, not null"),
        ("/owner", json!(["olivia", "alice"]), "owner", "must be text, not a list"),
        ("/handover/0/items", json!([1]), "handover[0].items[0]", "must be text"),
        ("/approvals/0/steps/0", json!("dave"), "approvals[0].steps[0]", "must be an object"),
    ]);
}

#[test]
fn nobody_new_is_called_as_the_bot_and_no_group_as_direct_messages_are() {
    refuses(vec![
        ("/people/13/id", json!("usher"), "people[13].id", "what the bot is called"),
        ("/groups/0/id", json!("dm"), "groups[0].id", "what direct messages are called"),
        ("/groups/0/id", json!("dm:alice"), "groups[0].id", "what direct messages are called"),
        ("/departments/1/group", json!("dm"), "departments[1].group", "what direct messages are called"),
    ]);
    // An older Usher took them in.
    let mut before = parse(ACME, &backwards).unwrap();
    before.people[13].person.id = PersonId::new("usher");
    before.groups[0].id = GroupId::new("dm");
    before.departments[1].group = Some(GroupId::new("dm"));
    let again = to_json(&before).to_string();
    assert_eq!(parse_onto(Some(&before), &again, &backwards).map(|roster| roster.people.len()), Ok(14));
}

#[test]
fn what_is_missing_is_named() {
    let needed = [
        ("", "organisation", "organisation"),
        ("", "departments", "departments"),
        ("", "people", "people"),
        ("", "owner", "owner"),
        ("/organisation", "id", "organisation.id"),
        ("/departments/1", "id", "departments[1].id"),
        ("/people/4", "name", "people[4].name"),
        ("/admins/1", "level", "admins[1].level"),
        ("/admins/1", "person", "admins[1].person"),
        ("/supervisors/0", "department", "supervisors[0].department"),
        ("/approvals/0", "originator", "approvals[0].originator"),
        ("/approvals/0", "created", "approvals[0].created"),
        ("/approvals/0/steps/1", "approver", "approvals[0].steps[1].approver"),
        ("/handover/0", "items", "handover[0].items"),
        ("/groups/0", "id", "groups[0].id"),
    ];
    for (pointer, key, path) in needed {
        let mut file = acme();
        file.pointer_mut(pointer).unwrap().as_object_mut().unwrap().shift_remove(key);
        let flaws = parse(&file.to_string(), &backwards).err().unwrap_or_default();
        assert!(flaws.iter().any(|flaw| flaw.path == path), "{pointer} {key}: {flaws:?}");
    }
    let file = edited("/people/-", json!({"name": "Nobody"}));
    assert_eq!(shown(parse(&file.to_string(), &backwards)), ["people[14].id: must be given"]);
}

#[test]
fn words_that_say_nothing_are_refused() {
    let long = "长".repeat(201);
    refuses(vec![
        ("/organisation/id", json!("a b"), "organisation.id", "white space"),
        ("/organisation/name", json!(""), "organisation.name", "empty"),
        ("/organisation/locale", json!("de"), "organisation.locale", "\"de\" is none of zh, en"),
        ("/organisation/timezone", json!("Asia/Shangai"), "organisation.timezone", "no time zone"),
        ("/departments/2/name", json!("a\u{200b}"), "departments[2].name", "\"a\\u{200b}\" has invisible"),
        ("/departments/2/group", json!(""), "departments[2].group", "empty"),
        ("/people/4/name", json!("   "), "people[4].name", "empty"),
        ("/people/4/name", json!(long), "people[4].name", "200 characters"),
        ("/people/4/name", json!("李\u{202e}博"), "people[4].name", "invisible"),
        (
            "/people/4/name",
            json!("\u{1f468}\u{200d}\u{2764}\u{fe0f}"),
            "people[4].name",
            "(U+200D, U+FE0F): take them out",
        ),
        ("/people/4/phone", json!("call me"), "people[4].phone", "in digits"),
        ("/people/4/email", json!("bob"), "people[4].email", "name@host"),
        ("/people/4/status", json!("left"), "people[4].status", "none of active, departed, closed"),
        ("/people/4/password", json!(""), "people[4].password", "empty"),
        ("/people/4/totp", json!("not base 32!"), "people[4].totp", "BASE32"),
        ("/people/4/totp", json!("GEZDGNBV"), "people[4].totp", "at least 10 bytes"),
        ("/people/13/id", json!("a@b"), "people[13].id", "can't have '@'"),
        ("/people/13/id", json!("「a」"), "people[13].id", "can't have '「'"),
        ("/people/13/id", json!("x".repeat(129)), "people[13].id", "128"),
        ("/people/13/id", json!(""), "people[13].id", "empty"),
        ("/admins/0/level", json!("mian"), "admins[0].level", "did you mean \"main\"?"),
        ("/admins/1/permissions/0", json!("persons"), "admins[1].permissions[0]", "none of people, admins"),
        ("/approvals/0/status", json!("open"), "approvals[0].status", "none of approved"),
        ("/approvals/0/cancellable_by", json!("all"), "approvals[0].cancellable_by", "none of admin"),
        ("/approvals/0/created", json!("2026-11-20"), "approvals[0].created", "RFC 3339"),
        ("/approvals/0/title", json!(""), "approvals[0].title", "empty"),
        ("/approvals/0/steps/0/status", json!("yes"), "approvals[0].steps[0].status", "none of approved"),
        ("/approvals/0/steps/0/at", json!("noon"), "approvals[0].steps[0].at", "RFC 3339"),
        ("/handover/0/items/1", json!(" "), "handover[0].items[1]", "empty"),
        ("/groups/1/topics/0", json!("departures"), "groups[1].topics[0]", "did you mean \"departure\"?"),
        ("/groups/1/name", json!(""), "groups[1].name", "empty"),
    ]);
}

#[test]
fn what_refers_to_nothing_is_refused() {
    refuses(vec![
        ("/owner", json!("nobody"), "owner", "there is no person \"nobody\""),
        ("/departments/2/parent", json!("x"), "departments[2].parent", "there is no department \"x\""),
        ("/people/4/departments", json!(["sales", "x"]), "people[4].departments[1]", "no department \"x\""),
        ("/admins/0/person", json!("x"), "admins[0].person", "no person \"x\""),
        ("/admins/1/departments/0", json!("x"), "admins[1].departments[0]", "no department \"x\""),
        ("/supervisors/0/person", json!("x"), "supervisors[0].person", "no person \"x\""),
        ("/supervisors/0/department", json!("x"), "supervisors[0].department", "no department \"x\""),
        ("/approvals/0/originator", json!("x"), "approvals[0].originator", "no person \"x\""),
        ("/approvals/0/steps/1/approver", json!("x"), "approvals[0].steps[1].approver", "no person \"x\""),
        ("/handover/0/person", json!("x"), "handover[0].person", "no person \"x\""),
    ]);
}

#[test]
fn what_is_there_twice_is_refused() {
    refuses(vec![
        ("/departments/-", json!({"id": "rd"}), "departments[5].id", "is the same as in [3]"),
        ("/people/-", json!({"id": "bob", "name": "B"}), "people[14].id", "is the same as in [4]"),
        ("/admins/-", json!({"person": "alice", "level": "main"}), "admins[3].person", "same as in [0]"),
        (
            "/supervisors/-",
            json!({"person": "dave", "department": "sales"}),
            "supervisors[1].person",
            "same as in [0]",
        ),
        (
            "/approvals/-",
            json!({"id": "A-1001", "originator": "bob", "created": "2026-11-20T10:00:00Z"}),
            "approvals[4].id",
            "same as in [0]",
        ),
        ("/handover/-", json!({"person": "bob", "items": []}), "handover[1].person", "same as in [0]"),
        ("/groups/-", json!({"id": "ops"}), "groups[3].id", "same as in [0]"),
        ("/people/4/departments", json!(["sales", "sales"]), "people[4].departments[1]", "twice"),
        ("/groups/1/topics", json!(["departure", "departure"]), "groups[1].topics[1]", "twice"),
    ]);
    let twice = ACME.replacen("\"owner\": \"olivia\",", "\"owner\": \"olivia\", \"owner\": \"alice\",", 1);
    assert_eq!(shown(parse(&twice, &backwards)), ["owner: is given twice"]);
    let twice = ACME.replacen("\"level\": \"main\"", "\"level\": \"main\", \"level\": \"sub\"", 1);
    assert_eq!(shown(parse(&twice, &backwards)), ["admins[0].level: is given twice"]);
}

#[test]
fn circles_of_departments_are_named() {
    let file = edited("/departments/0/parent", json!("sales-east"));
    let circle = "departments[0].parent: the departments go round in a circle: hq > sales-east > sales > hq";
    assert_eq!(shown(parse(&file.to_string(), &backwards)), [circle]);
    let file = edited("/departments/3/parent", json!("rd"));
    let circle = "departments[3].parent: the departments go round in a circle: rd > rd";
    assert_eq!(shown(parse(&file.to_string(), &backwards)), [circle]);
}

#[test]
fn those_who_left_hold_nothing() {
    let left = "departed";
    refuses(vec![
        ("/people/4", json!({"id": "bob", "name": "李博", "status": left}), "handover[0].person", "has left"),
        (
            "/people/6",
            json!({"id": "dave", "name": "D", "status": left}),
            "supervisors[0].person",
            "has left",
        ),
        ("/people/0", json!({"id": "olivia", "name": "O", "status": left}), "owner", "has left"),
        ("/people/2", json!({"id": "sam", "name": "S", "status": "closed"}), "admins[1].person", "has left"),
        ("/people/7/status", json!(left), "people[7].departments", "in no department"),
        (
            "/people/-",
            json!({"id": "x", "name": "X", "status": left, "password": "p"}),
            "people[14].id",
            "no password",
        ),
        ("/people/-", json!({"id": "x", "name": "", "status": left}), "people[14].name", "empty"),
    ]);
}

#[test]
fn every_fault_is_found_in_one_go_up_to_a_bound() {
    let mut file = acme();
    file["owner"] = json!("x");
    file["people"][4]["phone"] = json!("1");
    file["people"][5] = json!({"id": "carol"});
    file["admins"][2]["departments"] = json!([7, "y"]);
    let found = shown(parse(&file.to_string(), &backwards));
    assert_eq!(
        found,
        [
            "people[4].phone: a phone is written in digits, such as +8613800000002",
            "people[5].name: must be given",
            "admins[2].departments[0]: must be text, not a number",
            "owner: there is no person \"x\"",
            "admins[2].departments[1]: there is no department \"y\"",
        ]
    );
    let many: Vec<_> = (0..1000).map(|n| json!({"id": format!("p{n}")})).collect();
    assert_eq!(shown(parse(&edited("/people", json!(many)).to_string(), &backwards)).len(), 50);
    assert_eq!(shown(parse("[]", &backwards)), ["the file: must be an object, not a list"]);
}
