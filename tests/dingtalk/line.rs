//! DingTalk as the chat of a transcript: each word comes in over a Stream connection and goes out by the robot's calls,
//! and the clock is the transcript's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::timeout;
use usher::adapter::dingtalk::{Cards, Ear, Incoming, Mouth, Robot, Settled, Webhooks};
use usher::adapter::{Sink, Undelivered};
use usher::dingtalk::Client;
use usher::domain::{Conversation, Delivery, GroupId, Heard, MessageId, Origin, PersonId, SLOT, Timestamp};
use usher::runtime::chat::Chat;
use usher::runtime::dispatcher::Attempt;
use usher::wording::markup::escape;

use crate::dingtalk_sim::{CLIENT_ID, CORP_ID, Sim, TEMPLATE, stop_clock};
use crate::stage::client;

/// Nothing takes this long on its way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How confirmations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmations {
    Cards,
    Messages,
}

/// The platform, and the program's ear and mouth.
pub(crate) struct Line {
    runtime: Runtime,
    sim: Sim,
    client: Arc<Client>,
    /// The members of the organisation.
    people: BTreeSet<String>,
    confirmations: Confirmations,
    side: Side,
    /// What was said, by its id.
    said: BTreeMap<MessageId, Heard>,
    /// The frame of each message that is not durable yet.
    open: BTreeMap<MessageId, Value>,
    /// How many of the robot's messages were read.
    read: u64,
}

/// What a restart loses.
struct Side {
    mouth: Mouth,
    heard: mpsc::Receiver<Incoming>,
    settled: Settled,
}

impl Line {
    /// A platform on which these people are members of the organisation.
    pub(crate) fn new(people: BTreeSet<String>, confirmations: Confirmations) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let members: Vec<_> = people.iter().map(|id| json!({"id": id, "name": id})).collect();
        let organisation = json!({"people": members, "owner": ""});
        let sim = runtime.block_on(Sim::start(0, &organisation));
        let client = client(&sim);
        let side = Side::new(&runtime, &client, confirmations);
        let (said, open) = (BTreeMap::new(), BTreeMap::new());
        Self { runtime, sim, client, people, confirmations, side, said, open, read: 0 }
    }

    fn tell(&self, what: &str, body: Value) -> Value {
        self.runtime.block_on(self.sim.control(what, body))
    }

    /// Whether the platform was told of every message that it need not come again.
    pub(crate) fn is_clear(&self) -> bool {
        self.open.is_empty()
    }

    /// The messages that came since the last look, as one: a long one comes in parts.
    fn seen(&mut self, delivery: &Delivery) -> Delivery {
        let sent = self.tell("sent", Value::Null);
        let new = sent["messages"].as_array().unwrap().iter().skip(usize::try_from(self.read).unwrap());
        // On a card it is noted how its operation ended; that is said as well.
        let new: Vec<_> = new.inspect(|_| self.read += 1).filter(|new| new["via"] != "card_update").collect();
        let (files, texts): (Vec<_>, Vec<_>) = new.iter().partition(|message| message["via"] == "file");
        assert_eq!(files.len(), usize::from(delivery.attachment.is_some()), "{files:?}");
        let place = |message: &Value| match message["conversation"].as_str() {
            Some(group) => Conversation::Group(GroupId::new(group)),
            None => Conversation::Direct(PersonId::new(message["person"].as_str().unwrap())),
        };
        let to = place(texts[0]);
        assert!(new.iter().all(|message| place(message) == to), "{new:?}");
        let markdown: String = texts.iter().map(|message| message["text"].as_str().unwrap()).collect();
        let (text, number) = read(&markdown);
        let is_card = texts[0]["via"] == "card";
        let may_be_card = self.confirmations == Confirmations::Cards && delivery.kind == "confirm_request";
        assert_eq!(is_card, may_be_card && markdown.len() <= 1_024, "{markdown}");
        let expected = if is_card { String::new() } else { format!("#{}", delivery.id) };
        assert_eq!(number, expected, "{markdown}");
        Delivery { to, text: escape(&text).into_owned(), ..delivery.clone() }
    }
}

impl Side {
    fn new(runtime: &Runtime, client: &Arc<Client>, confirmations: Confirmations) -> Self {
        let (hear, heard) = mpsc::channel(64);
        let (webhooks, settled) = (Arc::new(Webhooks::default()), Settled::default());
        let ear = Ear {
            client: client.clone(),
            corp_id: CORP_ID.to_owned(),
            webhooks: webhooks.clone(),
            hear,
            settled: settled.clone(),
            is_connected: Arc::new(AtomicBool::new(false)),
            chance: Box::new(|| 0),
        };
        let cards = (confirmations == Confirmations::Cards)
            .then(|| Cards { template: TEMPLATE.to_owned(), url: None });
        let robot = Robot { code: CLIENT_ID.to_owned(), cards };
        let mouth = Mouth::new(client.clone(), webhooks, robot, BTreeMap::new());
        runtime.spawn(ear.listen());
        let mut side = Self { mouth, heard, settled };
        // A connection begins with this hint.
        let begun = runtime.block_on(async { timeout(PATIENCE, side.heard.recv()).await });
        assert!(matches!(begun, Ok(Some(Incoming::Happened(_)))), "{begun:?}");
        side
    }
}

impl Chat for Line {
    fn bring(&mut self, heard: Heard, now: Timestamp) -> Result<Option<Heard>, String> {
        stop_clock(now.as_millis());
        if matches!(heard.origin, Origin::Bot | Origin::Edited) {
            // Robots are told neither of another robot's words nor of an edit.
            return Ok(None);
        }
        let told = match self.said.get(&heard.id) == Some(&heard) {
            true => self.tell("stream", json!({"do": "redeliver", "id": heard.id.as_str()})),
            false => self.tell("say", message(&heard, &self.people)),
        };
        self.said.insert(heard.id.clone(), heard);
        let frame = told["frame"].clone();
        let Self { runtime, sim, side, .. } = self;
        let arrived = runtime.block_on(async {
            let arrived = timeout(PATIENCE, side.heard.recv()).await;
            assert!(!is_acknowledged(sim, &frame).await, "acknowledged before it is durable: {arrived:?}");
            arrived
        });
        let Ok(Some(Incoming::Heard(heard))) = arrived else { return Err(format!("{arrived:?} arrives")) };
        self.open.insert(heard.id.clone(), frame);
        Ok(Some(heard))
    }

    fn note_durable(&mut self, message: &MessageId) -> Result<(), String> {
        self.side.settled.note(std::slice::from_ref(message));
        let frame = self.open.remove(message).ok_or("nobody said it")?;
        let acknowledged = async {
            while !is_acknowledged(&self.sim, &frame).await {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let waited = self.runtime.block_on(async { timeout(PATIENCE, acknowledged).await });
        waited.map_err(|_| "it is not acknowledged".to_owned())
    }

    fn show(&mut self, delivery: &Delivery, now: Timestamp) -> Result<Delivery, Attempt> {
        stop_clock(now.as_millis());
        match self.runtime.block_on(self.side.mouth.deliver(delivery)) {
            Ok(()) => Ok(self.seen(delivery)),
            Err(Undelivered::Later { pause, .. }) => Err(Attempt::Failed(pause)),
            Err(Undelivered::Never(_)) => Err(Attempt::Refused),
        }
    }

    fn set_up(&mut self, is_up: bool) {
        self.tell("set", json!({"down": !is_up}));
    }

    fn restart(&mut self) {
        // Otherwise it would connect again, and hear what is meant for whoever takes its place.
        self.side.heard.close();
        self.tell("stream", json!({"do": "kill"}));
        self.side = Side::new(&self.runtime, &self.client, self.confirmations);
    }
}

async fn is_acknowledged(sim: &Sim, frame: &Value) -> bool {
    let acks = sim.control("acks", Value::Null).await;
    acks["acks"].as_array().unwrap().iter().any(|ack| ack["headers"]["messageId"] == *frame)
}

/// What somebody says, as the platform delivers it: whom they picked from the list of a group's members stands beside
/// the text.
fn message(heard: &Heard, people: &BTreeSet<String>) -> Value {
    let mut text: String = heard.body.text().chars().filter(|c| *c != SLOT).collect();
    let (place, picked) = match &heard.conversation {
        Conversation::Group(group) => (group.as_str(), heard.body.mentions()),
        // There is no list to pick from.
        Conversation::Direct(_) => ("dm", [].as_slice()),
    };
    let label = picked.iter().find_map(|mention| mention.label.as_deref());
    let picked = picked.iter().filter(|mention| !mention.is_usher).map(|mention| mention.id.as_str());
    let mut picked: Vec<_> = picked.map(str::to_owned).collect();
    // In a group, nobody types whom they can pick.
    if place != "dm"
        && let Some((verb, rest)) = text.split_once(" @")
        && !verb.contains(char::is_whitespace)
        && let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""))
        && people.contains(id)
    {
        picked.push(id.to_owned());
        text = format!("{verb} {rest}");
    }
    let mut more = json!({"createAt": heard.sent_at.as_millis()});
    let (typed, shape) = match (heard.origin, label) {
        (Origin::Forwarded, _) => ("", json!({"msgtype": "chatRecord", "content": {"summary": text}})),
        (Origin::Quoted, _) => {
            let quoted = json!({"msgType": "text", "content": {"text": text}});
            ("", json!({"text": {"content": "", "isReplyMsg": true, "repliedMsg": quoted}}))
        }
        (_, Some(label)) => {
            let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
            let parts =
                ["@usher", &format!(" {verb} "), &format!("@{}", label.trim_start_matches('@')), rest];
            let parts: Vec<_> = parts.iter().map(|part| json!({"text": part})).collect();
            ("", json!({"msgtype": "richText", "content": {"richText": parts}}))
        }
        _ => (text.as_str(), json!({})),
    };
    more.as_object_mut().unwrap().extend(shape.as_object().unwrap().clone());
    json!({
        "conversation": place, "sender": heard.sender.as_str(), "text": typed, "id": heard.id.as_str(),
        "mentions": picked, "merge": more,
    })
}

/// What a reader sees of a message, and its number.
fn read(markdown: &str) -> (String, String) {
    let (mut text, mut number) = (String::new(), String::new());
    let (mut is_number, mut begins_item) = (false, false);
    let end_line = |text: &mut String| {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n')
        }
    };
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => is_number = true,
            Event::End(TagEnd::Heading(_)) => is_number = false,
            Event::Text(words) if is_number => number.push_str(&words),
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::Start(Tag::Item) => {
                end_line(&mut text);
                text.push_str("- ");
                begins_item = true;
                continue;
            }
            Event::Start(Tag::Paragraph) if !begins_item => end_line(&mut text),
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Strong) | Event::End(_) => {}
            other => panic!("{other:?} in {markdown}"),
        }
        begins_item = false;
    }
    (text, number)
}
