//! The program in a pipe: every line is read and answered, and whoever types what is none is told what is one.

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::lines::lines;
use super::room::{Room, is_refused};

#[test]
fn a_new_database_is_said_to_be_a_demo_once() {
    let room = Room::empty();
    let first = room.run(&["chat", "--db", "new.db"]);
    let said = String::from_utf8(first.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    let import = "usher import staff.csv --db new.db --owner ID --name NAME";
    for words in ["new.db is new and has a demo organisation", "演示组织", import] {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
    assert!(first.stdout.is_empty());
    assert_eq!(room.run(&["chat", "--db", "new.db"]).stderr, b"");
    // What it says to do works.
    fs::remove_file(room.path("new.db")).unwrap();
    fs::write(room.path("staff.csv"), "id,name\nE1,Mei\n").unwrap();
    room.ok(&["import", "staff.csv", "--db", "new.db", "--owner", "E1", "--name", "Acme"]);
    assert_eq!(room.roster("new.db").people.len(), 1);
}

#[test]
fn nobody_is_taken_into_the_demo() {
    let room = Room::with_demo();
    let before = room.ok(&["export"]);
    fs::write(room.path("acme.json"), &before).unwrap();
    fs::write(room.path("staff.csv"), "id,name\nE1,Mei\n").unwrap();
    for arguments in
        [&["import", "staff.csv"][..], &["import", "acme.json"], &["import", "staff.csv", "--dry-run"]]
    {
        room.refused(arguments, 2, "usher.db: nothing was imported: the database has the demo organisation");
        room.refused(arguments, 2, "`--db`");
    }
    // Of passwords that were set anew, others are left.
    assert!(room.fed(&["passwd", "alice"], "a-long-secret\n").status.success());
    room.refused(&["import", "staff.csv"], 2, "请用 `--db` 指定新的数据库");
    assert_eq!(room.ok(&["export"]), before);
    room.ok(&["import", "acme.json", "--db", "new.db"]);
    room.ok(&["import", "acme.json", "--db", "new.db"]);
}

#[test]
fn a_line_that_is_no_message_is_answered_with_one_that_is() {
    let room = Room::with_demo();
    let say = |db: &str, lines: &str| room.fed(&["chat", "--db", db], lines);
    let example = |output: &Output| {
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        said.trim_end().trim_end_matches('`').rsplit_once('`').unwrap().1.to_owned()
    };
    let refused = say("usher.db", "/help\n");
    is_refused(&refused, 2, "line 1: this is no line of a transcript");
    assert_eq!(example(&refused), "[ops] olivia: /help");
    fs::write(room.path("staff.csv"), "id,name\nE1,Mei\n").unwrap();
    room.ok(&["import", "staff.csv", "--db", "own.db", "--owner", "E1", "--name", "Acme"]);
    let refused = say("own.db", "/help\n");
    assert_eq!(example(&refused), "[dm] E1: /whoami", "where there is no group");
    let answered = say("own.db", &example(&refused));
    assert!(String::from_utf8(answered.stdout).unwrap().starts_with("[dm E1] usher <answer>"));
}

#[test]
fn every_line_of_a_pipe_is_answered_before_the_program_ends() {
    let room = Room::with_demo();
    let output = room.fed(&["chat"], &"[ops] alice: /whoami\n[dm] alice: /pending\n".repeat(100));
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().filter(|line| line.starts_with('[')).count(), 200);
    assert_eq!(room.ok(&["chat"]), "", "nothing is left for the next time");
}

#[test]
fn a_line_of_a_pipe_may_have_the_code_that_was_just_asked_for() {
    let room = Room::with_demo();
    let lines = "[ops] alice: /delete @lina1\n[ops] alice: /confirm {code}\n[dm] alice: alice-demo-1\n\
                 [ops] alice: /revoke-admin @sam\n[dm] alice: /confirm {code@ops}\n[ops] alice: confirm {code}\n\
                 [all] alice: /confirm {code}\n";
    let output = room.fed(&["chat"], lines);
    let answers = String::from_utf8(output.stdout).unwrap();
    let kinds: Vec<_> =
        answers.lines().filter_map(|line| line.strip_prefix("[ops] usher ")?.split(':').next()).collect();
    assert_eq!(
        kinds,
        [
            "<confirm_request>",
            "<secret_pending>",
            "<done>",
            "<notice>",
            "<confirm_request>",
            "<done>",
            "<notice>"
        ]
    );
    assert!(answers.contains("[dm alice] usher <denied>"), "{answers}");
    assert_eq!(output.status.code(), Some(2));
    let refused = String::from_utf8(output.stderr).unwrap();
    assert!(refused.contains("line 7: there is nothing to put in for `{code}`"), "{refused}");
}

#[test]
fn a_secret_that_is_the_last_line_of_a_pipe_is_compared_and_what_follows_it_is_answered() {
    let room = Room::with_demo();
    // What this takes to compare is more than the pipe's end waits for.
    assert!(room.fed(&["passwd", "alice"], "a-long-secret\n").status.success());
    let say = |lines: &str| String::from_utf8(room.fed(&["chat"], lines).stdout).unwrap();
    say("[ops] alice: /delete @lina1\n[ops] alice: /confirm {code}\n");
    let told = say("[dm] alice: not-it\n[dm] alice: a-long-secret\n[ops] alice: /whoami\n");
    for words in ["<secret_rejected>", "<done>", "<answer>"] {
        assert!(told.contains(words), "{words} is not in: {told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn answers_that_can_not_be_written_are_a_failure_and_come_first_at_the_next_start() {
    let room = Room::with_demo();
    fs::write(room.path("lines"), "[ops] alice: /whoami\n[dm] alice: /pending\n").unwrap();
    let say = |out: fs::File| {
        let input = fs::File::open(room.path("lines")).unwrap();
        room.usher(&["chat"]).stdin(input).stdout(out).output().unwrap()
    };
    let full = say(fs::File::options().write(true).open("/dev/full").unwrap());
    let said = String::from_utf8(full.stderr).unwrap();
    assert_eq!(full.status.code(), Some(1), "{said}");
    assert!(said.contains("usher: messages that could not be written: 2 (No space left"), "{said}");
    assert_eq!(room.ok(&["chat"]).matches("usher <answer>").count(), 2);
}

#[test]
fn whoever_locks_the_database_is_waited_for_and_then_named() {
    let room = Room::with_demo();
    let mut command = room.usher(&["chat"]);
    let mut bot =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut input, answers) = (bot.stdin.take().unwrap(), lines(bot.stdout.take().unwrap()));
    writeln!(input, "[dm] alice: /whoami").unwrap();
    answers.recv().unwrap();
    // Until the answer is marked as sent, the bot has still to write.
    while room.reads(|tx| tx.letter_counts()).queued > 0 {}
    let other = Connection::open(room.path("usher.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    writeln!(input, "[dm] alice: /whoami").unwrap();
    let ended = bot.wait_with_output().unwrap();
    let said = "another program has the database locked. Nothing was changed; close what has it open";
    is_refused(&ended, 1, said);
    let began = Instant::now();
    room.refused(&["chat"], 1, "usher.db is in use by another process; stop that one");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(500), "{waited:?}");
    other.execute_batch("ROLLBACK").unwrap();
    room.ok(&["chat"]);
}

#[test]
fn usher_alone_takes_what_chat_takes() {
    let room = Room::with_demo();
    room.ok(&["--db", "usher.db", "--as", "alice", "--in", "ops"]);
    is_refused(&room.run(&["--as", "alicf"]), 2, "did you mean alice?");
    is_refused(&room.run(&["chat", "--in", "opss"]), 2, "did you mean ops?");
    is_refused(&room.run(&["--db", "usher.db", "export"]), 2, "behind the command");
    room.ok(&["--log-format", "json", "export"]);
}

#[test]
fn an_organisation_on_dingtalk_is_not_changed_behind_its_back() {
    let room = Room::with_people();
    fs::write(room.path("usher.toml"), "dingtalk.organisation = \"dingtalk\"\n").unwrap();
    room.refused(&["chat"], 2, "run `usher serve`");
    room.refused(&["chat", "--db", "new.db"], 2, "run `usher serve`");
    assert!(!room.path("new.db").exists(), "no demo is laid where DingTalk's people are to be");
    let before = room.ok(&["export"]);
    fs::write(room.path("acme.json"), &before).unwrap();
    fs::write(room.path("staff.csv"), "id,name\nnew1,New One\n").unwrap();
    for file in ["acme.json", "staff.csv"] {
        room.refused(&["import", file], 2, "`usher serve` reads them by itself");
        room.refused(&["import", file], 2, "请在钉钉管理后台修改人员");
        let founding = ["import", file, "--db", "new.db", "--owner", "new1", "--name", "New"];
        room.refused(&founding, 2, "nothing was imported");
    }
    assert!(!room.path("new.db").exists() && room.ok(&["export"]) == before);
    fs::rename(room.path("usher.toml"), room.path("far.toml")).unwrap();
    room.refused(&["import", "staff.csv", "--config", "far.toml"], 2, "nothing was imported");
    room.ok(&["import", "staff.csv"]);
}

#[test]
fn a_password_from_a_pipe_is_typed_once_or_twice_alike() {
    let room = Room::with_demo();
    let set = |lines: &str| room.fed(&["passwd", "bob"], lines).status.code();
    assert_eq!(set("a-long-secret\n"), Some(0));
    assert_eq!(set("a-long-secret\na-long-secret\n"), Some(0));
    assert_eq!(set("a-long-secret\na-long-secrep\n"), Some(1));
}

#[test]
fn a_password_that_is_no_text_is_refused_as_such() {
    let room = Room::with_demo();
    fs::write(room.path("lines"), b"a-long-\xff-secret\n").unwrap();
    let input = fs::File::open(room.path("lines")).unwrap();
    let output = room.usher(&["passwd", "bob"]).stdin(input).output().unwrap();
    is_refused(&output, 1, "这不是 UTF-8 文本");
}
