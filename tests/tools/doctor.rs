//! The doctor: what is not well is found and named, and nothing is where nothing is.

use std::fs;
use std::process::Command;

use serde_json::Value;
use usher::domain::{Conversation, PersonId, Record, Span, Timestamp};
use usher::store::{NewLetter, Tx};

use super::room::Room;

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
    let room = Room::with_people();
    let before = fs::read(room.path("usher.db")).unwrap();
    assert_eq!(ailing(&room, |_| {}), []);
    assert_eq!(fs::read(room.path("usher.db")).unwrap(), before);
    assert_eq!(room.names(), ["usher.db"]);
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
fn the_doctor_says_that_it_is_the_demo() {
    one(&Room::with_demo(), "organisation", "warn", "the demo, whose passwords are published");
}

#[test]
fn the_doctor_finds_what_is_wrong_around_the_database() {
    let room = Room::empty();
    one(&room, "database", "fail", "there is no database");
    fs::write(room.path("usher.db"), "Dear diary").unwrap();
    one(&room, "database", "fail", "not a database");
    let room = Room::with_people();
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
    let room = Room::with_people();
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
fn an_empty_secret_is_none() {
    let room = Room::with_people();
    let settings = "[dingtalk]\nclient_id = \"x\"\ncorp_id = \"y\"\napi = \"http://127.0.0.1:1\"\noapi = \"http://127.0.0.1:1\"\n";
    fs::write(room.path("usher.toml"), settings).unwrap();
    let said = |value: &str| {
        let mut doctor = room.usher(&["doctor", "--json"]);
        let output = doctor.env("USHER_DINGTALK_CLIENT_SECRET", value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for empty in ["", " \n"] {
        assert!(said(empty).contains("Client Secret is nowhere"), "{}", said(empty));
    }
    fs::write(room.path("secret"), "\n").unwrap();
    fs::write(room.path("usher.toml"), format!("{settings}client_secret_file = \"secret\"\n")).unwrap();
    assert!(said("").contains("secret: it is empty"), "{}", said(""));
    assert!(said("a-secret").contains("\"check\":\"credentials\""), "{}", said("a-secret"));
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
    let room = Room::with_people();
    room.store(|tx| letter(tx, now - Span::from_days(1)).map(drop));
    one(&room, "outbox", "warn", "is the bot running?");
    room.store(|tx| tx.bury(1));
    one(&room, "outbox", "warn", "given up: 1");

    let room = Room::with_people();
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

    let room = Room::with_people();
    room.store(|tx| tx.record(&record, now));
    room.sql("usher.db", "DROP TRIGGER audit_is_never_edited; UPDATE audit SET actor = 'mei'");
    one(&room, "audit log", "fail", "audit entry 1");

    let room = Room::with_people();
    room.sql(
        "usher.db",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'follow_up_by_code'",
    );
    one(&room, "integrity", "fail", "`usher restore`");

    let room = Room::with_people();
    room.sql("usher.db", "PRAGMA user_version = 5");
    one(&room, "version", "warn", "an older Usher");
}

#[test]
fn the_doctor_finds_who_can_not_prove_who_they_are() {
    let room = Room::with_people();
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
