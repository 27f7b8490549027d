//! What holds for every command: its settings, where its database is, its completions, and what it leaves when it crashes.

use std::fs;

use super::room::{Room, is_refused};

#[test]
fn a_misspelt_setting_is_refused_wherever_it_stands() {
    let room = Room::with_demo();
    fs::write(room.path("usher.toml"), "confirm.tl = \"1m\"").unwrap();
    room.refused(&["chat"], 2, "usher.toml: there is no setting `confirm.tl`; did you mean `confirm.ttl`?");
    fs::write(room.path("other.toml"), "password = \"hunter2\"").unwrap();
    room.refused(&["chat", "--config", "other.toml"], 2, "`password` looks like a secret");
    room.refused(&["chat", "--config", "none.toml"], 2, "none.toml: can't be read");
    fs::write(room.path("usher.toml"), room.ok(&["config", "example"])).unwrap();
    room.ok(&["chat"]);
    let output = room.usher(&["chat"]).env("USHER_CONFIRM_TLL", "1m").output().unwrap();
    is_refused(&output, 2, "no variable `USHER_CONFIRM_TLL`; did you mean `USHER_CONFIRM_TTL`?");
    let output = room.usher(&["chat"]).env("USHER_AUTH_TRIES", "many").output().unwrap();
    is_refused(&output, 2, "USHER_AUTH_TRIES: `auth.tries` is \"many\"; expected a whole number");
}

#[test]
fn every_shell_gets_completions_for_every_command() {
    let room = Room::empty();
    let help = room.ok(&["help"]);
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        commands.contains(&"backup") && commands.contains(&"doctor") && commands.len() > 10,
        "{commands:?}"
    );
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = room.ok(&["completions", shell]);
        for command in &commands {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
    assert_eq!(room.run(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn every_command_knows_where_the_database_is() {
    let room = Room::with_people();
    fs::write(room.path("staff.csv"), "id,name\nbob,Bob\n").unwrap();
    assert!(room.ok(&["import", "staff.csv"]).contains("1 changed"));
    assert_eq!(room.ok(&["export"]), room.ok(&["export", "--db", "usher.db"]));
    assert!(room.ok(&["audit", "show"]).contains("@cli import"));
    assert!(room.ok(&["audit", "verify"]).contains("14 entries, verified"));
    for command in [&["import"][..], &["export"], &["audit", "show"], &["audit", "verify"]] {
        let help = room.ok(&[command, &["--help"]].concat());
        assert!(help.contains("[default: usher.db]"), "{help}");
    }
}

/// A zone that is always UTC, as a file that a machine's own zones are kept in.
fn zone_file() -> Vec<u8> {
    let counts: [u32; 6] = [0, 0, 0, 0, 1, 4];
    let header = [b"TZif2".as_slice(), &[0; 15], counts.map(u32::to_be_bytes).as_flattened()].concat();
    let types = [&[0; 6], b"UTC\0".as_slice()].concat();
    [&header, &types, &header, &types, b"\nUTC0\n".as_slice()].concat()
}

#[test]
fn zones_are_the_programs_own_whatever_the_machine_has() {
    let room = Room::with_people();
    fs::write(room.path("staff.csv"), "id,name\nbob,Bob\n").unwrap();
    room.ok(&["import", "staff.csv"]);
    fs::create_dir_all(room.path("empty")).unwrap();
    fs::create_dir_all(room.path("other/Asia")).unwrap();
    fs::write(room.path("other/Asia/Shanghai"), zone_file()).unwrap();
    for zones in ["empty", "other"] {
        let shown = room.usher(&["audit", "show"]).env("TZDIR", room.path(zones)).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains("+08:00"), "{zones}: {shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_copy_of_the_memory() {
    let room = Room::with_demo();
    let talk = room.talk();
    let limits = fs::read_to_string(format!("/proc/{}/limits", talk.child.id())).unwrap();
    talk.end();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let room = Room::with_people();
    fs::write(room.path("all.json"), room.ok(&["export"])).unwrap();
    fs::write(room.path("odd.chat"), "[ops] alice: /whoami\n[ops] usher <answer>: nobody\n").unwrap();
    let status = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        room.usher(arguments).stdout(writer).output().unwrap().status.code()
    };
    assert_eq!(status(&["import", "all.json"]), Some(0));
    assert_eq!(status(&["totp", "bob"]), Some(0));
    assert_eq!(status(&["replay", "--json", "odd.chat"]), Some(0));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    fs::write(room.path("lines"), "[ops] alice: /whoami\n").unwrap();
    let input = fs::File::open(room.path("lines")).unwrap();
    let chat = room.usher(&["chat"]).stdin(input).stdout(writer).output().unwrap();
    assert_eq!(chat.status.code(), Some(0));
    assert_eq!(status(&["replay", "odd.chat"]), Some(1), "it differs");
    assert_eq!(status(&["replay", "--bless", "odd.chat"]), Some(0));
}
