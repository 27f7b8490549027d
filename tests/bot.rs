//! What no transcript can show of the bot: a store that fails, a clock that went on while nothing ran, and the order of
//! what is sent and what is noted.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use usher::adapter::{Abilities, Sink, Undelivered};
use usher::backend::Nobody;
use usher::domain::{
    Body, Change, Conversation, Delivery, Fault, GroupId, Heard, Memory, MessageId, Origin, PersonId, Policy,
    Retention, Span, Timestamp,
};
use usher::engine::{Findings, Verdict};
use usher::exchange::Secrets;
use usher::runtime::bot::{Aside, Bot, Event};
use usher::runtime::chance::Chance;
use usher::runtime::clock::{Clock, SystemClock};
use usher::runtime::dispatcher::{Attempt, Dispatcher};
use usher::runtime::mouth::deliver;
use usher::runtime::secrets;
use usher::runtime::serve::{MAX_WAITING, Queues, serve};
use usher::store::{NewLetter, Store};

/// Nobody proves anything here.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn hash(&self, _: &str) -> String {
        String::new()
    }
}

fn organisation(path: &Path) {
    let roster = include_str!("transcripts/orgs/acme.json");
    let roster = usher::exchange::parse(roster, &NoSecrets).unwrap();
    Store::open(path).unwrap().transact(|tx| tx.replace(&roster, at(0))).unwrap();
}

fn start(path: &Path) -> Bot {
    let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
    Bot::new(Store::open(path).unwrap(), policy, Chance::seeded(1)).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + millis)
}

fn said(id: &str, sender: &str, text: &str) -> Event {
    said_in(Conversation::Group(GroupId::new("ops")), id, sender, text)
}

fn said_in(conversation: Conversation, id: &str, sender: &str, text: &str) -> Event {
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
fn confirming(asked: &Delivery) -> String {
    let fields: serde_json::Value = serde_json::from_str(&asked.fields).unwrap();
    format!("/confirm {}", fields["code"].as_str().unwrap())
}

fn kinds(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.kind.as_str()).collect()
}

#[test]
fn an_operation_that_the_store_cannot_carry_out_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
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
    assert_eq!(kinds(&say(&ops, &confirm, code)), ["secret_pending", "secret_request"]);

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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    let private = || Conversation::Direct(PersonId::new("carol"));
    let mut hashes = Vec::new();
    for (number, id) in [(0, "m1"), (1_000, "m2")] {
        let sent = bot.handle(&[said_in(private(), id, "carol", "/backup")], at(number)).unwrap().deliveries;
        let file = sent[0].attachment.as_ref().expect("a file goes with the answer");
        let (content, checksum) = file.content.rsplit_once("---- SHA-256 ").unwrap();
        assert!(content.contains("Carol Wu"), "{content}");
        assert!(sent[0].text.contains(checksum.trim()), "{}", sent[0].text);
        let kept = bot.store().transact(|tx| tx.queued(0, 9)).unwrap();
        assert_eq!(kept.last().unwrap().attachment, sent[0].attachment, "after a restart, too");
        hashes.push(checksum.to_owned());
    }
    assert_ne!(hashes[0], hashes[1], "each says when it was made");
}

#[test]
fn no_two_operations_share_a_code_however_chance_falls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut store = Store::open(&path).unwrap();
    let change = Change::AccountClosed { person: PersonId::new("carol"), at: at(1) };
    store.transact(|tx| tx.apply(&change, at(1))).unwrap();
    // The process dies between the commit and the wiping: its files are all that is left.
    let left = tempfile::tempdir().unwrap();
    for name in ["usher.db", "usher.db-wal"] {
        std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
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

fn letter(id: i64, group: &str) -> Delivery {
    Delivery {
        id,
        to: Conversation::Group(GroupId::new(group)),
        kind: "notice".to_owned(),
        fields: "{}".to_owned(),
        text: "words".to_owned(),
        in_reply_to: None,
        attachment: None,
        attempts: 0,
        created: at(0),
        queued_at: at(0),
    }
}

/// A platform that looks, while it takes a message, at what was reported of it already.
struct Watching(Arc<Mutex<mpsc::Receiver<Event>>>);

impl Sink for Watching {
    fn abilities(&self) -> Abilities {
        Abilities { recall: false, buttons: false, idempotency_keys: false, longest: usize::MAX }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let reported = self.0.lock().unwrap().try_recv();
        assert!(reported.is_err(), "{reported:?} before {} is delivered", delivery.id);
        Ok(())
    }
}

#[tokio::test]
async fn a_message_is_reported_as_delivered_after_the_platform_has_it() {
    let (report, reported) = mpsc::channel(9);
    let (letters, more) = mpsc::unbounded_channel();
    letters.send(vec![letter(1, "ops")]).unwrap();
    drop(letters);
    let reported = Arc::new(Mutex::new(reported));
    let dispatcher = Dispatcher::new(Span::from_days(7));
    deliver(Watching(reported.clone()), dispatcher, more, report.downgrade(), SystemClock::start()).await;
    let event = reported.lock().unwrap().try_recv();
    assert!(matches!(event, Ok(Event::Delivered(1))), "{event:?}");
}

#[test]
fn a_conversation_that_takes_nothing_holds_up_no_other_and_keeps_its_order() {
    let mut dispatcher = Dispatcher::new(Span::from_days(7));
    dispatcher.push([letter(1, "ops"), letter(2, "ops"), letter(3, "all")]);
    let tried = |dispatcher: &mut Dispatcher, attempt, now| {
        let next = dispatcher.next(now)?;
        let id = next.id;
        dispatcher.settle(next, attempt, now);
        Some(id)
    };
    assert_eq!(tried(&mut dispatcher, Attempt::Failed(None), at(0)), Some(1));
    assert_eq!(tried(&mut dispatcher, Attempt::Taken, at(0)), Some(3), "another conversation goes on");
    assert_eq!(tried(&mut dispatcher, Attempt::Taken, at(0)), None, "the next of the same one waits");
    let again = dispatcher.next_wake().unwrap();
    assert!(again > at(0));
    let order = [(); 3].map(|()| tried(&mut dispatcher, Attempt::Taken, again));
    assert_eq!(order, [Some(1), Some(2), None]);
}

#[test]
fn nothing_is_tried_again_by_whoever_stops_although_its_time_had_come() {
    let stopping = Timestamp::from_millis(i64::MIN);
    for is_time_unknown in [false, true] {
        let mut dispatcher = Dispatcher::new(Span::from_days(7));
        dispatcher.push([letter(1, "ops"), letter(2, "all")]);
        let both = [(); 2].map(|()| dispatcher.next(at(0)).unwrap());
        for letter in both {
            dispatcher.settle(letter, Attempt::Failed(None), at(0));
        }
        if is_time_unknown {
            dispatcher.retry_now();
        }
        dispatcher.push([letter(3, "sales-group")]);
        let order = [at(60_000), stopping, stopping, at(60_000)];
        let order = order.map(|now| dispatcher.next(now).map(|letter| letter.id));
        assert_eq!(order, [Some(1), Some(3), None, Some(2)]);
    }
}

#[test]
fn who_asks_to_be_left_alone_is_left_alone_too_when_a_message_is_given_up() {
    let minute = Span::from_mins(1);
    for others in [vec![], vec![letter(2, "ops")]] {
        let mut dispatcher = Dispatcher::new(minute);
        dispatcher.push([letter(1, "ops")]);
        dispatcher.push(others.clone());
        let next = dispatcher.next(at(60_000)).unwrap();
        let event = dispatcher.settle(next, Attempt::Failed(Some(minute)), at(60_000));
        assert!(matches!(event, Event::Buried(1)), "{event:?}");
        dispatcher.push([letter(3, "all"), letter(4, "ops")]);
        let mut tried = |now| dispatcher.next(now).map(|letter| letter.id);
        assert_eq!((tried(at(119_999)), tried(at(119_999))), (Some(3), None));
        assert_eq!(tried(at(120_000)), Some(if others.is_empty() { 4 } else { 2 }));
        assert_eq!(tried(at(900_000)), None, "one at a time");
    }
    let mut dispatcher = Dispatcher::new(minute);
    dispatcher.push([letter(1, "ops")]);
    let next = dispatcher.next(at(60_000)).unwrap();
    dispatcher.settle(next, Attempt::Failed(Some(minute)), at(60_000));
    dispatcher.push([letter(2, "all")]);
    assert_eq!(dispatcher.next(at(120_000)).map(|letter| letter.id), Some(2), "nothing else came");
    dispatcher.push([letter(3, "ops")]);
    assert_eq!(dispatcher.next(at(120_000)).map(|letter| letter.id), Some(3));
}

#[test]
fn a_start_begins_with_all_that_waits_however_much_it_is() {
    const MANY: i64 = 2_345;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    let to = Conversation::Group(GroupId::new("ops"));
    let letter = NewLetter {
        to: &to,
        kind: "notice",
        fields: "{}",
        text: "words",
        in_reply_to: None,
        attachment: None,
        created: at(0),
    };
    bot.store().transact(|tx| (0..MANY).try_for_each(|_| tx.post(&letter).map(drop))).unwrap();
    drop(bot);
    let waiting: Vec<_> = start(&path).waiting().unwrap().iter().map(|letter| letter.id).collect();
    assert_eq!(waiting, (1..=MANY).collect::<Vec<_>>());
}

#[test]
fn what_expired_while_nothing_ran_is_told_once_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    let asked = bot.handle(&[said("m1", "alice", "/delete @lina1")], at(0)).unwrap().deliveries;
    bot.handle(&[Event::Delivered(asked[0].id)], at(0)).unwrap();
    drop(bot);

    let late = at(3_600_000);
    let mut bot = start(&path);
    assert!(bot.next_wake().unwrap() <= late, "it knows at once that it overslept");
    let told = bot.handle(&[], late).unwrap().deliveries;
    assert_eq!((kinds(&told), told[0].to.to_string()), (vec!["expired"], "ops".to_owned()));
    assert!(bot.next_wake().is_none_or(|next| next > late));
    drop(bot);
    let mut bot = start(&path);
    assert_eq!(kinds(&bot.waiting().unwrap()), ["expired"], "it was never reported as delivered");
    assert!(bot.handle(&[], late).unwrap().deliveries.is_empty(), "but it is told once");
}

#[test]
fn what_is_no_longer_needed_is_forgotten_and_the_file_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    let day = |day: i64, minute: i64| at((day * 1_440 + minute) * 60_000);
    let size = |bot: &mut Bot| {
        bot.store().wipe_log().unwrap();
        let operations = bot.store().transact(|tx| tx.operations()).unwrap().len();
        (operations, std::fs::metadata(&path).unwrap().len())
    };
    let mut sizes = Vec::new();
    for today in 0..400 {
        for minute in 0..10 {
            let now = day(today, minute);
            let say = |bot: &mut Bot, id: String, text: &str| {
                let mut event = said(&id, "alice", text);
                if let Event::Heard(heard) = &mut event {
                    heard.sent_at = now;
                }
                let sent = bot.handle(&[event], now).unwrap().deliveries;
                bot.handle(&sent.iter().map(|sent| Event::Delivered(sent.id)).collect::<Vec<_>>(), now)
                    .unwrap();
            };
            say(
                &mut bot,
                format!("a{today}-{minute}"),
                "/delete @bob note=\"canary-of-a-note\" handover=@dave approvals=cancel",
            );
            say(&mut bot, format!("b{today}-{minute}"), "取消");
        }
        if today % 100 == 99 {
            sizes.push(size(&mut bot));
        }
    }
    assert!(sizes[0].0 > 0, "{sizes:?}");
    // The audit log alone is kept for good: so many entries a day, of so many bytes.
    let log = 100 * 10 * 2 * 250;
    assert!(sizes[3].0 <= sizes[0].0, "operations are forgotten: {sizes:?}");
    for pair in sizes.windows(2) {
        assert!(pair[1].1 <= pair[0].1 + log, "it has stopped growing: {sizes:?}");
    }
    bot.store().wipe_log().unwrap();
    drop(bot);
    let bytes = std::fs::read(&path).unwrap();
    let canary = b"canary-of-a-note";
    assert!(!bytes.windows(canary.len()).any(|window| window == canary), "a note outlives its operation");
}

#[test]
fn who_is_waited_for_gains_nothing_by_a_clock_that_is_set_back() {
    let (day, ttl) = (Span::from_days(1), Policy::default().confirm_ttl);
    for is_restarted in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usher.db");
        organisation(&path);
        let mut bot = start(&path);
        let asked = bot.handle(&[said("m1", "alice", "/delete @lina1")], at(0)).unwrap().deliveries;
        assert_eq!(kinds(&asked), ["confirm_request"]);
        if is_restarted {
            drop(bot);
            bot = start(&path);
        }
        let set_back = at(0) - day;
        assert!(bot.handle(&[], set_back).unwrap().deliveries.is_empty(), "it is waited for once more");
        let pending = bot.handle(&[said("m2", "alice", "/pending")], set_back).unwrap().deliveries;
        let shown = (set_back + ttl).zoned("Asia/Shanghai").strftime("%H:%M").to_string();
        assert!(pending[0].text.contains(&shown), "and told so, too: {}", pending[0].text);
        let last = set_back + ttl;
        assert_eq!(bot.next_wake(), Some(last), "and no longer than anybody who is asked now");
        assert_eq!(kinds(&bot.handle(&[], last).unwrap().deliveries), ["expired"]);
    }
}

#[test]
fn however_short_the_settings_nothing_is_forgotten_by_which_a_rule_still_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let short = Span::from_secs(1);
    let retention = Retention { backups: short, dead: short, marks: short, sent: short, settled: short };
    // What is too old is looked for at each start.
    let start = || {
        let policy = Policy { require_secret: Vec::new(), retention, ..Policy::default() };
        Bot::new(Store::open(&path).unwrap(), policy, Chance::seeded(1)).unwrap()
    };
    let mut bot = start();
    let private = || Conversation::Direct(PersonId::new("carol"));
    bot.handle(&[said_in(private(), "m1", "carol", "/backup")], at(0)).unwrap();
    let asked = bot.handle(&[said("m2", "alice", "/delete @lina1")], at(0)).unwrap().deliveries;
    let confirm = said("m3", "alice", &confirming(&asked[0]));
    bot.handle(std::slice::from_ref(&confirm), at(0)).unwrap();
    let [alice, carol] = ["alice", "carol"].map(PersonId::new);
    let wrong = Change::WrongSecret { person: alice.clone(), at: at(0) };
    bot.store().transact(|tx| tx.apply(&wrong, at(0))).unwrap();

    drop(bot);
    let mut bot = start();
    let again = bot.handle(&[confirm], at(0) + Span::from_mins(10)).unwrap().deliveries;
    assert!(again.is_empty(), "it is no older than a command may be, and was handled: {again:?}");
    drop(bot);
    let mut bot = start();
    bot.handle(&[], at(0) + Span::from_mins(60)).unwrap();
    assert_eq!(bot.store().transact(|tx| tx.irreversible_since(&alice, at(0))).unwrap(), 1);
    drop(bot);
    let mut bot = start();
    bot.handle(&[], at(0) + Span::from_days(1)).unwrap();
    let kept = bot
        .store()
        .transact(|tx| Ok::<_, Fault>((tx.last_backup(&carol)?, tx.wrong_secrets(&alice, at(0))?)));
    assert_eq!(kept.unwrap(), (Some(at(0)), 1));
    drop(bot);
    let mut bot = start();
    bot.handle(&[], at(0) + Span::from_days(3)).unwrap();
    let kept = bot.store().transact(|tx| Ok::<_, Fault>((tx.last_backup(&carol)?, tx.operations()?.len())));
    assert_eq!(
        kept.unwrap(),
        (None, 1),
        "what no rule needs is forgotten, but for an operation that left work behind"
    );
}

#[test]
fn no_secret_is_waited_for_any_longer_by_a_clock_that_is_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let policy = Policy::default();
    let mut bot = Bot::new(Store::open(&path).unwrap(), policy.clone(), Chance::seeded(1)).unwrap();
    let asked = bot.handle(&[said("m1", "alice", "/delete @lina1")], at(0)).unwrap().deliveries;
    let confirm = said("m2", "alice", &confirming(&asked[0]));
    assert_eq!(
        kinds(&bot.handle(&[confirm], at(0)).unwrap().deliveries),
        ["secret_pending", "secret_request"]
    );
    let set_back = at(0) - Span::from_days(1);
    assert!(bot.handle(&[], set_back).unwrap().deliveries.is_empty());
    assert_eq!(
        bot.next_wake(),
        Some(set_back + policy.secret_ttl),
        "no longer than by a clock that was right"
    );
    assert_eq!(kinds(&bot.handle(&[], set_back + policy.secret_ttl).unwrap().deliveries), ["expired"]);
}

#[test]
fn whoever_was_told_to_wait_is_heard_after_a_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    let mut number = 0;
    let mut answer = |bot: &mut Bot, now: Timestamp| {
        number += 1;
        let Event::Heard(heard) = said(&format!("m{number}"), "carol", "/whoami") else { unreachable!() };
        let event = Event::Heard(Heard { sent_at: now, ..heard });
        kinds(&bot.handle(&[event], now).unwrap().deliveries).join(" ")
    };
    let many = Policy::default().messages_per_minute + 5;
    let answers: Vec<_> = (0..many).map(|_| answer(&mut bot, at(0))).collect();
    assert_eq!(
        (answers[0].as_str(), answers.last().map(String::as_str)),
        ("answer", Some("")),
        "{answers:?}"
    );
    assert_eq!(answer(&mut bot, at(0) - Span::from_days(1)), "answer");
}

#[test]
fn what_is_no_longer_needed_is_forgotten_also_after_a_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let mut bot = start(&path);
    // It ran with a clock that was ten years ahead, and forgot what was old by that.
    bot.handle(&[], at(0) + Span::from_days(3_650)).unwrap();
    bot.handle(&[said("m1", "alice", "/delete @lina1")], at(0)).unwrap();
    bot.handle(&[], at(0) + Policy::default().confirm_ttl).unwrap();
    let kept = |bot: &mut Bot| bot.store().transact(|tx| tx.operations()).unwrap().len();
    assert_eq!(kept(&mut bot), 1);
    bot.handle(&[], at(0) + Policy::default().retention.settled + Span::from_days(1)).unwrap();
    assert_eq!(kept(&mut bot), 0);
}

/// A bot's time that is another than what the machine's clock shows.
#[derive(Clone, Copy)]
struct Clocks {
    now: Timestamp,
    wall: Timestamp,
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn wall(&self) -> Timestamp {
        self.wall
    }
}

/// What alice is answered in private when she says this at the time that the machine's clock shows.
async fn answered(clocks: Clocks, says: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let bot = Bot::new(Store::open(&path).unwrap(), Policy::default(), Chance::seeded(1)).unwrap();
    let (events, inbox) = mpsc::channel(9);
    let (mouth, mut letters) = mpsc::unbounded_channel();
    let (settled, _kept) = mpsc::unbounded_channel();
    let queues = Queues { events: inbox, again: events.downgrade(), mouth, settled };
    let talking = async move {
        let mut told: Vec<Delivery> = letters.recv().await.unwrap();
        for (number, text) in says.iter().enumerate() {
            let field =
                |letter: &Delivery| serde_json::from_str::<serde_json::Value>(&letter.fields).unwrap();
            let code = told.last().and_then(|letter| field(letter)["code"].as_str().map(str::to_owned));
            let text = text.replace("{code}", &code.unwrap_or_default());
            let Event::Heard(mut heard) = said(&format!("m{number}"), "alice", &text) else { unreachable!() };
            heard.conversation = Conversation::Direct(PersonId::new("alice"));
            heard.sent_at = clocks.wall;
            events.send(Event::Heard(heard)).await.unwrap();
            let answer = tokio::time::timeout(std::time::Duration::from_secs(20), letters.recv()).await;
            let letters = answer.expect("there is an answer to everything").unwrap();
            told.extend(letters.into_iter().filter(|letter| letter.to.to_string() == "dm:alice"));
        }
        kinds(&told).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (served, told) = tokio::join!(serve(bot, queues, Arc::new(Nobody), clocks), talking);
    served.unwrap();
    told
}

#[tokio::test]
async fn the_age_of_a_message_and_the_step_of_a_code_go_by_the_machines_clock() {
    let roster = usher::exchange::parse(include_str!("transcripts/orgs/acme.json"), &NoSecrets).unwrap();
    let alice = roster.people.iter().find(|member| member.person.id.as_str() == "alice").unwrap();
    let device = alice.totp_secret.clone().unwrap();
    for off in [Span::ZERO, Span::from_mins(60), Span::from_days(-3_650)] {
        let clocks = Clocks { now: at(0), wall: at(0) + off };
        let (right, wrong) =
            (secrets::code(&device, clocks.wall), secrets::code(&device, clocks.wall + Span::from_days(7)));
        let request = "/delete @lina1 handover=@dave approvals=cancel";
        let told = answered(clocks, &[request, "/confirm {code}", &wrong, &right]).await;
        assert_eq!(told, ["confirm_request", "secret_request", "secret_rejected", "done"], "{off:?}");
    }
}

/// Only one thread compares secrets here, and it is kept busy until all others were answered.
#[test]
fn while_a_secret_is_compared_others_are_answered() {
    let mut threads = tokio::runtime::Builder::new_current_thread();
    let runtime = threads.max_blocking_threads(1).enable_time().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let bot = Bot::new(Store::open(&path).unwrap(), Policy::default(), Chance::seeded(1)).unwrap();
    let (events, inbox) = mpsc::channel(9);
    let (mouth, mut letters) = mpsc::unbounded_channel();
    let (settled, _kept) = mpsc::unbounded_channel();
    let queues = Queues { events: inbox, again: events.downgrade(), mouth, settled };
    let (done, busy) = std::sync::mpsc::channel::<()>();
    let say = |who: &str, id: &str, text: &str| {
        let place = Conversation::Direct(PersonId::new(who));
        events.try_send(said_in(place, id, who, text)).unwrap();
    };
    let mut told = async || {
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), letters.recv()).await;
        told.expect("there is an answer to everything").unwrap()
    };
    let talking = async {
        assert!(told().await.is_empty());
        say("alice", "m1", "/delete @lina1 handover=@dave approvals=cancel");
        let asked = told().await;
        say("alice", "m2", &confirming(&asked[0]));
        assert_eq!(kinds(&told().await), ["secret_request"]);
        tokio::task::spawn_blocking(move || busy.recv());
        say("alice", "m3", "what may be a secret");
        for id in ["m4", "m5", "m6"] {
            say("bob", id, "/whoami");
            let answers = told().await;
            let causes: Vec<_> = answers.iter().map(|letter| letter.in_reply_to.clone()).collect();
            assert_eq!(causes, [Some(MessageId::new(id))], "only bob is answered now");
        }
        drop(done);
        assert_eq!(kinds(&told().await), ["secret_rejected"]);
    };
    let clocks = Clocks { now: at(0), wall: at(0) };
    runtime.block_on(async {
        tokio::select! {
            stopped = serve(bot, queues, Arc::new(Nobody), clocks) => panic!("it stopped: {:?}", stopped.err()),
            () = talking => {}
        }
    });
}

#[tokio::test]
async fn behind_a_flood_of_one_person_the_others_are_soon_answered() {
    const FLOOD: usize = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.db");
    organisation(&path);
    let clock = SystemClock::start();
    let (events, inbox) = mpsc::channel(MAX_WAITING);
    let (mouth, mut letters) = mpsc::unbounded_channel();
    let (settled, _kept) = mpsc::unbounded_channel();
    let queues = Queues { events: inbox, again: events.downgrade(), mouth, settled };
    let say = |id: String, sender: &str| {
        let Event::Heard(heard) = said(&id, sender, "/whoami") else { unreachable!() };
        events.send(Event::Heard(Heard { sent_at: clock.wall(), ..heard }))
    };
    // As many wait as can when the first of the others asks.
    for number in 1..MAX_WAITING {
        say(format!("flood{number}"), "carol").await.unwrap();
    }
    let flood = async {
        for number in MAX_WAITING..FLOOD {
            say(format!("flood{number}"), "carol").await.unwrap();
        }
    };
    let asking = async {
        let (mut waits, mut answered) = (Vec::new(), 0);
        for number in 0..20 {
            let began = clock.now();
            say(format!("asked{number}"), "bob").await.unwrap();
            let id = Some(MessageId::new(format!("asked{number}")));
            loop {
                let told = letters.recv().await.unwrap();
                answered += told.iter().filter(|letter| letter.in_reply_to.is_some()).count();
                if told.iter().any(|letter| letter.in_reply_to == id) {
                    break;
                }
            }
            waits.push((clock.now() - began).as_millis());
        }
        waits.sort_unstable();
        (waits, answered)
    };
    let talking = async { tokio::join!(flood, asking).1 };
    let serving = serve(start(&path), queues, Arc::new(Nobody), clock.clone());
    tokio::select! {
        stopped = serving => panic!("it stopped: {:?}", stopped.err()),
        (waits, answered) = talking => {
            println!("behind {FLOOD} messages of one person others waited, in milliseconds: {waits:?}");
            assert!(waits[18] < 5_000, "{waits:?}");
            let most = Policy::default().messages_per_minute as usize + 1 + waits.len();
            assert!(answered <= most, "{answered} answers, of which the flood may have {most}");
        }
    }
}
