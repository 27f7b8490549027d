//! The Stream connection: opened, kept alive, opened again for ever, and answered.
//!
//! A message is acknowledged once what follows from it is durable, which takes milliseconds; otherwise it is not, and
//! may be delivered again. A connection that the server recycles is left open until the next one is there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::card::Press;
use super::frame::{self, CARDS, Content, MESSAGES};
use super::message::{self, Received};
use super::webhooks::Webhooks;
use super::{CARD_PATIENCE, Incoming, LARGEST, MESSAGE_PATIENCE, card};
use crate::dingtalk::{Client, Error, Happening};
use crate::domain::{MessageId, Span};

/// How long the other end may take until a connection is there.
const CONNECTING: Duration = Duration::from_secs(10);
/// How often the other end is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How many times in a row it may not answer.
const MAX_SILENCES: u32 = 2;
/// A connection that lasted so long was healthy: the next failure begins with the shortest wait.
const HEALTHY: Span = Span::from_secs(60);
/// The longest wait before the next connection, in milliseconds, and the longest when the settings are wrong.
const LONGEST_WAIT: u64 = 60_000;
const LONGEST_WAIT_FOR_SETTINGS: u64 = 300_000;

/// Who waits until which message is durable.
#[derive(Clone, Debug, Default)]
pub struct Settled(Arc<Mutex<BTreeMap<MessageId, Vec<oneshot::Sender<()>>>>>);

impl Settled {
    /// These messages need not be delivered again.
    pub fn note(&self, messages: &[MessageId]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for waiter in messages.iter().filter_map(|message| waiting.remove(message)).flatten() {
            // Whoever no longer waits has given up acknowledging it.
            let _ = waiter.send(());
        }
    }

    pub(super) fn wait(&self, message: &MessageId) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiters = waiting.entry(message.clone()).or_default();
        waiters.retain(|waiter| !waiter.is_closed());
        waiters.push(sender);
        receiver
    }
}

/// What listens to DingTalk.
pub struct Ear {
    /// The application.
    pub client: Arc<Client>,
    /// Our organisation.
    pub corp_id: String,
    /// Where the addresses of sessions are kept for the answers.
    pub webhooks: Arc<Webhooks>,
    /// Who handles what comes in.
    pub hear: mpsc::Sender<Incoming>,
    /// What is durable.
    pub settled: Settled,
    /// Whether there is a connection, for whoever looks after the program.
    pub is_connected: Arc<AtomicBool>,
    /// Random numbers, for waits that differ from everybody else's.
    pub chance: Box<dyn FnMut() -> u64 + Send + Sync>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a connection ended, as far as the next one is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Broken,
    Recycled,
}

impl Ear {
    /// Listens until whoever handles what comes in is gone.
    pub async fn listen(mut self) {
        let mut failures = 0_u32;
        while !self.hear.is_closed() {
            let begun = self.client.now();
            match self.connect().await {
                Ok(socket) => {
                    tracing::info!("connected to DingTalk");
                    self.is_connected.store(true, Ordering::Relaxed);
                    // What happened while nobody listened is not told again: who administers is read anew.
                    if self.hear.send(Incoming::Happened(Happening::Admins)).await.is_err() {
                        return;
                    }
                    let (recycled, ended) = oneshot::channel();
                    let connection = self.connection(socket, recycled);
                    let mut running = tokio::spawn(connection.run());
                    let ended = tokio::select! {
                        // The old connection goes on beside the next one until the server closes it.
                        Ok(()) = ended => Ended::Recycled,
                        _ = &mut running => Ended::Broken,
                        () = self.hear.closed() => return,
                    };
                    self.is_connected.store(ended == Ended::Recycled, Ordering::Relaxed);
                    if ended == Ended::Recycled || self.client.now() - begun > HEALTHY {
                        failures = 0;
                    }
                    if ended == Ended::Recycled {
                        // A server that recycles every connection at once must not be run into.
                        self.rest(500).await;
                        continue;
                    }
                    tracing::warn!("the connection to DingTalk broke");
                    failures = failures.saturating_add(1);
                    self.rest(wait(failures, LONGEST_WAIT)).await;
                }
                Err(error) => {
                    self.is_connected.store(false, Ordering::Relaxed);
                    failures = failures.saturating_add(1);
                    tracing::warn!(%error, failures, "no connection to DingTalk");
                    let is_settings = matches!(error, Error::Misconfigured(_) | Error::Refused { .. });
                    let longest = if is_settings { LONGEST_WAIT_FOR_SETTINGS } else { LONGEST_WAIT };
                    self.rest(wait(failures, longest)).await;
                }
            }
        }
    }

    /// Waits for a random part of so many milliseconds, so that not everybody comes back at once.
    async fn rest(&mut self, most: u64) {
        let millis = (self.chance)() % most.max(1) + 1;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(millis)) => {}
            () = self.hear.closed() => {}
        }
    }

    async fn connect(&self) -> Result<Socket, Error> {
        let subscriptions = [("EVENT", "*"), ("CALLBACK", MESSAGES), ("CALLBACK", CARDS)];
        let (endpoint, ticket) = self.client.open_stream(&subscriptions).await?;
        let mut url: reqwest::Url =
            endpoint.parse().map_err(|_| Error::Unsure("the gateway gave no address".to_owned()))?;
        url.query_pairs_mut().append_pair("ticket", &ticket);
        let limits = WebSocketConfig::default().max_frame_size(Some(LARGEST)).max_message_size(Some(LARGEST));
        let opening = connect_async_with_config(url.as_str(), Some(limits), false);
        match timeout(CONNECTING, opening).await {
            Ok(Ok((socket, _))) => Ok(socket),
            // The error may name the address, which holds the ticket.
            _ => Err(Error::Unreachable("its Stream server does not answer".to_owned())),
        }
    }

    fn connection(&self, socket: Socket, recycled: oneshot::Sender<()>) -> Connection {
        let (out, frames) = socket.split();
        Connection {
            client: self.client.clone(),
            corp_id: self.corp_id.clone(),
            webhooks: self.webhooks.clone(),
            hear: self.hear.clone(),
            settled: self.settled.clone(),
            recycled: Some(recycled),
            out,
            frames,
        }
    }
}

/// The longest wait after the nth failure: a second, then twice as long each time.
fn wait(failures: u32, longest: u64) -> u64 {
    (1_000_u64 << failures.saturating_sub(1).min(20)).min(longest)
}

/// One connection.
struct Connection {
    client: Arc<Client>,
    corp_id: String,
    webhooks: Arc<Webhooks>,
    hear: mpsc::Sender<Incoming>,
    settled: Settled,
    recycled: Option<oneshot::Sender<()>>,
    out: SplitSink<Socket, Message>,
    frames: SplitStream<Socket>,
}

/// What is to be answered once a message is durable.
struct Waiting {
    frame: String,
    durable: oneshot::Receiver<()>,
    /// For how long that is waited for.
    patience: Duration,
    /// The answer then.
    in_time: String,
    /// The answer when it takes longer, if there is to be one.
    late: Option<&'static str>,
}

impl Connection {
    async fn run(mut self) {
        let mut answers = FuturesUnordered::new();
        let mut pings = tokio::time::interval(PING_EVERY);
        let mut silences = 0;
        loop {
            tokio::select! {
                frame = self.frames.next() => {
                    silences = 0;
                    let Some(Ok(frame)) = frame else { return };
                    match frame {
                        Message::Text(text) => match self.take(text.as_str()).await {
                            Ok(Some(waiting)) => answers.push(answer(waiting)),
                            Ok(None) => {}
                            Err(Gone) => return,
                        },
                        Message::Close(_) => return,
                        _ => {}
                    }
                }
                Some(frame) = answers.next() => {
                    if let Some(frame) = frame
                        && self.say(frame).await.is_err()
                    {
                        return;
                    }
                }
                _ = pings.tick() => {
                    silences += 1;
                    if silences > MAX_SILENCES + 1 || self.out.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Takes a frame; gives what is to be answered later.
    async fn take(&mut self, text: &str) -> Result<Option<Waiting>, Gone> {
        let Some(frame) = frame::read(text) else {
            tracing::warn!("a frame of DingTalk can't be read");
            return Ok(None);
        };
        let id = frame.message_id.unwrap_or_default();
        match frame.content {
            Content::Ping(data) => self.say(frame::answer(&id, 200, &data)).await?,
            Content::Disconnect => {
                if let Some(recycled) = self.recycled.take() {
                    // Whoever would open the next connection is gone, and so is everything else.
                    let _ = recycled.send(());
                }
            }
            Content::Event(kind, data) => {
                if let Some(happening) = Happening::read(&kind, &data) {
                    self.hand_over(Incoming::Happened(happening)).await?;
                }
                let data = json!({"status": "SUCCESS", "message": "ok"}).to_string();
                self.say(frame::answer(&id, 200, &data)).await?;
            }
            Content::Message(data) => match message::read(&data, &self.corp_id, self.client.now()) {
                Received::Said(heard, webhook) => {
                    if let Some(webhook) = webhook {
                        self.webhooks.keep(heard.id.clone(), webhook);
                    }
                    let durable = self.settled.wait(&heard.id);
                    self.hand_over(Incoming::Heard(*heard)).await?;
                    return Ok(Some(Waiting {
                        frame: id,
                        durable,
                        patience: MESSAGE_PATIENCE,
                        in_time: NOTHING.to_owned(),
                        late: None,
                    }));
                }
                Received::QuotaSpent => {
                    tracing::error!("the organisation's DingTalk messages of this month are used up");
                    self.say(frame::answer(&id, 200, NOTHING)).await?;
                }
                Received::Unusable => self.say(frame::answer(&id, 200, NOTHING)).await?,
            },
            Content::Card(data) => match card::pressed(&data, &self.corp_id, self.client.now()) {
                Some(Press { heard, answer }) => {
                    let durable = self.settled.wait(&heard.id);
                    self.hand_over(Incoming::Heard(heard)).await?;
                    let in_time = json!({ "response": answer }).to_string();
                    let late = Some(EMPTY_CARD);
                    return Ok(Some(Waiting { frame: id, durable, patience: CARD_PATIENCE, in_time, late }));
                }
                None => self.say(frame::answer(&id, 200, EMPTY_CARD)).await?,
            },
            Content::Unknown => {}
        }
        Ok(None)
    }

    async fn hand_over(&self, incoming: Incoming) -> Result<(), Gone> {
        self.hear.send(incoming).await.map_err(|_| Gone)
    }

    async fn say(&mut self, frame: String) -> Result<(), Gone> {
        self.out.send(Message::text(frame)).await.map_err(|_| Gone)
    }
}

/// The other end of the connection, or of the program, is gone.
struct Gone;

/// The answer to a robot message; the platform does not look at it.
const NOTHING: &str = "{\"response\":null}";
/// The answer to a press that changes nothing on the card itself.
const EMPTY_CARD: &str = "{\"response\":{}}";

/// The answer, once the message is durable; none where it is to be delivered again instead.
async fn answer(waiting: Waiting) -> Option<String> {
    let is_durable = matches!(timeout(waiting.patience, waiting.durable).await, Ok(Ok(())));
    let data = if is_durable { Some(waiting.in_time.as_str()) } else { waiting.late };
    data.map(|data| frame::answer(&waiting.frame, 200, data))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::{EMPTY_CARD, LONGEST_WAIT, Waiting, answer, wait};

    #[tokio::test]
    async fn what_is_not_durable_in_time_is_acknowledged_only_where_somebody_looks_at_a_button() {
        let waiting = |late| {
            let (sender, durable) = oneshot::channel();
            let patience = Duration::from_millis(5);
            (sender, Waiting { frame: "f".to_owned(), durable, patience, in_time: "next".to_owned(), late })
        };
        let (_durable, message) = waiting(None);
        assert_eq!(answer(message).await, None, "it is to be delivered again");
        let (_durable, press) = waiting(Some(EMPTY_CARD));
        let answered = answer(press).await;
        let answered = answered.expect("a press that fails shows an error, and can be pressed again");
        assert!(!answered.contains("next"), "it still counts as the same press: {answered}");
        let (durable, message) = waiting(None);
        durable.send(()).unwrap();
        assert!(answer(message).await.is_some_and(|answered| answered.contains("next")));
    }

    #[test]
    fn waits_grow_and_are_capped() {
        assert_eq!([1, 2, 3].map(|failures| wait(failures, LONGEST_WAIT)), [1_000, 2_000, 4_000]);
        assert_eq!(wait(u32::MAX, LONGEST_WAIT), LONGEST_WAIT);
    }
}
