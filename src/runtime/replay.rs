//! Plays a transcript: the very bot of the program, with a clock that is a number.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::bot::{Aside, Bot, Event, Handled, Search};
use super::chance::Chance;
use super::chat::{Chat, Paper};
use super::dispatcher::{Attempt, Dispatcher};
use super::played::{Delivered, Played, Step};
use super::secrets::{self, Cost};
use crate::adapter::transcript::{
    Directive, Fault, Saying, Statement, asked_code, expect_words, pieces, read,
};
use crate::config::Config;
use crate::domain::{
    Body, Conversation, Delivery, Heard, MessageId, Operation, Origin, PersonId, Span, Timestamp,
};
use crate::exchange::{self, Flaw};
use crate::store::Store;

/// The time at which a transcript begins that does not say when.
const BEGIN: &str = "2026-11-22T09:00:00+08:00";

/// Plays a transcript; files that it names are looked for beside it, then in the folders above.
///
/// # Errors
/// The first statement that can't be read or carried out.
pub fn play(text: &str, folder: &Path) -> Result<Played, Fault> {
    play_on(&mut Paper::default(), text, folder)
}

/// Plays a transcript on a chat.
///
/// # Errors
/// The first statement that can't be read or carried out.
pub fn play_on(chat: &mut dyn Chat, text: &str, folder: &Path) -> Result<Played, Fault> {
    let statements = read(text)?;
    let room = tempfile::tempdir()
        .map_err(|error| Fault { line: 0, what: format!("no room for a database: {error}") })?;
    let mut player = Player::new(chat, folder, room.path());
    player.given = statements.iter().filter_map(given_id).cloned().collect();
    for statement in &statements {
        let line = statement.line();
        match statement {
            Statement::Aside(_) | Statement::Expect(..) => {}
            Statement::Do(_, directive) => {
                player.begin(line);
                player.direct(directive).map_err(|what| Fault { line, what })?;
            }
            Statement::Say(_, saying) => {
                player.begin(line);
                player.say(saying).map_err(|what| Fault { line, what })?;
            }
        }
    }
    let line = statements.last().map_or(0, Statement::line);
    let state = player.state().map_err(|what| Fault { line, what })?;
    let zone = player.zone.clone();
    let delivered = player.steps.iter().flat_map(|step| &step.delivered);
    let messages = delivered.enumerate().map(|(index, message)| message.to_json(index + 1, &zone)).collect();
    Ok(Played { statements, steps: player.steps, state, messages })
}

fn given_id(statement: &Statement) -> Option<&MessageId> {
    match statement {
        Statement::Say(_, saying) => saying.marks.id.as_ref(),
        _ => None,
    }
}

struct Player<'a> {
    chat: &'a mut dyn Chat,
    folder: &'a Path,
    room: &'a Path,
    database: PathBuf,
    organisation: Option<String>,
    config: Config,
    chance: Chance,
    now: Timestamp,
    zone: String,
    running: Option<Running>,
    heard: usize,
    /// The ids that the transcript gives messages; no other message has one of them.
    given: BTreeSet<MessageId>,
    last: Option<Heard>,
    codes: Vec<(Conversation, String)>,
    steps: Vec<Step>,
}

/// What a crash loses.
struct Running {
    bot: Bot,
    dispatcher: Dispatcher,
}

/// Hashes a password of an organisation file at next to no cost.
fn hash(password: &str) -> String {
    secrets::hash(password, Cost::Token, &mut Chance::seeded(0))
}

impl<'a> Player<'a> {
    fn new(chat: &'a mut dyn Chat, folder: &'a Path, room: &'a Path) -> Self {
        Self {
            chat,
            folder,
            room,
            database: room.join("usher-0.db"),
            organisation: None,
            config: Config::default(),
            chance: Chance::seeded(0),
            now: Timestamp::parse(BEGIN).expect("a constant instant"),
            zone: "UTC".to_owned(),
            running: None,
            heard: 0,
            given: BTreeSet::new(),
            last: None,
            codes: Vec::new(),
            steps: vec![Step::default()],
        }
    }

    fn begin(&mut self, line: usize) {
        self.steps.push(Step { line, delivered: Vec::new() });
    }

    fn direct(&mut self, directive: &Directive) -> Result<(), String> {
        match directive {
            Directive::Crash => self.crash(),
            Directive::Merge(json) => self.merge(json),
            Directive::Now(time) => self.pass(*time),
            Directive::Org(file) => self.import(file),
            Directive::Platform(is_up) => {
                self.chat.set_up(*is_up);
                if let (true, Some(running)) = (*is_up, &mut self.running) {
                    running.dispatcher.retry_now();
                }
                self.settle()
            }
            Directive::Redeliver => match self.last.clone() {
                Some(heard) => self.hear(heard),
                None => Err("nothing was said yet that could be delivered again".to_owned()),
            },
            Directive::Restart => self.restart(),
            Directive::Seed(seed) => {
                self.chance = Chance::seeded(*seed);
                if let Some(running) = &mut self.running {
                    running.bot.set_chance(Chance::seeded(*seed));
                }
                Ok(())
            }
            Directive::Set(setting) => self.set(setting),
            Directive::Wait(span) => self.wait(*span),
        }
    }

    fn set(&mut self, setting: &str) -> Result<(), String> {
        self.config.read(setting).map_err(|error| error.to_string())?;
        if let Some(running) = &mut self.running {
            running.bot.set_policy(self.config.policy.clone()).map_err(|fault| fault.to_string())?;
            running.dispatcher.set_give_up(self.config.give_up);
        }
        Ok(())
    }

    fn import(&mut self, file: &str) -> Result<(), String> {
        if self.running.is_some() {
            return Err("!org must stand before the first message".to_owned());
        }
        let found = self.folder.ancestors().map(|folder| folder.join(file)).find(|path| path.is_file());
        let path =
            found.ok_or_else(|| format!("there is no file {file} beside the transcript or above it"))?;
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        self.organisation = Some(text);
        self.running().map(drop)
    }

    /// The running bot; the first call starts it.
    fn running(&mut self) -> Result<&mut Running, String> {
        if self.running.is_none() {
            let mut store = Store::open_fleeting(&self.database).map_err(|error| error.to_string())?;
            let text = self.organisation.as_deref().unwrap_or(exchange::demo());
            let roster = exchange::parse(text, &hash).map_err(|flaws| listed(&flaws))?;
            self.zone.clone_from(&roster.organisation.timezone);
            let now = self.now;
            store.transact(|tx| tx.replace(&roster, now)).map_err(|fault| fault.to_string())?;
            self.start(store)?;
        }
        Ok(self.running.as_mut().expect("started above"))
    }

    fn start(&mut self, store: Store) -> Result<(), String> {
        let chance = std::mem::replace(&mut self.chance, Chance::seeded(0));
        let mut bot =
            Bot::new(store, self.config.policy.clone(), chance).map_err(|fault| fault.to_string())?;
        let mut dispatcher = Dispatcher::new(self.config.give_up);
        dispatcher.push(bot.waiting().map_err(|fault| fault.to_string())?);
        self.running = Some(Running { bot, dispatcher });
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.running()?;
        self.stop();
        let store = Store::open_fleeting(&self.database).map_err(|error| error.to_string())?;
        self.start(store)?;
        self.handle(&[])
    }

    /// What the disk has at this moment is all that is left: not even the database is closed.
    fn crash(&mut self) -> Result<(), String> {
        self.running()?;
        let next = self.room.join(format!("usher-{}.db", self.steps.len()));
        for suffix in ["", "-wal"] {
            let from = with_suffix(&self.database, suffix);
            if from.is_file() {
                fs::copy(&from, with_suffix(&next, suffix)).map_err(|error| error.to_string())?;
            }
        }
        self.stop();
        self.database = next;
        let store = Store::open_fleeting(&self.database).map_err(|error| error.to_string())?;
        self.start(store)?;
        self.handle(&[])
    }

    fn stop(&mut self) {
        self.chat.restart();
        if let Some(Running { bot, .. }) = self.running.take() {
            self.chance = bot.into_chance();
        }
    }

    fn merge(&mut self, json: &str) -> Result<(), String> {
        let now = self.now;
        let store = self.running()?.bot.store();
        let current = store.transact(|tx| tx.export()).map_err(|fault| fault.to_string())?;
        let roster = exchange::merge(&current, json, &hash).map_err(|flaws| listed(&flaws))?;
        store.transact(|tx| tx.replace(&roster, now)).map_err(|fault| fault.to_string())
    }

    fn wait(&mut self, span: Span) -> Result<(), String> {
        let until = self.now + span;
        self.pass(until)
    }

    /// Lets the time come, and everything that falls due until then, in its order.
    fn pass(&mut self, until: Timestamp) -> Result<(), String> {
        if self.running.is_none() || until < self.now {
            self.now = until;
            return Ok(());
        }
        loop {
            let running = self.running()?;
            let next = running.bot.next_wake().into_iter().chain(running.dispatcher.next_wake()).min();
            match next.filter(|next| *next <= until) {
                Some(next) => self.now = self.now.max(next),
                None => break,
            }
            self.handle(&[])?;
        }
        self.now = until;
        Ok(())
    }

    fn say(&mut self, saying: &Saying) -> Result<(), String> {
        self.running()?;
        let text = self.filled(saying)?;
        self.heard += 1;
        let id = saying.marks.id.clone().unwrap_or_else(|| self.own_id());
        self.hear(Heard {
            id,
            conversation: saying.conversation.clone(),
            sender: saying.sender.clone(),
            body: Body::new(pieces(&text, saying.marks.label.as_deref())),
            sent_at: saying.marks.sent.unwrap_or(self.now),
            origin: saying.marks.origin.unwrap_or(Origin::FirstHand),
        })
    }

    /// The id of a message that is given none: its number.
    fn own_id(&self) -> MessageId {
        let mut id = format!("m{}", self.heard);
        while self.given.contains(&MessageId::new(id.clone())) {
            id.push('+');
        }
        MessageId::new(id)
    }

    /// The text with its codes put in.
    fn filled(&mut self, saying: &Saying) -> Result<String, String> {
        let codes = self.codes.clone();
        let code = |place: Option<&str>| {
            let place = place.map_or_else(|| saying.conversation.to_string(), str::to_owned);
            let last = codes.iter().rev().find(|(asked, _)| asked.to_string() == place);
            last.map(|(_, code)| code.clone())
        };
        let now = self.now;
        let store = self.running()?.bot.store();
        let totp = |person: &str| {
            let person = PersonId::new(person);
            let credentials = store.transact(|tx| tx.credentials(&person)).ok().flatten()?;
            credentials.totp_secret.map(|secret| secrets::code(&secret, now))
        };
        expect_words(&saying.text, code, totp)
    }

    fn hear(&mut self, heard: Heard) -> Result<(), String> {
        self.last = Some(heard.clone());
        let Some(heard) = self.chat.bring(heard, self.now)? else { return Ok(()) };
        let id = heard.id.clone();
        self.handle(&[Event::Heard(heard)])?;
        self.chat.note_durable(&id)
    }

    /// Hands events in, and what comes of them, until nothing comes any more.
    fn handle(&mut self, events: &[Event]) -> Result<(), String> {
        let now = self.now;
        let running = self.running()?;
        let handled = running.bot.handle(events, now).map_err(|fault| fault.to_string())?;
        let Handled { deliveries, asides, deferred, .. } = handled;
        running.dispatcher.push(deliveries);
        let answers = asides.into_iter().map(|Aside { heard, mut findings, search }| {
            match search {
                Search::LookUp(_) => findings.looked_up = Some(Err("there is no backend".to_owned())),
                Search::Secret(credentials) => {
                    findings.verdict = Some(secrets::judge_said(&heard, &credentials, now));
                }
            }
            Event::Answered(heard, findings, Vec::new())
        });
        let next: Vec<Event> = answers.chain(deferred).collect();
        if next.is_empty() { self.settle() } else { self.handle(&next) }
    }

    /// Delivers what may be delivered.
    fn settle(&mut self) -> Result<(), String> {
        let now = self.now;
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        let mut letters: Vec<Delivery> = Vec::new();
        let mut events = Vec::new();
        while let Some(delivery) = running.dispatcher.next(now) {
            let attempt = match self.chat.show(&delivery, now) {
                Ok(seen) => {
                    letters.push(seen);
                    Attempt::Taken
                }
                Err(attempt) => attempt,
            };
            events.push(running.dispatcher.settle(delivery, attempt, now));
        }
        letters.sort_by_key(|delivery| delivery.id);
        for delivery in letters {
            self.codes.extend(asked_code(&delivery).map(|code| (delivery.to.clone(), code)));
            let step = self.steps.last_mut().expect("there is one from the beginning");
            step.delivered.push(Delivered { at: now, delivery });
        }
        if events.is_empty() { Ok(()) } else { self.handle(&events) }
    }

    fn state(&mut self) -> Result<Value, String> {
        let store = self.running()?.bot.store();
        store
            .transact(|tx| {
                let Value::Object(organisation) = exchange::to_json(&tx.export()?) else {
                    return Err(crate::domain::Fault("an organisation is a JSON object".to_owned()));
                };
                let mut state = Map::from_iter([("type".to_owned(), json!("state"))]);
                state.extend(organisation);
                let operations: Vec<_> = tx.operations()?.iter().map(operation_json).collect();
                let counts = tx.letter_counts()?;
                state.insert("operations".into(), json!(operations));
                let outbox = json!({ "queued": counts.queued, "sent": counts.sent, "dead": counts.dead });
                state.insert("outbox".into(), outbox);
                let verified = tx.verify_audit()?.is_ok();
                state.insert("audit".into(), json!({ "entries": tx.audit_entries()?, "verified": verified }));
                Ok(Value::Object(state))
            })
            .map_err(|fault| fault.to_string())
    }
}

fn operation_json(operation: &Operation) -> Value {
    json!({
        "code": operation.code.as_str(),
        "operation": operation.verb,
        "target": operation.target.as_str(),
        "requester": operation.requester.as_str(),
        "status": operation.state.as_str(),
    })
}

fn listed(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
