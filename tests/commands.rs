//! The table of commands keeps its promises, whatever is added to it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::collections::BTreeSet;
use std::path::Path;

use usher::command::COMMANDS;
use usher::command::context::Role;
use usher::command::spec::{Need, Run, Undo};
use usher::config::Config;
use usher::domain::Policy;
use usher::domain::names::keyword;
use usher::runtime::played::Played;
use usher::runtime::replay::play;

fn played(lines: &str) -> Played {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    play(&format!("!org orgs/acme.json\n{lines}"), &folder).unwrap()
}

/// The answers to what olivia says in a group, a message each.
fn answers(lines: &[String]) -> Vec<serde_json::Value> {
    let lines: Vec<_> =
        lines.iter().map(|line| format!("[ops] olivia:= {}", serde_json::json!(line))).collect();
    let messages = played(&lines.join("\n")).messages;
    assert_eq!(messages.len(), lines.len());
    messages
}

#[test]
fn no_two_commands_share_a_verb() {
    let mut seen = BTreeSet::new();
    for verb in COMMANDS.iter().flat_map(|spec| spec.verbs()) {
        assert_eq!(keyword(verb), verb, "verbs are compared folded");
        assert!(seen.insert(verb), "{verb} is there twice");
    }
    assert!(seen.len() > 2 * COMMANDS.len() - 5, "nearly every command has a Chinese verb");
}

#[test]
fn what_must_be_there_comes_before_what_may_be() {
    for spec in COMMANDS {
        let needs: Vec<_> =
            spec.params.iter().filter(|param| !param.is_option()).map(|param| param.need).collect();
        let optional = needs.iter().position(|need| *need == Need::Optional).unwrap_or(needs.len());
        assert!(needs[optional..].iter().all(|need| *need == Need::Optional), "{}", spec.name);
    }
}

#[test]
fn every_operation_can_be_rehearsed() {
    for spec in COMMANDS.iter().filter(|spec| matches!(spec.run, Run::Operation { .. })) {
        assert!(spec.option("dry-run").is_some(), "{}", spec.name);
    }
}

#[test]
fn every_operation_may_be_made_to_need_a_secret_and_nothing_else_may() {
    for spec in COMMANDS {
        let is_operation = matches!(spec.run, Run::Operation { .. });
        let set = Config::default().read(&format!("auth.require = ['{}']", spec.name));
        assert_eq!(set.is_ok(), is_operation, "{}: {set:?}", spec.name);
    }
}

#[test]
fn every_operation_is_called_something_in_both_languages() {
    for spec in COMMANDS {
        if let Run::Operation { called, .. } = spec.run {
            for ftl in [include_str!("../src/wording/en.ftl"), include_str!("../src/wording/zh.ftl")] {
                assert!(ftl.contains(&format!("\n{called} = ")), "{called}");
            }
        }
    }
}

#[test]
fn what_needs_a_secret_can_not_be_undone() {
    for verb in Policy::default().require_secret {
        let spec = COMMANDS.iter().find(|spec| spec.name == verb).unwrap();
        assert!(matches!(spec.run, Run::Operation { undo: Undo::Never, .. }), "{verb}");
    }
}

#[test]
fn every_verb_answers_whatever_follows_it() {
    for spec in COMMANDS {
        for verb in spec.verbs() {
            let rests = ["", " @bob", " @nobody @nobody", " 1 2 3", " --x=y", " \"", " @", " =", " ，"];
            let lines: Vec<_> = rests
                .iter()
                .flat_map(|rest| {
                    [format!("[ops] alice: /{verb}{rest}"), format!("[dm] alice: /{verb}{rest}")]
                })
                .collect();
            let messages = played(&lines.join("\n")).messages;
            for (index, line) in lines.iter().enumerate() {
                let id = format!("m{}", index + 1);
                let answers: Vec<_> =
                    messages.iter().filter(|message| message["in_reply_to"] == *id).collect();
                assert!(!answers.is_empty(), "{line} is not answered");
                assert!(answers.iter().all(|message| message["error"] != "internal"), "{line} fails");
            }
        }
    }
}

#[test]
fn what_is_suggested_is_what_could_be_sent_instead_and_nothing_where_nothing_is_close() {
    let cases = [
        ("/show @Carl", Some("@carol")),
        ("/show @Nobody", None),
        ("/delte @carol", Some("/delete")),
        ("/frobnicate", None),
        ("/lang zn", None),
        ("/delete carol", Some("@carol")),
        ("/delete @carol handover=erin", Some("handover=@erin")),
        ("/delete @carol resaon=resigned", Some("reason=")),
        ("/delete @carol reason=resinged", Some("reason=resigned")),
        ("/delete @carol reason=x", None),
        ("/grant-admin @erin departments=rd permissions=peple", Some("people")),
        ("/grant-admin @erin departments=rd permissions=x", None),
        ("/notify-here departur", Some("departure")),
        ("/notify-here x", None),
        ("/unbind @dave supervisr", Some("supervisor")),
        ("/unbind supervisor", None),
        ("/delete \"@\"", None),
        ("/delete \"@ana\"", Some("@ana")),
        ("/delete \"Ana Ruiz\"", Some("@\"Ana Ruiz\"")),
        ("/delete @bob handover=“Carol Wu”", Some("handover=@\"Carol Wu\"")),
        ("/delete person=@ana", Some("@ana")),
        ("/delete @ana person=@ana", None),
        ("/cancel-approval id=A-1001", Some("A-1001")),
        ("/unbind @dave relation=supervisor", Some("supervisor")),
        ("/delete @ana -dry-run", Some("--dry-run")),
        ("/delete @ana --dry\u{200b}-run", Some("--dry-run")),
        ("/delete @ana reas\u{200b}on=resigned", Some("reason=")),
        ("/help de\u{200b}lte", Some("/delete")),
    ];
    let messages = answers(&cases.map(|(line, _)| line.to_owned()));
    for ((line, suggestion), message) in cases.iter().zip(&messages) {
        assert_eq!(message["suggestion"].as_str(), *suggestion, "{line}");
    }
}

#[test]
fn help_describes_every_command_in_both_languages_and_none_that_one_may_not_use() {
    for language in ["zh", "en"] {
        let asked: String =
            COMMANDS.iter().map(|spec| format!("[dm] olivia: /help {}\n", spec.name)).collect();
        let messages = played(&format!("[dm] olivia: /lang {language}\n{asked}")).messages;
        for (spec, message) in COMMANDS.iter().zip(&messages[1..]) {
            let text = message["text"].as_str().unwrap().to_owned();
            assert!(text.contains(&format!("/{}", spec.name)), "{language}: {text}");
            assert!(text.contains(spec.aliases[0]), "{language}: {text}");
        }
        let overview = played(&format!("[dm] carol: /lang {language}\n[dm] carol: /help")).messages;
        let text = overview.last().unwrap()["text"].as_str().unwrap().to_owned();
        for spec in COMMANDS {
            let is_shown = text.lines().any(|line| line.contains(&format!("/{} ", spec.name)));
            assert_eq!(is_shown, spec.is_for(&Role::Member), "{language}: /{}", spec.name);
        }
    }
}

#[test]
fn a_stranger_hears_the_same_bytes_however_many_commands_are_tried_at_once() {
    let tried: Vec<_> =
        COMMANDS.iter().flat_map(|spec| spec.verbs()).map(|verb| format!("/{verb} @bob")).collect();
    let lines: String =
        tried.iter().cycle().take(500).map(|text| format!("[dm] mallory: {text}\n")).collect();
    let played = played(&lines);
    let heard: BTreeSet<_> = played.messages.iter().map(|message| message["text"].to_string()).collect();
    assert_eq!((played.messages.len(), heard.len()), (500, 1));
}

#[test]
fn a_person_that_is_suggested_is_found_when_it_is_typed() {
    let places = [
        ("/show ", "", ""),
        ("/show ", "person=", ""),
        ("/delete @erin ", "handover=", " --dry-run"),
        ("/unbind @dave supervisor ", "to=", " --dry-run"),
        ("/cancel-approval ", "--from ", " --dry-run"),
    ];
    let names =
        ["ana", "carol", "李娜", "“Ana Ruiz”", "'Carol Wu'", "\"@方克\"", "「＠Ana Ruiz」", "\"@ carol \""];
    let asked = places.iter().flat_map(|place| names.map(|name| (place, name)));
    let typed: Vec<_> =
        asked.clone().map(|((front, key, back), name)| format!("{front}{key}{name}{back}")).collect();
    let refused = answers(&typed);
    let suggested: Vec<_> = asked
        .zip(&refused)
        .map(|(((front, _, back), name), answer)| {
            assert_eq!(answer["error"], "bad_argument", "{front}{name}");
            format!("{front}{}{back}", answer["suggestion"].as_str().unwrap_or("nothing"))
        })
        .collect();
    for ((typed, suggested), answer) in typed.iter().zip(&suggested).zip(answers(&suggested)) {
        let is_found = !matches!(answer["error"].as_str(), Some("bad_argument" | "unknown_person"));
        assert!(is_found, "for {typed}, {suggested} is suggested: {}", answer["text"]);
    }
}

#[test]
fn what_can_not_be_asked_for_again_is_not_suggested() {
    let confirmed = |meanwhile: &str| {
        let said =
            format!("[ops] alice: /revoke-admin @sam\n!merge {meanwhile}\n[ops] alice: /confirm {{code}}");
        let blocked = played(&said).messages.pop().unwrap();
        assert_eq!(blocked["blockers"][0]["blocker"], "changed", "{blocked}");
        blocked["blockers"][0]["fix"].clone()
    };
    let renamed = confirmed(r#"{"people": [{"id": "sam", "name": "沈山山"}]}"#);
    assert_eq!(renamed, "/revoke-admin @sam");
    assert_eq!(confirmed(r#"{"remove": {"people": ["sam"]}}"#), "/show @sam");
    assert_eq!(confirmed(r#"{"remove": {"admins": ["sam"]}}"#), "/show @sam");
}
