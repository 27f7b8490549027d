//! The bot, in memory and with a clock that is a number: what people say goes in, and what it says comes out.

use std::path::Path;

use serde_json::Value;
use usher::domain::{
    Body, Conversation, GroupId, Heard, MessageId, Origin, PersonId, Policy, Roster, Timestamp,
};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::secrets;
use usher::store::Store;

/// One message of the bot.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) kind: String,
    pub(crate) fields: Value,
}

/// The bot.
pub(crate) struct Stage {
    bot: Bot,
    now: Timestamp,
    heard: usize,
}

impl Stage {
    pub(crate) fn new(roster: &Roster) -> Self {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let mut store = Store::open_with_vfs(Path::new("usher.db"), "memdb").unwrap();
        store.transact(|tx| tx.replace(roster, now)).unwrap();
        let policy = Policy { messages_per_minute: 1_000_000, ..Policy::default() };
        let bot = Bot::new(store, policy, Chance::seeded(1)).unwrap();
        Self { bot, now, heard: 0 }
    }

    /// Somebody says something in a group, or to the bot alone in `dm`.
    pub(crate) fn say(&mut self, who: &str, place: &str, text: &str) -> Vec<Said> {
        self.heard += 1;
        let sender = PersonId::new(who);
        let conversation = match place {
            "dm" => Conversation::Direct(sender.clone()),
            group => Conversation::Group(GroupId::new(group)),
        };
        self.handle(&[Event::Heard(Heard {
            id: MessageId::new(format!("m{}", self.heard)),
            conversation,
            sender,
            body: Body::plain(text),
            sent_at: self.now,
            origin: Origin::FirstHand,
        })])
    }

    fn handle(&mut self, events: &[Event]) -> Vec<Said> {
        let Handled { deliveries, asides, deferred, .. } = self.bot.handle(events, self.now).unwrap();
        let mut said: Vec<_> = deliveries
            .into_iter()
            .map(|delivery| Said {
                kind: delivery.kind,
                fields: serde_json::from_str(&delivery.fields).unwrap(),
            })
            .collect();
        let now = self.now;
        let answers = asides.into_iter().map(|Aside { heard, mut findings, search }| {
            let Search::Secret(credentials) = search else { panic!("there is no backend to ask") };
            findings.verdict = Some(secrets::judge(heard.body.text(), &credentials, now));
            Event::Answered(heard, findings, Vec::new())
        });
        let next: Vec<_> = answers.chain(deferred).collect();
        if !next.is_empty() {
            said.extend(self.handle(&next));
        }
        said
    }
}
