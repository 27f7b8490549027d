//! Playing transcripts: what is shown where they differ, and what is written into them.

use std::fs;

use super::room::Room;

#[test]
fn of_a_step_only_the_messages_that_differ_are_shown() {
    let room = Room::empty();
    let step = "[ops] alice: /revoke-admin @sam\n[ops] usher <confirm_request>: ...\n[ops] alice: 确认\n";
    let expected = "[ops] usher <done>: ...\n[dm sam] usher <notice>: ...\n[ops] usher <notice>: nobody\n";
    fs::write(room.path("one.chat"), format!("{step}{expected}")).unwrap();
    let output = room.run(&["replay", "one.chat"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = shown.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        lines,
        ["one.chat:3", "  - [ops] usher <notice>", "  + [ops] usher <notice>", "0 passed, 1 failed"],
        "{shown}"
    );
}

#[test]
fn a_blessed_file_keeps_the_ends_of_its_lines() {
    let room = Room::empty();
    let transcript =
        "# Who one is.\n[ops] alice: /whoami\n[ops] usher <answer>: nobody\n\n[ops] alice: /pending\n";
    let bless = |text: &str| {
        fs::write(room.path("one.chat"), text).unwrap();
        room.ok(&["replay", "--bless", "one.chat"]);
        room.ok(&["replay", "one.chat"]);
        fs::read_to_string(room.path("one.chat")).unwrap()
    };
    let blessed = bless(transcript);
    assert!(!blessed.contains('\r') && blessed.lines().count() > 5, "{blessed}");
    assert_eq!(bless(&transcript.replace('\n', "\r\n")), blessed.replace('\n', "\r\n"));
    // Where they differ among themselves, none that is kept is changed.
    let mixed = bless(&transcript.replacen('\n', "\r\n", 1));
    assert!(mixed.starts_with("# Who one is.\r\n[ops] alice: /whoami\n[ops] usher"), "{mixed}");
}
