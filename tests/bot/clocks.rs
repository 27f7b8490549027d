//! What falls due or is forgotten while nothing ran, and what a clock that is set back gains nobody.

use usher::domain::{
    Change, Conversation, Fault, Heard, Memory, PersonId, Policy, Retention, Span, Timestamp,
};
use usher::runtime::bot::{Bot, Event};
use usher::runtime::chance::Chance;
use usher::store::Store;

use crate::{at, confirming, kinds, organisation, said, said_in, start};

#[test]
fn what_expired_while_nothing_ran_is_told_once_after_the_start() {
    let (_room, path) = organisation();
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
    let (_room, path) = organisation();
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
        let (_room, path) = organisation();
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
    let (_room, path) = organisation();
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
    let (_room, path) = organisation();
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
    let (_room, path) = organisation();
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
    let (_room, path) = organisation();
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
