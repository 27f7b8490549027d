//! A bot whose organisation is remote, with a clock that is a number, and a backend that answers what a test says.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;
use usher::domain::{
    Approval, ApprovalId, ApprovalStatus, Backing, Body, CallFailure, Change, Code, Conversation, Delivery,
    Directory, Evidence, Fault, GroupId, Heard, Job, Memory, MessageId, Origin, Person, PersonId, Phrase,
    Policy, Request, Sighting, Span, State, Step, StepState, Text, Timestamp, Unknown, Way,
};
use usher::engine::Verdict;
use usher::runtime::bot::{Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::store::Store;

/// What the backend can do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Able {
    /// Everything but handing over, which is Usher's own matter.
    Alone,
    /// Nobody's departure: a person has to do that.
    WithAPerson,
}

impl Backing for Able {
    fn way(&self, step: &Change) -> Way {
        match step {
            Change::HandedOver { .. } => Way::Here,
            Change::PersonDeparted { .. } if *self == Self::WithAPerson => Way::Person(guide()),
            _ => Way::Call,
        }
    }

    fn looks_up(&self) -> bool {
        true
    }
}

/// What a person is told to do.
fn guide() -> Text {
    vec![Phrase::new("plain").text("text", "Open the console.")]
}

/// The bot, what it was told, and what it has said and asked.
pub(crate) struct Stage {
    folder: TempDir,
    bot: Option<Bot>,
    able: Able,
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
    /// What a look-up shows.
    pub(crate) looks: Result<Vec<Sighting>, Unknown>,
    /// What the backend was asked since the test looked last.
    requests: Vec<Request>,
    /// What was said since the test looked last.
    said: Vec<Delivery>,
    heard: usize,
    /// The operation that was asked for last.
    pub(crate) code: Option<Code>,
    pub(crate) look_ups: usize,
}

impl Stage {
    pub(crate) fn new(able: Able) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
        let mut stage = Self {
            folder,
            bot: None,
            able,
            policy,
            now: Timestamp::from_millis(1_795_000_000_000),
            looks: Ok(Vec::new()),
            requests: Vec::new(),
            said: Vec::new(),
            heard: 0,
            code: None,
            look_ups: 0,
        };
        let roster = include_str!("../transcripts/orgs/acme.json");
        let roster = usher::exchange::parse(roster, &|_| "a hash".to_owned()).unwrap();
        let now = stage.now;
        Store::open(&stage.path()).unwrap().transact(|tx| tx.replace(&roster, now)).unwrap();
        stage.start();
        stage
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("usher.db")
    }

    fn start(&mut self) {
        let store = Store::open(&self.path()).unwrap();
        let chance = Chance::seeded(self.heard as u64);
        self.bot = Some(Bot::with(store, Box::new(self.able), self.policy.clone(), chance).unwrap());
    }

    fn bot(&mut self) -> &mut Bot {
        self.bot.as_mut().unwrap()
    }

    /// The process dies and is started again; answers that were on their way are lost.
    pub(crate) fn restart(&mut self) {
        self.bot = None;
        self.requests.clear();
        self.start();
        self.handle(&[]);
    }

    pub(crate) fn handle(&mut self, events: &[Event]) {
        let now = self.now;
        let mut handled = self.bot().handle(events, now).unwrap();
        loop {
            let Handled { deliveries, asides, deferred, requests } = handled;
            for delivery in &deliveries {
                if delivery.kind == "confirm_request" {
                    self.code = Code::parse(fields(delivery)["code"].as_str().unwrap());
                }
            }
            self.said.extend(deliveries);
            self.requests.extend(requests);
            let mut next = Vec::new();
            for aside in asides {
                let (mut findings, mut sightings) = (aside.findings, Vec::new());
                match aside.search {
                    Search::LookUp(_) => {
                        self.look_ups += 1;
                        let looked = self.looks.clone();
                        findings.looked_up =
                            Some(looked.map(|seen| sightings = seen).map_err(|why| why.to_string()));
                    }
                    Search::Secret(_) => findings.verdict = Some(Verdict { password: true, step: None }),
                }
                next.push(Event::Answered(aside.heard, findings, sightings));
            }
            next.extend(deferred);
            if next.is_empty() {
                return;
            }
            handled = self.bot().handle(&next, now).unwrap();
        }
    }

    pub(crate) fn say(&mut self, who: &str, place: &str, text: &str) {
        let heard = self.heard(who, place, text);
        self.handle(&[heard]);
    }

    /// What comes in when somebody says this now.
    pub(crate) fn heard(&mut self, who: &str, place: &str, text: &str) -> Event {
        self.heard += 1;
        let conversation = match place {
            "dm" => Conversation::Direct(PersonId::new(who)),
            group => Conversation::Group(GroupId::new(group)),
        };
        Event::Heard(Heard {
            id: MessageId::new(format!("m{}", self.heard)),
            conversation,
            sender: PersonId::new(who),
            body: Body::plain(text),
            sent_at: self.now,
            origin: Origin::FirstHand,
        })
    }

    /// The bot itself, for whoever runs it on a clock of its own.
    pub(crate) fn take_bot(&mut self) -> Bot {
        self.bot.take().unwrap()
    }

    /// Alice asks in the group of operations, and confirms.
    pub(crate) fn ask_and_confirm(&mut self, request: &str) {
        self.say("alice", "ops", request);
        assert_eq!(self.kinds(), ["ops confirm_request"], "{request}");
        self.confirm();
    }

    /// The same, while others have asked already.
    pub(crate) fn ask_and_confirm_after(&mut self, request: &str) {
        self.said.clear();
        self.ask_and_confirm(request);
    }

    pub(crate) fn confirm(&mut self) {
        self.confirm_as("alice", "ops");
    }

    pub(crate) fn confirm_as(&mut self, who: &str, place: &str) {
        let text = format!("/confirm {}", self.code());
        self.say(who, place, &text);
    }

    pub(crate) fn code(&self) -> Code {
        self.code.clone().unwrap()
    }

    /// Lets so much time pass, and everything that falls due until then, in its order.
    pub(crate) fn wait(&mut self, span: Span) {
        let until = self.now + span;
        while let Some(next) = self.bot().next_wake().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.handle(&[]);
        }
        self.now = until;
    }

    /// The step that the operation waits for is called, and this is the answer.
    pub(crate) fn called(&mut self, answer: Result<(), CallFailure>) {
        let event = Event::Called(self.code(), self.position(), answer);
        self.handle(&[event]);
    }

    /// The step that the operation waits for is read back, and this is the answer.
    pub(crate) fn checked(&mut self, answer: Result<Evidence, Unknown>) {
        let event = Event::Checked(self.code(), self.position(), answer);
        self.handle(&[event]);
    }

    fn position(&mut self) -> usize {
        let steps = self.steps();
        steps.iter().position(|step| step.state != StepState::Verified).unwrap_or(steps.len() - 1)
    }

    pub(crate) fn steps(&mut self) -> Vec<Step> {
        let code = self.code();
        self.read(|tx| tx.steps(&code))
    }

    /// The state of each step.
    pub(crate) fn states(&mut self) -> Vec<&'static str> {
        self.steps().iter().map(|step| step.state.as_str()).collect()
    }

    pub(crate) fn read<T>(&mut self, read: impl FnOnce(&mut usher::store::Tx<'_>) -> Result<T, Fault>) -> T {
        self.bot().store().transact(read).unwrap()
    }

    pub(crate) fn is_here(&mut self, id: &str) -> bool {
        self.read(|tx| tx.person(&PersonId::new(id))).is_some_and(|person| person.is_active())
    }

    pub(crate) fn is_pending(&mut self, approval: &str) -> bool {
        self.approval(approval).status == ApprovalStatus::Pending
    }

    pub(crate) fn approval(&mut self, id: &str) -> Approval {
        self.read(|tx| tx.approval(&ApprovalId::new(id))).unwrap()
    }

    pub(crate) fn person(&mut self, id: &str) -> Person {
        self.read(|tx| tx.person(&PersonId::new(id))).unwrap()
    }

    pub(crate) fn state(&mut self) -> State {
        let code = self.code();
        self.read(|tx| tx.operation(&code)).unwrap().state
    }

    pub(crate) fn next_wake(&mut self) -> Option<Timestamp> {
        self.bot().next_wake()
    }

    /// What was said since the last look.
    pub(crate) fn said(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.said)
    }

    /// Where what was said since the last look.
    pub(crate) fn kinds(&mut self) -> Vec<String> {
        self.said().iter().map(|said| format!("{} {}", said.to, said.kind)).collect()
    }

    /// What the backend was asked since the last look, as `call delete` or `check delete`.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.requests).iter().map(|request| in_words(request).0).collect()
    }

    /// What the backend was asked since the last look.
    pub(crate) fn requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }

    /// What the audit log says of the operation, oldest first.
    pub(crate) fn outcomes(&mut self) -> Vec<String> {
        let code = self.code();
        let mut entries = self.read(|tx| tx.audit_before(i64::MAX, None, usize::MAX));
        entries.sort_by_key(|entry| entry.seq);
        entries
            .into_iter()
            .filter(|entry| entry.record.code.as_ref() == Some(&code))
            .map(|entry| entry.record.outcome)
            .collect()
    }
}

/// A request in words, and its job.
pub(crate) fn in_words(request: &Request) -> (String, &Job) {
    let (verb, job) = match request {
        Request::Call(job) => ("call", job),
        Request::Check(job) => ("check", job),
    };
    let what = match &job.step {
        Change::PersonDeparted { person, .. } => format!("delete {person}"),
        Change::ApprovalCancelled { approval, .. } => format!("cancel {approval}"),
        Change::AdminRevoked { person } => format!("revoke {person}"),
        Change::AdminGranted { person, .. } => format!("grant {person}"),
        Change::OwnerChanged { to } => format!("owner {to}"),
        Change::SupervisorChanged { department, .. } => format!("supervisor {department}"),
        other => format!("{other:?}"),
    };
    (format!("{verb} {what}"), job)
}

/// The fields of what was said.
pub(crate) fn fields(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.fields).unwrap()
}
