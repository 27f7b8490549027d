//! The tools around the bot, through the real program: backups and their return, the doctor, settings, completions.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where something is not as it must be, and a real process takes real time"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use usher::domain::{Conversation, Fault, PersonId, PersonStatus, Record, Roster, Span, Timestamp};
use usher::store::{NewLetter, Reader, Store, Tx};

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with the demo's database, in which the program is run.
struct Room(TempDir);

impl Room {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with_demo() -> Self {
        let room = Self::empty();
        assert!(room.run(&["chat", "--db", "usher.db"]).status.success());
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn usher(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("LC_CTYPE");
        // What sets the length of other tests is no setting.
        command.env_remove("USHER_KILLS").env_remove("USHER_CASES");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.usher(arguments).output().unwrap()
    }

    /// What a command prints that must work.
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Refused with this status and one sentence that has these words.
    fn refused(&self, arguments: &[&str], status: i32, words: &str) {
        is_refused(&self.run(arguments), status, words);
    }

    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn sql(&self, name: &str, sql: &str) {
        Connection::open(self.path(name)).unwrap().execute_batch(sql).unwrap();
    }

    fn store(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), Fault>) {
        Store::open(&self.path("usher.db")).unwrap().transact(work).unwrap();
    }

    fn roster(&self, name: &str) -> Roster {
        Reader::open(&self.path(name)).unwrap().read(|tx| tx.export()).unwrap()
    }

    fn talk(&self) -> Talk {
        let mut command = self.usher(&["chat", "--db", "usher.db"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).count()
        });
        let mut talk = Talk { child, input, lines };
        talk.say("[dm] alice: /whoami", "<answer>");
        talk
    }
}

fn is_refused(output: &Output, status: i32, words: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(said.contains(words), "{words} is not in: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A bot that runs, and has its database to itself.
struct Talk {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Talk {
    /// Says a line, and waits until an answer has these words.
    fn say(&mut self, line: &str, words: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.hear(words);
    }

    /// Waits for a line with these words.
    fn hear(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("an answer");
            if line.contains(words) {
                return line;
            }
        }
    }

    fn revoke(&mut self, person: &str) {
        self.say(&format!("[ops] alice: /revoke-admin @{person}"), "<confirm_request>");
        self.say("[ops] alice: 确认", "<done>");
    }

    fn end(mut self) {
        drop(self.input);
        self.lines.iter().count();
        assert!(self.child.wait().unwrap().success());
    }
}

fn admins(roster: &Roster) -> Vec<&str> {
    roster.admins.iter().map(|(id, _)| id.as_str()).collect()
}

#[test]
fn a_backup_taken_while_the_bot_answers_is_restored_as_it_was() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    talk.revoke("sam");
    let said = room.ok(&["backup", "one.db"]);
    assert!(
        said.contains("one.db is a sound copy of usher.db") && said.contains("2 audit entries"),
        "{said}"
    );
    let then = room.roster("usher.db");
    assert!(!admins(&then).contains(&"sam") && admins(&then).contains(&"mei"));
    talk.revoke("mei");
    room.refused(&["restore", "one.db", "--overwrite"], 1, "in use by another process");
    room.refused(&["chat"], 1, "in use by another process");
    talk.say("[dm] alice: /whoami", "<answer>");
    talk.end();
    assert!(!admins(&room.roster("usher.db")).contains(&"mei"));
    room.refused(&["restore", "one.db"], 1, "--overwrite");
    room.ok(&["restore", "one.db", "--db", "two.db"]);
    let said = room.ok(&["restore", "one.db", "--overwrite"]);
    assert!(said.contains("usher.db.before-restore-"), "{said}");
    assert!(said.contains("close again the accounts"), "{said}");
    for name in ["one.db", "two.db", "usher.db"] {
        assert_eq!(room.roster(name), then, "{name}");
    }
    assert_eq!(room.ok(&["export", "--db", "usher.db"]), room.ok(&["export", "--db", "one.db"]));
    assert!(room.ok(&["audit", "show", "--db", "usher.db"]).contains("@cli restore"));
    let aside = room.names().into_iter().find(|name| name.contains("before-restore")).unwrap();
    assert!(!admins(&room.roster(&aside)).contains(&"mei"), "nothing of what was there before is lost");
    let mut talk = room.talk();
    talk.revoke("mei");
    talk.end();
}

#[test]
fn backups_do_not_disturb_a_busy_bot() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    let mut entries = Vec::new();
    for round in 0..6 {
        let name = format!("{round}.db");
        let backup = room.usher(&["backup", &name]).stdout(Stdio::null()).spawn().unwrap();
        for _ in 0..20 {
            writeln!(talk.input, "[ops] alice: /delete @olivia").unwrap();
        }
        for _ in 0..20 {
            talk.hear("<blocked>");
        }
        assert!(backup.wait_with_output().unwrap().status.success());
        let copy = Reader::open(&room.path(&name)).unwrap();
        entries.push(copy.read(|tx| tx.audit_entries()).unwrap());
        assert_eq!(copy.find_damage().unwrap(), None);
        copy.read(|tx| tx.verify_audit()).unwrap().unwrap();
    }
    assert!(entries.is_sorted() && entries[5] >= 100, "{entries:?}");
    talk.end();
}

#[test]
fn what_a_killed_bot_left_moves_aside_whole() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    room.ok(&["backup", "one.db"]);
    talk.revoke("mei");
    talk.child.kill().unwrap();
    talk.child.wait().unwrap();
    assert!(room.path("usher.db-wal").metadata().unwrap().len() > 0, "it had no time to tidy up");
    room.ok(&["restore", "one.db", "--overwrite"]);
    let aside = room.names().into_iter().find(|name| name.contains("before-restore")).unwrap();
    assert!(!admins(&room.roster(&aside)).contains(&"mei"));
    assert!(admins(&room.roster("usher.db")).contains(&"mei"));
    room.talk().end();
}

#[test]
fn a_log_that_lost_its_database_is_somebodys_work_too() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    room.ok(&["backup", "one.db"]);
    talk.revoke("mei");
    talk.child.kill().unwrap();
    talk.child.wait().unwrap();
    fs::remove_file(room.path("usher.db")).unwrap();
    let log = fs::read(room.path("usher.db-wal")).unwrap();
    assert!(!log.is_empty());
    room.refused(&["restore", "one.db"], 1, "--overwrite");
    assert_eq!(fs::read(room.path("usher.db-wal")).unwrap(), log);
    room.ok(&["restore", "one.db", "--overwrite"]);
    let aside =
        room.names().into_iter().find(|name| name.ends_with("-wal") && name.contains("before-restore"));
    assert_eq!(
        fs::read(room.path(&aside.unwrap())).unwrap(),
        log,
        "it is kept, and nobody takes it for the backup's"
    );
    assert!(admins(&room.roster("usher.db")).contains(&"mei"));
    room.talk().end();
}

#[test]
fn whoever_is_erased_while_a_backup_reads_is_wiped_from_the_log_after_it() {
    let room = Room::with_demo();
    fs::write(room.path("usher.toml"), "auth.require = []").unwrap();
    let mut talk = room.talk();
    let is_left = || {
        let files = room.names().into_iter().filter(|name| name.starts_with("usher.db"));
        let phone = b"+8613800000007";
        files.map(|name| fs::read(room.path(&name)).unwrap()).any(|bytes| holds(&bytes, phone))
    };
    let reader = Reader::open(&room.path("usher.db")).unwrap();
    reader
        .read(|tx| {
            tx.export()?;
            talk.say("[dm] carol: /close-account --no-backup", "<confirm_request>");
            let line = talk.hear("确认 ");
            let code: String = line.split("确认 ").nth(1).unwrap().chars().take(4).collect();
            talk.say(&format!("[dm] carol: 确认 {code}"), "<done>");
            // Until long after everything was sent that the bot could wake up for.
            std::thread::sleep(Duration::from_secs(2));
            Ok(())
        })
        .unwrap();
    assert!(is_left(), "what is read can't be wiped");
    let wiped = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        !is_left()
    });
    assert!(wiped, "nobody has said anything, but the log is wiped");
    talk.end();
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

#[test]
fn a_backup_is_its_owners_alone_and_overwrites_nothing() {
    let room = Room::with_demo();
    room.ok(&["backup", "one.db"]);
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&room.path("one.db").metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(room.path("one.db")).unwrap();
    room.refused(&["backup", "one.db"], 1, "is there already");
    room.refused(&["backup", "usher.db"], 1, "is there already");
    room.refused(&["restore", "usher.db", "--overwrite"], 1, "the backup itself");
    room.refused(&["backup", "missing/one.db"], 1, "see that its directory is there");
    room.refused(&["backup", "two.db", "--db", "none.db"], 2, "there is no database");
    room.refused(&["restore", "none.db", "--db", "two.db"], 2, "no such backup");
    assert_eq!(fs::read(room.path("one.db")).unwrap(), before);
    assert_eq!(room.names(), ["one.db", "usher.db", "usher.db-lock"], "and nothing is left lying about");
}

#[test]
fn what_is_no_sound_backup_is_refused() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    talk.revoke("sam");
    talk.end();
    room.ok(&["backup", "one.db"]);
    let whole = fs::read(room.path("one.db")).unwrap();
    let variant = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::write(room.path(name), bytes).unwrap();
    };
    variant("half", &|bytes| bytes.truncate(bytes.len() / 2));
    variant("page", &|bytes| bytes[8 * 4_096..9 * 4_096].fill(0x5a));
    variant("empty", &|bytes| bytes.clear());
    variant("noise", &|bytes| bytes.fill(0x5a));
    for name in ["audit", "newer", "foreign"] {
        variant(name, &|_| {});
    }
    room.sql("audit", "DROP TRIGGER audit_is_never_edited; UPDATE audit SET actor = 'mei' WHERE seq = 1");
    room.sql("newer", "PRAGMA user_version = 99");
    room.sql("foreign", "PRAGMA application_id = 7");
    for (name, words) in [
        ("half", "damaged"),
        ("page", "is not sound"),
        ("empty", "is not a database"),
        ("noise", "is not a database"),
        ("audit", "audit entry 1"),
        ("newer", "newer Usher"),
        ("foreign", "another program"),
    ] {
        let before = fs::read(room.path("usher.db")).unwrap();
        room.refused(&["restore", name, "--overwrite"], 1, words);
        assert_eq!(fs::read(room.path("usher.db")).unwrap(), before, "{name}");
        room.refused(&["restore", name, "--db", "new.db"], 1, words);
        assert!(!room.path("new.db").exists(), "{name}");
    }
    assert!(!room.names().iter().any(|name| name.starts_with(".usher-") || name.contains("before-restore")));
}

#[test]
fn whoever_comes_back_is_named() {
    let room = Room::with_demo();
    room.ok(&["backup", "one.db"]);
    room.store(|tx| {
        let mut roster = tx.export()?;
        roster.people.retain(|member| member.person.id.as_str() != "tom");
        tx.replace(&roster, Timestamp::from_millis(1))
    });
    let gone = room.roster("usher.db").people.into_iter().find(|member| member.person.id.as_str() == "tom");
    assert_eq!(gone.unwrap().person.status, PersonStatus::Departed);
    let said = room.ok(&["restore", "one.db", "--overwrite"]);
    assert!(said.contains("these are: tom."), "{said}");
}

/// The checks that are not well, by name, with what they say.
fn ailing(room: &Room, change: impl FnOnce(&mut Command)) -> Vec<(String, String, String)> {
    let mut command = room.usher(&["doctor", "--json"]);
    change(&mut command);
    let output = command.output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let all: Vec<_> = lines
        .lines()
        .map(|line| {
            let check: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| check[key].as_str().unwrap().to_owned();
            (text("check"), text("result"), text("says"))
        })
        .filter(|(_, result, _)| result != "ok")
        .collect();
    let has_failed = all.iter().any(|(_, result, _)| result == "fail");
    assert_eq!(output.status.code(), Some(i32::from(has_failed)), "{lines}");
    all
}

/// The one check that is not well.
fn one(room: &Room, name: &str, result: &str, words: &str) {
    let ailing = ailing(room, |_| {});
    let [(check, found, says)] = &ailing[..] else { panic!("{name}: {ailing:?}") };
    assert_eq!((check.as_str(), found.as_str()), (name, result), "{says}");
    assert!(says.contains(words), "{words} is not in: {says}");
}

#[test]
fn the_doctor_finds_nothing_where_nothing_is() {
    let room = Room::with_demo();
    let before = fs::read(room.path("usher.db")).unwrap();
    assert_eq!(ailing(&room, |_| {}), []);
    assert_eq!(fs::read(room.path("usher.db")).unwrap(), before);
    assert_eq!(room.names(), ["usher.db", "usher.db-lock"]);
    let talk = room.talk();
    assert_eq!(ailing(&room, |_| {}), [], "beside a bot");
    talk.end();
    let table = room.ok(&["doctor"]);
    let first_words = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert!(table.lines().count() > 8, "{table}");
    assert!(table.lines().any(|line| first_words(line) == ["integrity", "ok"]), "{table}");
    assert!(!table.contains('\x1b'), "no colours in a pipe");
}

#[test]
fn the_doctor_finds_what_is_wrong_around_the_database() {
    let room = Room::empty();
    one(&room, "database", "fail", "there is no database");
    fs::write(room.path("usher.db"), "Dear diary").unwrap();
    one(&room, "database", "fail", "not a database");
    let room = Room::with_demo();
    fs::write(room.path("usher.toml"), "[auth]\ntires = 2").unwrap();
    one(&room, "settings", "fail", "did you mean `auth.tries`?");
    fs::remove_file(room.path("usher.toml")).unwrap();
    let latin = ailing(&room, |command| {
        command.env("LC_ALL", "POSIX");
    });
    assert_eq!((latin[0].0.as_str(), latin[0].1.as_str()), ("terminal", "warn"));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
        fs::set_permissions(room.path("usher.db"), mode).unwrap();
        one(&room, "files", "fail", "chmod 600 usher.db");
    }
}

#[cfg(unix)]
#[test]
fn the_doctor_finds_a_secret_that_others_may_read() {
    let room = Room::with_demo();
    let settings = "[dingtalk]\nclient_id = \"x\"\nclient_secret_file = \"secret\"\n\
                    api = \"http://127.0.0.1:1\"\noapi = \"http://127.0.0.1:1\"\n";
    fs::write(room.path("usher.toml"), settings).unwrap();
    fs::write(room.path("secret"), "s3cret\n").unwrap();
    let warned = |mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(room.path("secret"), mode).unwrap();
        let found = ailing(&room, |_| {});
        found.into_iter().find(|(check, ..)| check == "secret files").map(|(_, result, says)| (result, says))
    };
    let says = "others may read secret: `chmod 600 secret`".to_owned();
    assert_eq!(warned(0o644), Some(("warn".to_owned(), says)));
    assert_eq!(warned(0o600), None);
}

#[test]
fn the_doctor_finds_what_is_wrong_in_the_database() {
    let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
    let letter = |tx: &mut Tx<'_>, created| {
        let to = Conversation::Direct(PersonId::new("alice"));
        let letter = NewLetter {
            to: &to,
            kind: "answer",
            fields: "{}",
            text: "",
            in_reply_to: None,
            attachment: None,
            created,
        };
        tx.post(&letter)
    };
    let room = Room::with_demo();
    room.store(|tx| letter(tx, now - Span::from_days(1)).map(drop));
    one(&room, "outbox", "warn", "is the bot running?");
    room.store(|tx| tx.bury(1));
    one(&room, "outbox", "warn", "given up: 1");

    let room = Room::with_demo();
    let record = Record {
        actor: PersonId::new("alice"),
        action: "delete".into(),
        target: None,
        code: None,
        conversation: None,
        outcome: "done".into(),
    };
    room.store(|tx| tx.record(&record, now + Span::from_days(1)));
    one(&room, "clock", "fail", "set the clock");

    let room = Room::with_demo();
    room.store(|tx| tx.record(&record, now));
    room.sql("usher.db", "DROP TRIGGER audit_is_never_edited; UPDATE audit SET actor = 'mei'");
    one(&room, "audit log", "fail", "audit entry 1");

    let room = Room::with_demo();
    room.sql(
        "usher.db",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'follow_up_by_code'",
    );
    one(&room, "integrity", "fail", "`usher restore`");

    let room = Room::with_demo();
    room.sql("usher.db", "PRAGMA user_version = 5");
    one(&room, "version", "warn", "an older Usher");
}

#[test]
fn the_doctor_finds_who_can_not_prove_who_they_are() {
    let room = Room::with_demo();
    room.sql("usher.db", "DELETE FROM credential WHERE person = 'mei'");
    one(&room, "admins", "warn", "`usher passwd mei`");
    room.sql("usher.db", "DELETE FROM credential WHERE person = 'olivia'");
    let found = ailing(&room, |_| {});
    assert!(found.iter().any(|(name, result, _)| (name.as_str(), result.as_str()) == ("owner", "fail")));
    // The file says that nobody needs a secret; the environment is stronger.
    fs::write(room.path("usher.toml"), "auth.require = []").unwrap();
    assert_eq!(ailing(&room, |_| {}), []);
    assert_eq!(
        ailing(&room, |command| {
            command.env("USHER_AUTH_REQUIRE", "[\"delete\"]");
        }),
        found
    );
}

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
    let room = Room::with_demo();
    fs::write(room.path("staff.csv"), "id,name\nbob,Bob\n").unwrap();
    assert!(room.ok(&["import", "staff.csv"]).contains("1 changed"));
    assert_eq!(room.ok(&["export"]), room.ok(&["export", "--db", "usher.db"]));
    assert!(room.ok(&["audit", "show"]).contains("@cli import"));
    assert!(room.ok(&["audit", "verify"]).contains("1 entries, verified"));
    for command in [&["import"][..], &["export"], &["audit", "show"], &["audit", "verify"]] {
        let help = room.ok(&[command, &["--help"]].concat());
        assert!(help.contains("[default: usher.db]"), "{help}");
    }
}

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
fn nothing_of_a_database_that_was_removed_gets_into_a_new_one() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    talk.revoke("mei");
    talk.child.kill().unwrap();
    talk.child.wait().unwrap();
    fs::remove_file(room.path("usher.db")).unwrap();
    fs::write(room.path("staff.csv"), "id,name\nE1,Mei\n").unwrap();
    let import = ["import", "staff.csv", "--owner", "E1", "--name", "Acme"];
    room.refused(&import, 1, "usher.db-wal: it belongs to a database that is no longer there");
    assert!(!room.path("usher.db").exists());
    fs::remove_file(room.path("usher.db-wal")).unwrap();
    room.ok(&import);
    assert_eq!(admins(&room.roster("usher.db")), [] as [&str; 0]);
}

#[test]
fn a_line_that_is_no_message_is_answered_with_one_that_is() {
    let room = Room::with_demo();
    fs::write(room.path("bad"), "/help\n").unwrap();
    let say = |db: &str, file: &str| {
        let input = fs::File::open(room.path(file)).unwrap();
        room.usher(&["chat", "--db", db]).stdin(input).output().unwrap()
    };
    let example = |output: &Output| {
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        said.trim_end().trim_end_matches('`').rsplit_once('`').unwrap().1.to_owned()
    };
    let refused = say("usher.db", "bad");
    is_refused(&refused, 2, "line 1: this is no line of a transcript");
    assert_eq!(example(&refused), "[ops] olivia: /help");
    fs::write(room.path("staff.csv"), "id,name\nE1,Mei\n").unwrap();
    room.ok(&["import", "staff.csv", "--db", "own.db", "--owner", "E1", "--name", "Acme"]);
    let refused = say("own.db", "bad");
    assert_eq!(example(&refused), "[dm] E1: /whoami", "where there is no group");
    fs::write(room.path("good"), example(&refused)).unwrap();
    let answered = say("own.db", "good");
    assert!(String::from_utf8(answered.stdout).unwrap().starts_with("[dm E1] usher <answer>"));
}

#[test]
fn every_line_of_a_pipe_is_answered_before_the_program_ends() {
    let room = Room::with_demo();
    fs::write(room.path("lines"), "[ops] alice: /whoami\n[dm] alice: /pending\n".repeat(100)).unwrap();
    let input = fs::File::open(room.path("lines")).unwrap();
    let output = room.usher(&["chat"]).stdin(input).output().unwrap();
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
    fs::write(room.path("lines"), lines).unwrap();
    let input = fs::File::open(room.path("lines")).unwrap();
    let output = room.usher(&["chat"]).stdin(input).output().unwrap();
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
    fs::write(room.path("password"), "a-long-secret\n").unwrap();
    let input = fs::File::open(room.path("password")).unwrap();
    assert!(room.usher(&["passwd", "alice"]).stdin(input).output().unwrap().status.success());
    let say = |lines: &str| {
        fs::write(room.path("lines"), lines).unwrap();
        let input = fs::File::open(room.path("lines")).unwrap();
        String::from_utf8(room.usher(&["chat"]).stdin(input).output().unwrap().stdout).unwrap()
    };
    say("[ops] alice: /delete @lina1\n[ops] alice: /confirm {code}\n");
    let told = say("[dm] alice: not-it\n[dm] alice: a-long-secret\n[ops] alice: /whoami\n");
    for words in ["<secret_rejected>", "<done>", "<answer>"] {
        assert!(told.contains(words), "{words} is not in: {told}");
    }
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
    let room = Room::with_demo();
    fs::write(room.path("usher.toml"), "dingtalk.organisation = \"dingtalk\"\n").unwrap();
    room.refused(&["chat"], 2, "run `usher serve`");
    room.refused(&["chat", "--db", "new.db"], 2, "run `usher serve`");
    assert!(!room.path("new.db").exists(), "no demo is laid where DingTalk's people are to be");
}

#[test]
fn a_password_from_a_pipe_is_typed_once_or_twice_alike() {
    let room = Room::with_demo();
    let set = |lines: &str| {
        fs::write(room.path("lines"), lines).unwrap();
        let input = fs::File::open(room.path("lines")).unwrap();
        room.usher(&["passwd", "bob"]).stdin(input).output().unwrap().status.code()
    };
    assert_eq!(set("a-long-secret\n"), Some(0));
    assert_eq!(set("a-long-secret\na-long-secret\n"), Some(0));
    assert_eq!(set("a-long-secret\na-long-secrep\n"), Some(1));
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let room = Room::with_demo();
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
    assert_eq!(status(&["replay", "odd.chat"]), Some(1), "it differs");
    assert_eq!(status(&["replay", "--bless", "odd.chat"]), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_copy_of_the_memory() {
    let room = Room::with_demo();
    let mut program = room.usher(&["chat", "--db", "usher.db"]);
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = program.stdin.take().unwrap();
    input.write_all(b"[dm] alice: /whoami\n").unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", program.id())).unwrap();
    drop(input);
    program.wait().unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}, after {line:?}");
}
