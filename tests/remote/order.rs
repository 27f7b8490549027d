//! What is said while something is still found out about what was said before, by the same person or in the same
//! conversation: it waits, and nothing else does.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use usher::backend::Backend;
use usher::domain::{CallFailure, Delivery, Evidence, Job, MessageId, Sighting, Target, Unknown};
use usher::runtime::bot::Event;
use usher::runtime::clock::{Clock, SystemClock};
use usher::runtime::serve::serve;

use super::queues::{Ends, queues};
use super::stage::{Able, Stage};

/// A backend that says when it is asked, and answers when it may.
struct Slow {
    asked: mpsc::UnboundedSender<()>,
    may_answer: Arc<Semaphore>,
}

impl Backend for Slow {
    async fn look_up(&self, _: &Target) -> Result<Vec<Sighting>, Unknown> {
        self.asked.send(()).unwrap();
        self.may_answer.acquire().await.unwrap().forget();
        Ok(Vec::new())
    }

    async fn call(&self, _: &Job) -> Result<(), CallFailure> {
        unreachable!("nothing is confirmed")
    }

    async fn check(&self, _: &Job) -> Result<Evidence, Unknown> {
        unreachable!("nothing is confirmed")
    }
}

fn causes(told: &[Delivery]) -> Vec<&str> {
    told.iter().map(|letter| letter.in_reply_to.as_ref().unwrap().as_str()).collect()
}

#[test]
fn of_what_comes_in_together_each_persons_and_each_conversations_is_answered_in_its_order() {
    let mut stage = Stage::new(Able::Alone);
    let together = [
        ("alice", "ops", "/delete @lina1"),
        ("alice", "dm", "/whoami"),
        ("bob", "ops", "/whoami"),
        ("carol", "hr-group", "/whoami"),
    ];
    let together = together.map(|(who, place, text)| stage.heard(who, place, text));
    stage.handle(&together);
    assert_eq!(causes(&stage.said()), ["m4", "m1", "m2", "m3"]);
}

#[test]
fn what_has_to_wait_is_counted_once() {
    let mut stage = Stage::new(Able::Alone);
    stage.policy.messages_per_minute = 2;
    stage.restart();
    let mut together = vec![stage.heard("alice", "ops", "/delete @lina1")];
    together.extend((0..3).map(|_| stage.heard("carol", "ops", "/whoami")));
    stage.handle(&together);
    let said = stage.said();
    assert_eq!(causes(&said), ["m1", "m2", "m3", "m4"]);
    assert_eq!(said[3].kind, "rejected", "and not dropped without a word");
}

#[tokio::test]
async fn what_somebody_says_waits_for_the_answer_to_what_they_said_before_and_nobody_elsewhere_does() {
    let clock = SystemClock::start();
    let mut stage = Stage::new(Able::Alone);
    stage.now = clock.wall();
    let heard =
        [("alice", "ops", "/delete @lina1"), ("alice", "ops", "/whoami"), ("bob", "hr-group", "/whoami")];
    let [request, next, other]: [Event; 3] = heard.map(|(who, place, text)| stage.heard(who, place, text));
    let bot = stage.take_bot();
    let (queues, Ends { events, mut letters, mut settled }) = queues(9);
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let may_answer = Arc::new(Semaphore::new(0));
    let backend = Arc::new(Slow { asked, may_answer: may_answer.clone() });
    let talking = async move {
        assert!(letters.recv().await.unwrap().is_empty(), "nothing waits at the start");
        events.send(request).await.unwrap();
        is_asked.recv().await.unwrap();
        events.send(next).await.unwrap();
        events.send(other).await.unwrap();
        assert_eq!(causes(&letters.recv().await.unwrap()), ["m3"], "the others are answered meanwhile");
        let durable: Vec<_> = settled.recv().await.unwrap();
        assert_eq!(durable, [MessageId::new("m3")], "what is not decided on may have to come again");
        may_answer.add_permits(1);
        let mut told = Vec::new();
        while told.len() < 2 {
            told.extend(letters.recv().await.unwrap());
        }
        assert_eq!(causes(&told), ["m1", "m2"]);
    };
    let (served, ()) = tokio::join!(serve(bot, queues, backend, clock), talking);
    served.unwrap();
}

/// What is answered when one look-up comes to nothing: Alice's request, and Bob's question behind it.
async fn told_behind(may_answer: Semaphore) -> Vec<Delivery> {
    let clock = SystemClock::start();
    let mut stage = Stage::new(Able::Alone);
    stage.now = clock.wall();
    let heard = [("alice", "ops", "/delete @lina1"), ("bob", "ops", "/whoami")];
    let together = heard.map(|(who, place, text)| stage.heard(who, place, text));
    let bot = stage.take_bot();
    let (queues, Ends { events, mut letters, settled: _settled }) = queues(9);
    let (asked, _is_asked) = mpsc::unbounded_channel();
    let backend = Arc::new(Slow { asked, may_answer: Arc::new(may_answer) });
    let talking = async move {
        for event in together {
            events.send(event).await.unwrap();
        }
        drop(events);
        let mut told = Vec::new();
        while let Some(letters) = letters.recv().await {
            told.extend(letters);
        }
        told
    };
    let (served, told) = tokio::join!(serve(bot, queues, backend, clock), talking);
    served.unwrap();
    assert_eq!(causes(&told), ["m1", "m2"]);
    assert!(told[0].kind == "blocked" && told[0].fields.contains("unknown"), "{told:#?}");
    told
}

#[tokio::test]
async fn a_look_up_that_panics_is_a_failed_one_and_holds_up_nobody() {
    let panics = Semaphore::new(0);
    panics.close();
    let told = told_behind(panics).await;
    assert!(told[0].text.contains("the look-up itself failed"), "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_takes_for_ever_is_a_failed_one_and_holds_up_nobody() {
    let told = told_behind(Semaphore::new(0)).await;
    assert!(told[0].text.contains("no answer for a minute"), "{told:#?}");
}
