//! How messages go out: by the session's address while it lives, else by the robot's calls or a group's custom robot.
//!
//! Sources: robot-message-type, the-robot-sends-a-group-message, chatbots-send-one-on-one-chat-messages-in-batches,
//! custom-robots-send-group-messages, upload-media-files, register-card-callback-address.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::card;
use super::webhooks::Webhooks;
use crate::adapter::{Sink, Undelivered};
use crate::dingtalk::{Client, Error, card_secret, signature, texts};
use crate::domain::{Attachment, Conversation, Delivery, GroupId, PersonId, Span, Timestamp};
use crate::wording::markup::{markdown, plain};

/// The longest text of one message, in bytes: `msgParam` takes 15,000 with everything in it, escaped.
const LONGEST: usize = 5_000;
/// The longest title, in characters; it is what a list of chats shows.
const LONGEST_TITLE: usize = 40;
/// How long nothing is tried when the settings are wrong, or the month's calls are used up.
const WHILE_MISCONFIGURED: Span = Span::from_mins(5);
const WHILE_QUOTA_IS_SPENT: Span = Span::from_mins(60);
/// A custom robot may send 20 messages a minute; one more, and it is silent for ten.
const A_MINUTE: usize = 18;
const MINUTE: Span = Span::from_secs(60);

/// The robot as which Usher speaks.
#[derive(Clone, Debug)]
pub struct Robot {
    /// Its code; for an in-house application the Client ID.
    pub code: String,
    /// How confirmations are cards; without, they are messages.
    pub cards: Option<Cards>,
}

/// How confirmations are cards.
#[derive(Clone, Debug)]
pub struct Cards {
    /// Their template.
    pub template: String,
    /// The address to which presses are posted; none where they come over the Stream connection.
    pub url: Option<String>,
}

/// A group's custom robot, for groups that the robot itself is not in.
#[derive(Clone)]
pub struct CustomRobot {
    /// Its address, with its token.
    pub url: Zeroizing<String>,
    /// The secret of its signature.
    pub secret: Zeroizing<String>,
}

/// What speaks on DingTalk.
pub struct Mouth {
    client: Arc<Client>,
    webhooks: Arc<Webhooks>,
    robot: Robot,
    custom: BTreeMap<GroupId, Custom>,
    /// The route by which presses come, once the platform knows it.
    route: OnceCell<String>,
}

struct Custom {
    robot: CustomRobot,
    /// When it has sent lately.
    sent: Mutex<VecDeque<Timestamp>>,
}

impl Mouth {
    /// Speaks as this robot, and in these groups by their custom robots.
    pub fn new(
        client: Arc<Client>,
        webhooks: Arc<Webhooks>,
        robot: Robot,
        custom: BTreeMap<GroupId, CustomRobot>,
    ) -> Self {
        let custom =
            custom.into_iter().map(|(group, robot)| (group, Custom { robot, sent: Mutex::default() }));
        Self { client, webhooks, robot, custom: custom.collect(), route: OnceCell::new() }
    }

    /// The route by which presses of buttons come in the HTTP mode. The platform is told at the first call, and again at
    /// the next when that failed.
    ///
    /// # Errors
    /// How the platform answered; then there are no cards.
    pub async fn route(&self) -> Result<Option<&str>, Error> {
        let Some(url) = self.robot.cards.as_ref().and_then(|cards| cards.url.as_ref()) else {
            return Ok(None);
        };
        let register = || async {
            let settings = self.client.settings();
            let route = format!("usher-{}", settings.client_id);
            let call = card::register(&route, url, &card_secret(&settings.client_secret));
            let path = "/v1.0/card/callbacks/register";
            self.client.call_new(Method::POST, path, &[], Some(&call)).await.map(|_| route)
        };
        self.route.get_or_try_init(register).await.map(|route| Some(route.as_str()))
    }

    async fn say(&self, delivery: &Delivery) -> Result<(), Error> {
        let text = markdown(&delivery.text);
        let title = title(&plain(&delivery.text));
        let code = code(delivery);
        if let (Some(cards), Some(code)) = (&self.robot.cards, &code) {
            if delivery.kind == "confirm_request" && card::fits(&text) {
                match self.create_card(&cards.template, code, &delivery.to, &title, &text).await {
                    Err(Error::Refused { code, message, .. }) => {
                        tracing::warn!(code, message, "no card can be shown; a message is sent instead");
                    }
                    done => return done,
                }
            }
            if is_closing(&delivery.kind) {
                self.close_card(code, &delivery.to, &title).await;
            }
        }
        let mut parts = split(&text);
        if let Some(last) = parts.last_mut() {
            last.push_str(&format!("\n\n###### #{}", delivery.id));
        }
        for (number, part) in parts.iter().enumerate() {
            self.send(delivery, number, &title, part).await?;
        }
        match &delivery.attachment {
            Some(file) => self.send_file(&delivery.to, file).await,
            None => Ok(()),
        }
    }

    /// Sends one part of a message.
    async fn send(&self, delivery: &Delivery, part: usize, title: &str, text: &str) -> Result<(), Error> {
        if let Some(message) = &delivery.in_reply_to
            && let Some(webhook) = self.webhooks.get(message, &delivery.to, self.client.now())
        {
            let body = json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}});
            match self.client.post(&webhook.url, &[], &body).await {
                // Its time is over, whatever it said; there are other ways.
                Err(Error::Refused { .. } | Error::Misconfigured(_)) => self.webhooks.forget(message),
                done => return done,
            }
        }
        match &delivery.to {
            Conversation::Group(group) => match self.custom.get(group) {
                Some(custom) => {
                    // What the robot has seen under this name it drops: another part, and the same number in a new
                    // database, are other messages.
                    let name = format!("usher-{}-{}-{part}", delivery.created.as_millis(), delivery.id);
                    self.send_by_custom_robot(custom, &name, title, text).await
                }
                None => {
                    let param = json!({"title": title, "text": text});
                    self.send_to_group(group, "sampleMarkdown", &param).await
                }
            },
            Conversation::Direct(person) => {
                let param = json!({"title": title, "text": text});
                self.send_to_person(person, "sampleMarkdown", &param).await
            }
        }
    }

    async fn send_to_group(&self, group: &GroupId, key: &str, param: &Value) -> Result<(), Error> {
        let body = json!({
            "robotCode": self.robot.code,
            "openConversationId": group.as_str(),
            "msgKey": key,
            "msgParam": param.to_string(),
        });
        self.client.call_new(Method::POST, "/v1.0/robot/groupMessages/send", &[], Some(&body)).await.map(drop)
    }

    /// An answer of success may still name people who did not get it.
    async fn send_to_person(&self, person: &PersonId, key: &str, param: &Value) -> Result<(), Error> {
        let body = json!({
            "robotCode": self.robot.code,
            "userIds": [person.as_str()],
            "msgKey": key,
            "msgParam": param.to_string(),
        });
        let answer =
            self.client.call_new(Method::POST, "/v1.0/robot/oToMessages/batchSend", &[], Some(&body)).await?;
        let is_listed = |list: &str| texts(&answer[list]).iter().any(|id| id == person.as_str());
        if is_listed("invalidStaffIdList") {
            let (code, message) = ("invalidStaffIdList".to_owned(), format!("{person} can't be written to"));
            return Err(Error::Refused { code, message, scopes: Vec::new() });
        }
        if is_listed("flowControlledStaffIdList") { Err(Error::Throttled(MINUTE)) } else { Ok(()) }
    }

    async fn send_by_custom_robot(
        &self,
        custom: &Custom,
        name: &str,
        title: &str,
        text: &str,
    ) -> Result<(), Error> {
        let now = self.client.now();
        {
            let mut sent = custom.sent.lock().unwrap_or_else(PoisonError::into_inner);
            while sent.front().is_some_and(|at| *at + MINUTE <= now) {
                sent.pop_front();
            }
            if let (A_MINUTE.., Some(first)) = (sent.len(), sent.front()) {
                return Err(Error::Throttled(*first + MINUTE - now));
            }
            sent.push_back(now);
        }
        let millis = now.as_millis();
        let (time, sign) = (millis.to_string(), signature(millis, &custom.robot.secret));
        let body = json!({
            "msgtype": "markdown",
            "markdown": {"title": title, "text": text},
            "msgUuid": name,
        });
        self.client.post(&custom.robot.url, &[("timestamp", &time), ("sign", &sign)], &body).await
    }

    async fn create_card(
        &self,
        template: &str,
        code: &str,
        to: &Conversation,
        title: &str,
        body: &str,
    ) -> Result<(), Error> {
        let call = card::create(template, self.route().await?, &self.robot.code, code, to, title, body);
        let path = "/v1.0/card/instances/createAndDeliver";
        let answer = self.client.call_new(Method::POST, path, &[], Some(&call)).await?;
        // The outer success is not enough: each place tells for itself.
        let results = crate::dingtalk::list(&answer["result"]["deliverResults"]);
        match results.iter().find(|result| !crate::dingtalk::boolean(&result["success"])) {
            Some(result) => Err(Error::Refused {
                code: "deliverResults".to_owned(),
                message: result["errorMsg"].as_str().unwrap_or_default().to_owned(),
                scopes: Vec::new(),
            }),
            None => Ok(()),
        }
    }

    /// Shows on the card how it ended. The message that says so goes out in any case.
    async fn close_card(&self, code: &str, to: &Conversation, result: &str) {
        let call = card::close(code, to, result);
        let closed = self.client.call_new(Method::PUT, "/v1.0/card/instances", &[], Some(&call)).await;
        if let Err(error) = closed {
            tracing::warn!(code, %error, "a card still shows its buttons; pressing them does nothing");
        }
    }

    /// A file goes as an archive: the platform takes no plain text.
    async fn send_file(&self, to: &Conversation, file: &Attachment) -> Result<(), Error> {
        let Conversation::Direct(person) = to else {
            return Ok(());
        };
        let (name, archive) = archive(file)?;
        let media = self.client.upload(&name, &archive).await?;
        let param = json!({"mediaId": media, "fileName": name, "fileType": "zip"});
        self.send_to_person(person, "sampleFile", &param).await
    }
}

impl Sink for Mouth {
    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let later = |why: Error, pause| Err(Undelivered::Later { why: why.to_string(), pause });
        match self.say(delivery).await {
            Ok(()) => Ok(()),
            Err(error @ Error::Refused { .. }) => Err(Undelivered::Never(error.to_string())),
            Err(Error::Throttled(pause)) => later(Error::Throttled(pause), Some(pause)),
            Err(error @ Error::QuotaSpent) => later(error, Some(WHILE_QUOTA_IS_SPENT)),
            Err(error @ Error::Misconfigured(_)) => later(error, Some(WHILE_MISCONFIGURED)),
            Err(error @ (Error::Unreachable(_) | Error::Unsure(_))) => later(error, None),
        }
    }
}

/// Whether the message says how an operation ended.
fn is_closing(kind: &str) -> bool {
    matches!(
        kind,
        "done" | "cancelled" | "expired" | "failed" | "denied" | "blocked" | "progress" | "secret_pending"
    )
}

fn code(delivery: &Delivery) -> Option<String> {
    let fields: Value = serde_json::from_str(&delivery.fields).ok()?;
    fields["code"].as_str().map(str::to_owned)
}

fn title(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(LONGEST_TITLE).collect()
}

/// The text in parts that fit, cut between lines where that can be.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while !rest.is_empty() {
            let part = parts.last_mut().expect("there is one from the beginning");
            if part.len() + rest.len() <= LONGEST {
                part.push_str(rest);
                break;
            }
            if part.is_empty() {
                let end = (0..=LONGEST).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
                part.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            parts.push(String::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A file in an archive; gives the archive's name and bytes.
fn archive(file: &Attachment) -> Result<(String, Vec<u8>), Error> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let written = writer
        .start_file(file.name.as_str(), options)
        .and_then(|()| writer.write_all(file.content.as_bytes()).map_err(Into::into))
        .and_then(|()| writer.finish());
    let bytes = written.map_err(|error| Error::Unsure(format!("no archive could be made: {error}")))?;
    let name = file.name.rsplit_once('.').map_or(file.name.as_str(), |(name, _)| name);
    Ok((format!("{name}.zip"), bytes.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, split};

    #[test]
    fn a_long_message_is_cut_between_lines_and_loses_nothing() {
        let text = format!("first\n{}\nlast {}", "李".repeat(LONGEST), "x".repeat(10));
        let parts = split(&text);
        assert!(parts.len() > 2 && parts.iter().all(|part| part.len() <= LONGEST));
        assert_eq!(parts.concat(), text);
        assert_eq!(split("short"), ["short"]);
    }
}
