//! Scripted dialogues in the form of transcripts: what comes before the first word is prepared on a sound disk, the rest
//! is played on whatever disk there is, and what came of it is looked at from outside.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use usher::adapter::transcript::{Directive, Statement, read};
use usher::config::Config;
use usher::domain::{Fault, PersonId, Span, Timestamp};
use usher::exchange::{self, Flaw};
use usher::runtime::chance::Chance;
use usher::runtime::secrets::{self, Cost};
use usher::store::Store;
use usher::wording::markup::plain;

use super::disk::Disk;
use super::trouble::Actions;
use super::vfs::{Shared, mount};
use super::world::{DATABASE, World};

/// The time at which a transcript begins that does not say when.
const BEGIN: &str = "2026-11-22T09:00:00+08:00";
/// After so long all that could not be delivered has been tried again.
const LAST_WAIT: Span = Span::from_mins(10);

/// Hashes a password of an organisation file at next to no cost.
pub(crate) fn hash(password: &str) -> String {
    secrets::hash(password, Cost::Token, &mut Chance::seeded(0))
}

/// A dialogue that is about to begin.
pub(crate) struct Dialogue {
    pub(crate) name: String,
    pub(crate) image: BTreeMap<String, Vec<u8>>,
    now: Timestamp,
    config: Config,
    devices: BTreeMap<PersonId, Vec<u8>>,
    script: Vec<Statement>,
}

/// What came of a dialogue, with its codes replaced by numbers: equal for equal courses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Course {
    organisation: Value,
    operations: Vec<String>,
    /// How many letters are queued, sent and dead.
    letters: (u64, u64, u64),
    audit: Vec<String>,
    /// What was delivered in each conversation, in order.
    told: BTreeMap<String, Vec<String>>,
}

/// An organisation's file in the folder of the transcripts.
fn organisation(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    std::fs::read_to_string(&path).expect("the transcripts' organisations are there")
}

fn listed(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Dialogue {
    /// Prepares a transcript that stands in the folder of transcripts.
    pub(crate) fn of(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name);
        let text = std::fs::read_to_string(path.with_extension("chat")).expect("the transcript is there");
        Self::new(name, &text)
    }

    /// Prepares a transcript.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut script = read(text).expect("the dialogue is a transcript");
        script.retain(|statement| matches!(statement, Statement::Do(..) | Statement::Say(..)));
        let spoken = script.iter().position(|statement| matches!(statement, Statement::Say(..)));
        let rest = script.split_off(spoken.expect("somebody says something"));
        let mut now = Timestamp::parse(BEGIN).expect("a constant instant");
        let mut config = Config::default();
        let mut roster = exchange::parse(exchange::demo(), &hash).expect("the demo is sound");
        let mut later = Vec::new();
        for statement in script {
            let Statement::Do(_, directive) = statement else { unreachable!("nobody has spoken") };
            match directive {
                Directive::Org(file) => {
                    let parsed = exchange::parse(&organisation(&file), &hash);
                    roster = parsed.map_err(|flaws| listed(&flaws)).expect("it is sound");
                }
                Directive::Merge(json) => {
                    let merged = exchange::merge(&roster, &json, &hash);
                    roster = merged.map_err(|flaws| listed(&flaws)).expect("it fits");
                }
                Directive::Now(time) => now = time,
                Directive::Set(setting) => config.read(&setting).expect("it is a setting"),
                other => later.push(Statement::Do(0, other)),
            }
        }
        later.extend(rest);
        let disk = Shared::new(Disk::new(&BTreeMap::new(), 0).into());
        let mut store = Store::open_with_vfs(Path::new(DATABASE), mount(&disk)).expect("the disk is sound");
        store.transact(|tx| tx.replace(&roster, now)).expect("the disk is sound");
        drop(store);
        let devices = roster
            .people
            .iter()
            .filter_map(|member| Some((member.person.id.clone(), member.totp_secret.clone()?)));
        let devices = devices.collect();
        let image = disk.borrow().image();
        assert_eq!(image.len(), 1, "a closed database leaves nothing beside it");
        Self { name: name.to_owned(), image, now, config, devices, script: later }
    }

    /// The world in which it begins.
    pub(crate) fn world(&self, seed: u64) -> World {
        self.world_on(Disk::new(&self.image, seed))
    }

    /// The world in which it begins on another disk.
    pub(crate) fn world_on(&self, disk: Disk) -> World {
        World::new(disk, self.now, self.config.clone(), self.devices.clone())
    }

    /// Plays it to its end. Gives too what was done with the disk.
    pub(crate) fn play_once(&self, world: &mut World) -> Result<(Course, Actions), String> {
        world.settle()?;
        for statement in &self.script {
            match statement {
                Statement::Say(_, saying) => world.say(saying),
                Statement::Do(_, directive) => direct(world, directive)?,
                _ => {}
            }
            world.settle()?;
        }
        world.wait(LAST_WAIT)?;
        world.disk.borrow_mut().mend();
        let actions = world.disk.borrow().actions();
        world.settle()?;
        Ok((Course::of(world)?, actions))
    }

    /// Plays it to its end, and over a power cut at rest, which must change nothing.
    pub(crate) fn play(&self, world: &mut World) -> Result<(Course, Actions), String> {
        let (course, actions) = self.play_once(world)?;
        world.stop_dead();
        world.settle()?;
        let after = Course::of(world)?;
        if let Some(difference) = course.difference(&after) {
            return Err(format!("a power cut at rest changed something: {difference}"));
        }
        match world.platform.violations.first() {
            Some(violation) => Err(violation.clone()),
            None => Ok((course, actions)),
        }
    }
}

fn direct(world: &mut World, directive: &Directive) -> Result<(), String> {
    match directive {
        Directive::Platform(is_up) => world.platform.is_down = !is_up,
        Directive::Restart => world.stop(),
        Directive::Wait(span) => world.wait(*span)?,
        other => return Err(format!("no dialogue on a failing disk has {other:?}")),
    }
    Ok(())
}

impl Course {
    fn of(world: &mut World) -> Result<Self, String> {
        let mut course = Self::stored(world.store()).map_err(|fault| fault.to_string())??;
        let mut first = BTreeMap::new();
        for taken in &world.platform.taken {
            first.entry(taken.delivery.id).or_insert(&taken.delivery);
        }
        for delivery in first.values() {
            let said = format!("<{}> {}", delivery.kind, plain(&delivery.text));
            course.told.entry(delivery.to.to_string()).or_default().push(said);
        }
        let codes = world.store().transact(|tx| tx.operations()).map_err(|fault: Fault| fault.to_string())?;
        for (number, operation) in codes.iter().enumerate() {
            course.mask(operation.code.as_str(), &format!("#{number}"));
        }
        Ok(course)
    }

    /// What the store has, if it is sound.
    pub(crate) fn stored(store: &mut Store) -> Result<Result<Self, String>, Fault> {
        if let Some(damage) = store.find_damage()? {
            return Ok(Err(format!("the database is damaged: {damage}")));
        }
        store.transact(|tx| {
            if let Err(broken) = tx.verify_audit()? {
                return Ok(Err(format!("the audit log is broken: {broken}")));
            }
            let operations = tx.operations()?;
            let operation = |operation: &usher::domain::Operation| {
                let (code, target) = (operation.code.as_str(), operation.target.as_str());
                format!(
                    "{code} {} {target} by {}: {:?}",
                    operation.verb, operation.requester, operation.state
                )
            };
            let entries = tx.audit_before(i64::MAX, None, usize::MAX)?;
            let counts = tx.letter_counts()?;
            Ok(Ok(Self {
                organisation: exchange::to_json(&tx.export()?),
                operations: operations.iter().map(operation).collect(),
                letters: (counts.queued, counts.sent, counts.dead),
                audit: entries.iter().map(|entry| format!("{} {:?}", entry.seq, entry.record)).collect(),
                told: BTreeMap::new(),
            }))
        })
    }

    fn mask(&mut self, code: &str, number: &str) {
        let told = self.told.values_mut().flatten();
        for text in self.operations.iter_mut().chain(&mut self.audit).chain(told) {
            *text = text.replace(code, number);
        }
    }

    /// Whether this may have been on the way to the other: its audit log is the beginning of the other's.
    pub(crate) fn is_before(&self, later: &Self) -> bool {
        later.audit.starts_with(&self.audit)
    }

    /// The first difference, in words.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let pairs = [
            (format!("{:#?}", self.operations), format!("{:#?}", other.operations)),
            (format!("{:#?}", self.told), format!("{:#?}", other.told)),
            (format!("{:#?}", self.audit), format!("{:#?}", other.audit)),
            (format!("{:?}", self.letters), format!("{:?}", other.letters)),
            (format!("{:#}", self.organisation), format!("{:#}", other.organisation)),
        ];
        let (one, two) = pairs.iter().find(|(one, two)| one != two)?;
        let diff = similar::TextDiff::from_lines(one, two);
        Some(diff.unified_diff().context_radius(1).to_string())
    }
}
