//! The program is killed at random moments while three admins delete people and ask who they are.
//!
//! `USHER_KILLS=100 cargo test --test dingtalk killed` kills more often.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::stage::{Stage, code, command, demo, password};

/// Who deletes people where: nobody shares a group.
const ADMINS: [(&str, &str); 3] = [("alice", "ops"), ("mei", "all"), ("olivia", "rd-group")];
/// A call that was to be made when the program died is made only after it was read five times that it was not.
const UNTIL_CALLED_AGAIN: Duration = Duration::from_secs(150);
const DELETE: &str = "/topapi/v2/user/delete";

/// Everything that was said to the program and by it, over all its lives.
struct Talk {
    stage: Stage,
    /// What people said that may not be acknowledged yet, in order.
    said: Vec<Value>,
    /// How many of the program's messages were read.
    read: usize,
    /// Each message, by its number.
    words: BTreeMap<String, Value>,
    /// The numbers that were shown in this life.
    shown: BTreeSet<String>,
    /// How many messages were shown in this life that had been shown before, by where they went.
    again: BTreeMap<String, usize>,
    repeats: usize,
    questions: usize,
    asked: BTreeMap<&'static str, usize>,
    done: BTreeMap<&'static str, usize>,
    is_ending: bool,
}

/// The demo organisation, with people to delete.
fn organisation(most: usize) -> Value {
    let mut organisation = demo();
    for (admin, _) in ADMINS {
        for number in 0..most {
            let id = person(admin, number);
            let person = json!({"id": id, "name": format!("同事 {id}"), "departments": ["hq"]});
            organisation["people"].as_array_mut().unwrap().push(person);
        }
    }
    organisation
}

fn person(admin: &str, number: usize) -> String {
    format!("{admin}-{number}")
}

impl Talk {
    fn new(stage: Stage) -> Self {
        Self {
            stage,
            said: Vec::new(),
            read: 0,
            words: BTreeMap::new(),
            shown: BTreeSet::new(),
            again: BTreeMap::new(),
            repeats: 0,
            questions: 0,
            asked: BTreeMap::new(),
            done: BTreeMap::new(),
            is_ending: false,
        }
    }

    async fn say(&mut self, place: &str, sender: &str, text: &str, mentions: &[&str]) {
        let said = self.stage.say(place, sender, text, mentions).await;
        self.said.push(said);
    }

    async fn ask(&mut self, admin: &'static str, group: &str) {
        let number = self.asked.entry(admin).or_default();
        let person = person(admin, *number);
        *number += 1;
        self.say(group, admin, "/删除", &[&person]).await;
    }

    /// Reads what the program says, and answers what is new, for so long.
    async fn listen(&mut self, span: Duration) {
        let until = Instant::now() + span;
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            let more = self.stage.sim.control_after(self.read as u64);
            if let Ok(sent) = tokio::time::timeout(rest, more).await {
                self.take(sent["messages"].as_array().unwrap()).await;
            }
        }
    }

    async fn take(&mut self, sent: &[Value]) {
        for message in sent {
            let text = message["text"].as_str().unwrap();
            let number = text.rsplit("###### #").next().unwrap().to_owned();
            assert!(self.shown.insert(number.clone()), "#{number} is shown twice in one life: {text}");
            let mut words = message.clone();
            // A repeat may go another way.
            for key in ["seq", "key", "via"] {
                words[key] = Value::Null;
            }
            match self.words.get(&number) {
                Some(first) => {
                    assert_eq!(*first, words, "a repeat has the words and the place of its first");
                    let place = format!("{} {}", words["conversation"], words["person"]);
                    *self.again.entry(place).or_default() += 1;
                }
                None => {
                    self.words.insert(number, words);
                    self.answer(message).await;
                }
            }
        }
        self.read += sent.len();
    }

    async fn answer(&mut self, message: &Value) {
        let text = message["text"].as_str().unwrap();
        let is_theirs =
            |(id, group): &(&str, &str)| message["conversation"] == *group || message["person"] == *id;
        let Some((id, group)) = ADMINS.into_iter().find(is_theirs) else { return };
        if text.contains("无法撤销") {
            self.say(group, id, &format!("确认 {}", code(message)), &[]).await;
        } else if text.contains("在这里输入你的密码") {
            self.say("dm", id, &password(id), &[]).await;
        } else if text.contains("已删除") {
            *self.done.entry(id).or_default() += 1;
            if !self.is_ending {
                self.ask(id, group).await;
            }
        }
    }

    /// How many messages say who somebody is.
    fn answers(&self) -> usize {
        self.words.values().filter(|words| words["text"].as_str().unwrap().starts_with("你是")).count()
    }

    /// Each question was answered once, and whoever was to be deleted was deleted once.
    async fn check(&mut self, kills: usize) {
        self.listen(Duration::from_secs(1)).await;
        assert_eq!(self.answers(), self.questions, "one answer for each question");
        let calls = self.stage.sim.control("calls", Value::Null).await;
        let calls: Vec<_> =
            calls["calls"].as_array().unwrap().iter().filter(|call| call["path"] == DELETE).collect();
        let state = self.stage.sim.control("state", Value::Null).await;
        for (id, asked) in &self.asked {
            for number in 0..*asked {
                let person = person(id, number);
                let times = calls.iter().filter(|call| call["body"]["userid"] == *person).count();
                assert_eq!(times, 1, "{person} is deleted once");
                assert!(state["users"][&person].is_null(), "{person} is gone");
            }
        }
        let (shown, deleted) = (self.words.len(), calls.len());
        println!(
            "{kills} kills: {} questions, {deleted} deletions, {shown} messages, {} of them repeated",
            self.questions, self.repeats
        );
        assert!(deleted > 0, "nobody was ever deleted");
        let verified = command(self.stage.room.path(), &["audit", "verify", "--db", "usher.db"]).status();
        assert!(verified.unwrap().success());
    }

    /// The program is killed, and lives again.
    async fn kill(&mut self) {
        self.stage.kill().await;
        // The platform reads what the dead have sent.
        self.listen(Duration::from_millis(100)).await;
        // What was under way, and what was not yet noted as shown.
        assert!(self.again.values().all(|times| *times <= 2), "{:?}", self.again);
        self.repeats += self.again.values().sum::<usize>();
        self.again.clear();
        self.shown.clear();
        self.stage.start().await;
        self.deliver_again().await;
    }

    /// Delivers everything again that was not acknowledged, as the platform does.
    async fn deliver_again(&mut self) {
        let acks = self.stage.sim.control("acks", Value::Null).await;
        let acks: BTreeSet<&str> = acks["acks"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|ack| ack["headers"]["messageId"].as_str())
            .collect();
        self.said.retain(|said| said["frame"].as_str().is_none_or(|frame| !acks.contains(frame)));
        for said in &mut self.said {
            let again = json!({"do": "redeliver", "id": said["msgId"]});
            said["frame"] = self.stage.sim.control("stream", again).await["frame"].clone();
        }
    }
}

#[tokio::test]
async fn a_killed_program_loses_nothing_and_does_nothing_twice() {
    let kills = std::env::var("USHER_KILLS").map_or(6, |kills| kills.parse().unwrap());
    let people = ADMINS.map(|(id, _)| id);
    let settings = "[limits]\nirreversible_per_hour = 100000";
    // More than can be deleted in so many lives, of a second each.
    let stage = Stage::with_passwords(settings, &organisation(4 * kills + 20), &people).await;
    let mut talk = Talk::new(stage);
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_127);
    for (id, group) in ADMINS {
        talk.ask(id, group).await;
    }
    for _ in 0..kills {
        if chance.next_u32().is_multiple_of(2) {
            talk.stage.fault(DELETE, "lose_answer", 1).await;
        }
        for (id, group) in ADMINS {
            for place in [group, "dm", group, "dm", group] {
                talk.say(place, id, "/whoami", &[]).await;
                talk.questions += 1;
            }
        }
        talk.listen(Duration::from_millis(u64::from(chance.next_u32() % 900))).await;
        talk.kill().await;
    }
    talk.is_ending = true;
    let since = Instant::now();
    while talk.asked != talk.done || talk.answers() < talk.questions {
        assert!(since.elapsed() < UNTIL_CALLED_AGAIN, "asked {:?}, done {:?}", talk.asked, talk.done);
        talk.deliver_again().await;
        talk.listen(Duration::from_millis(200)).await;
    }
    talk.check(kills).await;
}
