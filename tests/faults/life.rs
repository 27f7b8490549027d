//! One life of the program: its very loop, polled by hand, with a platform, a clock and a disk that are numbers.
//!
//! What the loop does comes out of here as it would of the program: messages that it wants to deliver, and messages that
//! need not come again. The other way go what people say, what the platform answers, and the time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use usher::adapter::{Sink, Undelivered};
use usher::domain::{Delivery, Fault, MessageId, Span, Timestamp};
use usher::runtime::bot::{Bot, Event};
use usher::runtime::clock::{Clock, Steady};
use usher::runtime::dispatcher::Dispatcher;
use usher::runtime::run::{Ends, run};

use super::far::{Line, Question};
use super::vfs::in_use;

/// As many events as may ever be on their way back to the bot.
const MANY: usize = 10_000;
/// More looks at the clock at one instant than anything needs.
const LOOKS: u64 = 20_000;

/// A message that the program wants to deliver now.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) delivery: Delivery,
    /// Whether everything was durable by then that was ever committed.
    pub(crate) is_durable: bool,
    pub(crate) answer: oneshot::Sender<Result<(), Undelivered>>,
}

/// Takes messages to the platform that is simulated.
struct Post(mpsc::UnboundedSender<Offer>);

impl Sink for Post {
    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let (answer, answered) = oneshot::channel();
        let (is_dead, is_durable) = look();
        if !is_dead {
            let offer = Offer { delivery: delivery.clone(), is_durable, answer };
            self.0.send(offer).expect("the platform is there as long as the program");
        }
        match answered.await {
            Ok(answer) => answer,
            // Who is dead hears nothing.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Whether the process has ended, and whether the disk has written all that it was told to.
fn look() -> (bool, bool) {
    let disk = in_use();
    let disk = disk.borrow();
    (disk.is_dead(), !disk.is_unsynced("-wal"))
}

/// The program's clock.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<Dial>>);

pub(crate) struct Dial {
    began: (Timestamp, Instant),
    /// How far the machine's clock is ahead of the time that everybody else has.
    pub(crate) ahead: Span,
    steady: Steady,
    off: Span,
    /// How often it was looked at since when.
    looks: (Timestamp, u64),
    /// When the program's time became another.
    pub(crate) resets: Vec<Timestamp>,
    /// What it read, and when that was.
    pub(crate) readings: BTreeMap<Timestamp, Timestamp>,
}

impl Watch {
    /// Believes the machine's clock.
    pub(crate) fn new(began: (Timestamp, Instant), ahead: Span) -> Self {
        let passed = elapsed(began.1);
        let steady = Steady::new(began.0 + passed + ahead, passed);
        let (resets, readings) = (Vec::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Dial {
            began,
            ahead,
            steady,
            off: ahead,
            looks: (began.0, 0),
            resets,
            readings,
        })))
    }

    /// What it will read now.
    pub(crate) fn peek(&self) -> Timestamp {
        let dial = self.dial();
        let passed = elapsed(dial.began.1);
        let mut steady = dial.steady;
        steady.read(dial.began.0 + passed + dial.ahead, passed)
    }

    pub(crate) fn dial(&self) -> MutexGuard<'_, Dial> {
        self.0.lock().expect("nobody panics with it in hand")
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        let mut dial = self.dial();
        let passed = elapsed(dial.began.1);
        let (now, ahead) = (dial.began.0 + passed, dial.ahead);
        let looks = if dial.looks.0 == now { dial.looks.1 + 1 } else { 0 };
        assert!(looks < LOOKS, "the loop goes round and waits for nothing");
        dial.looks = (now, looks);
        let time = dial.steady.read(now + ahead, passed);
        if std::mem::replace(&mut dial.off, time - now) != time - now {
            dial.resets.push(now);
        }
        dial.readings.insert(time, now);
        time
    }

    fn wall(&self) -> Timestamp {
        let dial = self.dial();
        dial.began.0 + elapsed(dial.began.1) + dial.ahead
    }
}

/// How much time has passed since, to the millisecond.
pub(crate) fn elapsed(since: Instant) -> Span {
    Span::from_millis(i64::try_from(since.elapsed().as_millis()).expect("a run is shorter"))
}

/// Rings when the loop has something to do, and wakes whoever polls it.
#[derive(Default)]
struct Alarm {
    rings: AtomicBool,
    listener: AtomicWaker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rings.store(true, Ordering::Relaxed);
        self.listener.wake();
    }
}

/// How a life goes on, or has ended by itself.
pub(crate) enum Stand {
    Runs,
    /// It was asked to stop, and has.
    Stopped,
    /// Its store has failed.
    Failed,
}

pub(crate) struct Life {
    run: Pin<Box<dyn Future<Output = Result<Bot, Fault>>>>,
    alarm: Arc<Alarm>,
    waker: Waker,
    events: Option<mpsc::Sender<Event>>,
    /// Kept as long as somebody may find something out.
    again: Option<mpsc::Sender<Event>>,
    found: mpsc::Receiver<Event>,
    settled: mpsc::UnboundedReceiver<Vec<MessageId>>,
    offers: mpsc::UnboundedReceiver<Offer>,
    questions: mpsc::UnboundedReceiver<Question>,
}

/// What comes out of a life by itself.
pub(crate) enum News {
    /// The loop has something to do.
    Awake,
    Asked(Question),
    Found(Event),
}

impl Life {
    /// Begins, with room for so many events that wait.
    pub(crate) fn begin(bot: Bot, dispatcher: Dispatcher, watch: Watch, room: usize) -> Self {
        let (events, inbox) = mpsc::channel(room);
        let (again, found) = mpsc::channel(MANY);
        let (settle, settled) = mpsc::unbounded_channel();
        let (offer, offers) = mpsc::unbounded_channel();
        let (ask, questions) = mpsc::unbounded_channel();
        let ends = Ends { events: inbox, again: again.downgrade(), settled: settle };
        let run = Box::pin(run(bot, dispatcher, Post(offer), Arc::new(Line(ask)), ends, watch));
        let alarm = Arc::new(Alarm::default());
        alarm.rings.store(true, Ordering::Relaxed);
        let waker = Waker::from(alarm.clone());
        Self {
            run,
            alarm,
            waker,
            events: Some(events),
            again: Some(again),
            found,
            settled,
            offers,
            questions,
        }
    }

    /// Whether the loop has something to do now.
    pub(crate) fn is_awake(&self) -> bool {
        self.alarm.rings.load(Ordering::Relaxed)
    }

    /// Lets the loop run until it waits.
    pub(crate) fn poll(&mut self) -> Stand {
        self.alarm.rings.store(false, Ordering::Relaxed);
        match self.run.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Pending => Stand::Runs,
            Poll::Ready(Ok(_)) => Stand::Stopped,
            Poll::Ready(Err(_)) => Stand::Failed,
        }
    }

    /// The messages of which the platform is told now that they need not come again.
    pub(crate) fn settled(&mut self) -> Vec<MessageId> {
        std::iter::from_fn(|| self.settled.try_recv().ok()).flatten().collect()
    }

    /// What it wants to deliver now.
    pub(crate) fn offers(&mut self) -> Vec<Offer> {
        std::iter::from_fn(|| self.offers.try_recv().ok()).collect()
    }

    /// What comes back to the bot.
    pub(crate) fn found(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.found.try_recv().ok()).collect()
    }

    /// Whether the bot takes another event now.
    pub(crate) fn has_room(&self) -> bool {
        self.events.as_ref().is_some_and(|events| events.capacity() > 0)
    }

    /// Hands an event in.
    pub(crate) fn hand_in(&mut self, event: Event) {
        let events = self.events.as_ref().expect("it takes events");
        // A bot whose store has failed hears nothing any more.
        let _ = events.try_send(event);
    }

    /// Whether nobody is finding anything out.
    pub(crate) fn is_idle(&self) -> bool {
        self.again.as_ref().is_some_and(|again| again.strong_count() == 1)
    }

    /// Nobody will hand anything in any more.
    pub(crate) fn close(&mut self) {
        (self.events, self.again) = (None, None);
    }

    /// Whether the bot takes events no more: it was told so, or its store has failed.
    pub(crate) fn is_ending(&self) -> bool {
        self.events.as_ref().is_none_or(mpsc::Sender::is_closed)
    }

    /// Ready when the loop has something to do, or somebody asks or has found something out.
    pub(crate) fn poll_news(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        self.alarm.listener.register(cx.waker());
        if self.is_awake() {
            return Poll::Ready(News::Awake);
        }
        if let Poll::Ready(Some(question)) = self.questions.poll_recv(cx) {
            return Poll::Ready(News::Asked(question));
        }
        match self.found.poll_recv(cx) {
            Poll::Ready(Some(event)) => Poll::Ready(News::Found(event)),
            _ => Poll::Pending,
        }
    }
}
