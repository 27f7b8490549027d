//! Databases and their copies: taken, put back, moved aside and refused, and nothing of one in another.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use usher::domain::{PersonStatus, Roster, Timestamp};
use usher::store::Reader;

use super::room::Room;

fn admins(roster: &Roster) -> Vec<&str> {
    roster.admins.iter().map(|(id, _)| id.as_str()).collect()
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
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
            talk.send("[ops] alice: /delete @olivia");
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
    talk.kill();
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
    talk.kill();
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
fn nothing_of_a_database_that_was_removed_gets_into_a_new_one() {
    let room = Room::with_demo();
    let mut talk = room.talk();
    talk.revoke("mei");
    talk.kill();
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
