//! An organisation of any size, and a bot that its admins talk to: what the benches of whole dialogues share.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use usher::domain::{
    Body, Conversation, Delivery, Department, DepartmentId, Grant, GroupId, Heard, Level, Member, MessageId,
    Organisation, Origin, Permissions, Person, PersonId, PersonStatus, Policy, Roster, Timestamp,
};
use usher::runtime::bot::{Bot, Event};
use usher::runtime::chance::Chance;
use usher::store::Store;

/// When everything begins.
const BEGINNING: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Makes a database with so many admins (`a0`, `a1`, …), as many others whom they may delete (`u0`, `u1`, …), and people
/// whom nobody speaks of.
pub(crate) fn prepare(path: &Path, admins: usize, bystanders: usize) {
    let mut store = Store::open(path).unwrap();
    store.transact(|tx| tx.replace(&roster(admins, bystanders), BEGINNING)).unwrap();
}

fn roster(admins: usize, bystanders: usize) -> Roster {
    let grant = Grant { level: Level::Main, departments: Vec::new(), permissions: Permissions::default() };
    let pairs = (0..admins).flat_map(|n| [member(format!("a{n}")), member(format!("u{n}"))]);
    Roster {
        organisation: Organisation {
            id: "bench".to_owned(),
            name: "Bench".to_owned(),
            locale: "en".to_owned(),
            timezone: "Asia/Shanghai".to_owned(),
            owner: PersonId::new("a0"),
        },
        departments: vec![Department {
            id: DepartmentId::new("d"),
            name: "D".to_owned(),
            parent: None,
            group: Some(GroupId::new("g")),
        }],
        people: pairs.chain((0..bystanders).map(|n| member(format!("b{n}")))).collect(),
        admins: (0..admins).map(|n| (PersonId::new(format!("a{n}")), grant.clone())).collect(),
        supervisors: Vec::new(),
        approvals: Vec::new(),
        handover: Vec::new(),
        groups: Vec::new(),
    }
}

fn member(id: String) -> Member {
    Member {
        person: Person {
            name: format!("Name {id}"),
            id: PersonId::new(id),
            phone: Some("+8613800000000".to_owned()),
            email: None,
            departments: vec![DepartmentId::new("d")],
            status: PersonStatus::Active,
        },
        password_hash: None,
        totp_secret: None,
    }
}

/// A bot, and the admins who talk to it.
pub(crate) struct Stage {
    pub(crate) bot: Bot,
    /// How much later than the beginning it is.
    pub(crate) now: Timestamp,
    /// What arrived, which the bot does not know yet.
    taken: Vec<Event>,
    heard: usize,
}

impl Stage {
    /// Takes over a database that [`prepare`] made.
    pub(crate) fn open(path: &Path, vfs: Option<&str>) -> Self {
        let store = match vfs {
            Some(vfs) => Store::open_with_vfs(path, vfs).unwrap(),
            None => Store::open(path).unwrap(),
        };
        let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
        let bot = Bot::new(store, policy, Chance::seeded(1)).unwrap();
        Self { bot, now: BEGINNING, taken: Vec::new(), heard: 0 }
    }

    /// Each admin asks to delete somebody, all at once; gives the codes, and how long it took.
    pub(crate) fn ask(&mut self, admins: Range<usize>) -> (Vec<String>, Duration) {
        let ask = admins.clone().map(|n| (n, format!("/delete @u{n}")));
        let (said, time) = self.say(ask);
        let codes: Vec<_> = said.iter().filter(|said| said.kind == "confirm_request").map(code).collect();
        assert_eq!(codes.len(), admins.len());
        (codes, time)
    }

    /// Each admin answers, all at once: `confirm` or `cancel`; gives how long it took.
    pub(crate) fn answer(&mut self, admins: Range<usize>, answer: &str, codes: &[String]) -> Duration {
        let answers = admins.zip(codes).map(|(n, code)| (n, format!("/{answer} {code}")));
        let (said, time) = self.say(answers);
        assert_eq!(
            said.iter().filter(|said| matches!(&*said.kind, "done" | "cancelled")).count(),
            codes.len()
        );
        time
    }

    /// Hands in what admins say, and that what was said before arrived; gives what the bot says, and how long it took.
    fn say(&mut self, says: impl Iterator<Item = (usize, String)>) -> (Vec<Delivery>, Duration) {
        let mut events = std::mem::take(&mut self.taken);
        for (admin, text) in says {
            self.heard += 1;
            let sender = PersonId::new(format!("a{admin}"));
            events.push(Event::Heard(Heard {
                id: MessageId::new(format!("m{}", self.heard)),
                conversation: Conversation::Direct(sender.clone()),
                sender,
                body: Body::plain(text),
                sent_at: self.now,
                origin: Origin::FirstHand,
            }));
        }
        // What people do until they have said something is no work of the bot's.
        let begin = Instant::now();
        let handled = self.bot.handle(&events, self.now).unwrap();
        let time = begin.elapsed();
        self.taken.extend(handled.deliveries.iter().map(|delivery| Event::Delivered(delivery.id)));
        (handled.deliveries, time)
    }
}

fn code(delivery: &Delivery) -> String {
    let fields: serde_json::Value = serde_json::from_str(&delivery.fields).unwrap();
    fields["code"].as_str().unwrap().to_owned()
}
