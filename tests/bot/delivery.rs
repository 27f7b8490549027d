//! What is to be sent: in which order, how often it is tried, and what is noted of it.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use usher::adapter::{Sink, Undelivered};
use usher::domain::{Conversation, Delivery, GroupId, Span, Timestamp};
use usher::runtime::bot::Event;
use usher::runtime::clock::SystemClock;
use usher::runtime::dispatcher::{Attempt, Dispatcher};
use usher::runtime::mouth::deliver;
use usher::store::NewLetter;

use crate::{at, organisation, start};

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
    let (_room, path) = organisation();
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
