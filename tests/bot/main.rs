//! What no transcript can show of the bot: a store that fails, a clock that went on while nothing ran, and the order of
//! what is sent and what is noted.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod clocks;
mod delivery;
#[path = "../shared/queues.rs"]
mod queues;
mod serving;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use usher::domain::{
    Body, Change, Conversation, Delivery, GroupId, Heard, MessageId, Origin, PersonId, Policy, Roster,
    Timestamp,
};
use usher::engine::{Findings, Verdict};
use usher::runtime::bot::{Aside, Bot, Event};
use usher::runtime::chance::Chance;
use usher::store::Store;

/// An organisation in which no password is anybody's.
pub(crate) fn roster() -> Roster {
    usher::exchange::parse(include_str!("../transcripts/orgs/acme.json"), &|_| String::new()).unwrap()
}

/// A new database with that organisation, and the folder that goes with it.
pub(crate) fn organisation() -> (TempDir, PathBuf) {
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("usher.db");
    Store::open(&path).unwrap().transact(|tx| tx.replace(&roster(), at(0))).unwrap();
    (room, path)
}

pub(crate) fn start(path: &Path) -> Bot {
    let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
    Bot::new(Store::open(path).unwrap(), policy, Chance::seeded(1)).unwrap()
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + millis)
}

pub(crate) fn said(id: &str, sender: &str, text: &str) -> Event {
    said_in(Conversation::Group(GroupId::new("ops")), id, sender, text)
}

pub(crate) fn said_in(conversation: Conversation, id: &str, sender: &str, text: &str) -> Event {
    Event::Heard(Heard {
        id: MessageId::new(id),
        conversation,
        sender: PersonId::new(sender),
        body: Body::plain(text),
        sent_at: at(0),
        origin: Origin::FirstHand,
    })
}

/// What confirms that which was asked.
pub(crate) fn confirming(asked: &Delivery) -> String {
    let fields: serde_json::Value = serde_json::from_str(&asked.fields).unwrap();
    format!("/confirm {}", fields["code"].as_str().unwrap())
}

pub(crate) fn kinds(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.kind.as_str()).collect()
}

#[test]
fn an_operation_that_the_store_cannot_carry_out_fails_alone() {
    let (_room, path) = organisation();
    // Nobody can leave here: the trigger stands for whatever may be wrong with a file.
    let broken = "CREATE TRIGGER broken BEFORE UPDATE OF left_at ON person
                  BEGIN SELECT RAISE(ABORT, 'broken'); END";
    rusqlite::Connection::open(&path).unwrap().execute_batch(broken).unwrap();
    let mut bot = start(&path);
    let asked = bot.handle(&[said("m1", "alice", "/delete @lina1")], at(0)).unwrap().deliveries;
    assert_eq!(kinds(&asked), ["confirm_request"]);
    let confirm = confirming(&asked[0]);

    let group =
        [said("m2", "olivia", "/whoami"), said("m3", "alice", &confirm), said("m4", "bob", "/whoami")];
    let answered = bot.handle(&group, at(1)).unwrap().deliveries;
    assert_eq!(kinds(&answered), ["answer", "failed", "answer"]);
    assert!(answered[1].fields.contains("\"error\":\"internal\""), "{}", answered[1].fields);

    let again = bot.handle(&group, at(2)).unwrap().deliveries;
    assert!(again.is_empty(), "each was handled once: {again:?}");
    let late = bot.handle(&[said("m5", "alice", &confirm)], at(3)).unwrap().deliveries;
    assert!(late[0].fields.contains("already_settled"), "{}", late[0].fields);
    let lina =
        bot.store().transact(|tx| usher::domain::Directory::person(tx, &PersonId::new("lina1"))).unwrap();
    assert!(lina.unwrap().is_active(), "nothing is half done");
}

#[test]
fn what_fails_is_owned_up_to_where_it_was_said_and_ends_nothing_else() {
    let (_room, path) = organisation();
    let broken = ["INSERT ON wrong_secret", "INSERT ON conversation", "UPDATE OF last_step ON credential"]
        .map(|what| {
            format!("CREATE TRIGGER \"{what}\" BEFORE {what} BEGIN SELECT RAISE(ABORT, 'broken'); END;")
        });
    rusqlite::Connection::open(&path).unwrap().execute_batch(&broken.concat()).unwrap();
    let mut bot = Bot::new(Store::open(&path).unwrap(), Policy::default(), Chance::seeded(1)).unwrap();
    let [ops, all] = ["ops", "all"].map(|group| Conversation::Group(GroupId::new(group)));
    let private = Conversation::Direct(PersonId::new("alice"));
    let code = Verdict { password: false, step: Some(1) };
    let mut number = 0;
    let mut say = |place: &Conversation, text: &str, verdict: Verdict| {
        number += 1;
        let heard = said_in(place.clone(), &format!("m{number}"), "alice", text);
        let handled = bot.handle(&[heard], at(number)).unwrap();
        let answered = |aside: Aside| {
            let findings = Findings { verdict: Some(verdict), ..aside.findings };
            Event::Answered(aside.heard, findings, Vec::new())
        };
        let answers: Vec<_> = handled.asides.into_iter().map(answered).collect();
        [handled.deliveries, bot.handle(&answers, at(number)).unwrap().deliveries].concat()
    };

    let asked = say(&ops, "/delete @lina1", code);
    let confirm = confirming(&asked[0]);
    for command in ["/lang en", "/lang zh"] {
        assert_eq!(
            kinds(&say(&ops, command, code)),
            ["rejected"],
            "what waits here has nothing to do with it"
        );
    }
    assert_eq!(kinds(&say(&ops, &confirm, code)), ["secret_pending", "secret_request"]);
    assert_eq!(kinds(&say(&ops, "/lang en", code)), ["rejected"], "nor has what is asked a secret for");
    assert_eq!(kinds(&say(&private, "/lang en", code)), ["rejected"], "not even where it is asked");

    let command = say(&all, "/lang en", code);
    assert_eq!(kinds(&command), ["rejected"], "what waits in another place goes on");
    assert_eq!(command[0].to, all);
    let talk = say(&all, "123456", code);
    assert!(talk.is_empty(), "nobody who talks expects an answer: {talk:?}");
    let secret = say(&private, "wrong", Verdict::default());
    assert_eq!(kinds(&secret), ["failed"], "the secret was for what waited in the group");
    let late = say(&ops, &confirm, code);
    assert!(late[0].fields.contains("already_settled"), "{}", late[0].fields);
}

#[test]
fn what_is_held_about_somebody_is_sent_to_them_as_the_file_that_was_made_last() {
    let (_room, path) = organisation();
    let mut bot = start(&path);
    let private = || Conversation::Direct(PersonId::new("carol"));
    let mut hashes = Vec::new();
    for (number, id) in [(0, "m1"), (299_999, "m2"), (300_000, "m3")] {
        let sent = bot.handle(&[said_in(private(), id, "carol", "/backup")], at(number)).unwrap().deliveries;
        let file = sent[0].attachment.as_ref().expect("a file goes with the answer");
        let (content, checksum) = file.content.rsplit_once("---- SHA-256 ").unwrap();
        assert!(content.contains("Carol Wu"), "{content}");
        assert!(sent[0].text.contains(checksum.trim()), "{}", sent[0].text);
        let kept = bot.store().transact(|tx| tx.queued(0, 9)).unwrap();
        assert_eq!(kept.last().unwrap().attachment, sent[0].attachment, "after a restart, too");
        hashes.push(checksum.to_owned());
    }
    assert_eq!(hashes[0], hashes[1], "a moment later it is the same file");
    assert_ne!(hashes[1], hashes[2], "each says when it was made");
}

#[test]
fn no_two_operations_share_a_code_however_chance_falls() {
    let (_room, path) = organisation();
    let mut bot = start(&path);
    let mut codes = std::collections::BTreeSet::new();
    for (number, (sender, target)) in
        [("alice", "sam"), ("olivia", "hana"), ("hana", "sam")].iter().enumerate()
    {
        bot.set_chance(Chance::seeded(1));
        // A sub admin may not; that draws nothing, and leaves the codes of the others as they are.
        let request = format!("/revoke-admin @{target}");
        let asked = bot.handle(&[said(&format!("m{number}"), sender, &request)], at(0)).unwrap().deliveries;
        let fields: serde_json::Value = serde_json::from_str(&asked[0].fields).unwrap();
        codes.extend(fields["code"].as_str().map(str::to_owned));
    }
    assert_eq!(codes.len(), 2, "{codes:?}");
}

#[test]
fn what_a_crash_left_of_an_erased_person_is_wiped_at_the_start() {
    let (room, path) = organisation();
    let mut store = Store::open(&path).unwrap();
    let change = Change::AccountClosed { person: PersonId::new("carol"), at: at(1) };
    store.transact(|tx| tx.apply(&change, at(1))).unwrap();
    // The process dies between the commit and the wiping: its files are all that is left.
    let left = tempfile::tempdir().unwrap();
    for name in ["usher.db", "usher.db-wal"] {
        std::fs::copy(room.path().join(name), left.path().join(name)).unwrap();
    }
    let is_found = || {
        let files = std::fs::read_dir(left.path()).unwrap();
        let mark = b"carol@acme.example";
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(mark.len()).any(|window| window == mark))
    };
    assert!(is_found(), "the search finds her before");
    let bot = start(&left.path().join("usher.db"));
    assert!(!is_found(), "she is still in the files");
    drop(bot);
}
