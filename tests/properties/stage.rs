//! The bot with a clock that is a number: what people say goes in, and what it says comes out.

use std::path::Path;

use serde_json::Value;
use usher::domain::{
    Body, Conversation, Fault, GroupId, Heard, MessageId, Origin, PersonId, Policy, Roster, Sighting, Span,
    Timestamp,
};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::secrets;
use usher::store::{Store, Tx};

use crate::world::NOW;

/// One message of the bot.
#[derive(Debug)]
pub(crate) struct Said {
    id: i64,
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) fields: Value,
    pub(crate) text: String,
}

/// The bot.
pub(crate) struct Stage {
    bot: Bot,
    pub(crate) now: Timestamp,
    heard: usize,
}

impl Stage {
    /// In memory, where everything is lost with the stage.
    pub(crate) fn new(roster: &Roster, policy: Policy) -> Self {
        Self::with(Store::open_with_vfs(Path::new("usher.db"), "memdb").unwrap(), roster, policy)
    }

    /// On the disk.
    pub(crate) fn at(path: &Path, roster: &Roster, policy: Policy) -> Self {
        Self::with(Store::open(path).unwrap(), roster, policy)
    }

    fn with(mut store: Store, roster: &Roster, policy: Policy) -> Self {
        store.transact(|tx| tx.replace(roster, NOW)).unwrap();
        let policy = Policy { messages_per_minute: 1_000_000, irreversible_per_hour: 1_000_000, ..policy };
        Self { bot: Bot::new(store, policy, Chance::seeded(1)).unwrap(), now: NOW, heard: 0 }
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

    /// The organisation changes elsewhere.
    pub(crate) fn see(&mut self, sighting: Sighting) -> Vec<Said> {
        self.handle(&[Event::Seen(vec![sighting])])
    }

    /// Time passes, and what was due meanwhile is done.
    pub(crate) fn wait(&mut self, span: Span) -> Vec<Said> {
        self.now = self.now + span;
        self.handle(&[])
    }

    /// What was said has reached everybody.
    pub(crate) fn deliver(&mut self, said: &[Said]) {
        let delivered: Vec<_> = said.iter().map(|said| Event::Delivered(said.id)).collect();
        assert!(self.handle(&delivered).is_empty());
    }

    /// What was said has reached nobody, for so long that it is given up.
    pub(crate) fn give_up(&mut self, said: &[Said]) {
        let buried: Vec<_> = said.iter().map(|said| Event::Buried(said.id)).collect();
        assert!(self.handle(&buried).is_empty());
    }

    pub(crate) fn read<T>(&mut self, read: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> T {
        self.bot.store().transact(|tx| read(tx)).unwrap()
    }

    fn handle(&mut self, events: &[Event]) -> Vec<Said> {
        let Handled { deliveries, asides, deferred, .. } = self.bot.handle(events, self.now).unwrap();
        let mut said: Vec<_> = deliveries
            .into_iter()
            .map(|delivery| Said {
                id: delivery.id,
                to: delivery.to.to_string(),
                kind: delivery.kind,
                fields: serde_json::from_str(&delivery.fields).unwrap(),
                text: delivery.text,
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
