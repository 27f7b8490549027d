//! The oracle: it looks from outside only, at what people said, what the platform took, and what the files hold in the
//! end, and keeps its own simple account of what may have happened.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usher::domain::{
    Conversation, Delivery, LetterState, Memory, MessageId, Origin, PersonId, Policy, Span, Timestamp,
};
use usher::exchange;
use usher::runtime::secrets;

use super::platform::{Platform, Uttered};
use super::world::World;

/// Who is never deleted, so that every command of theirs is answered.
const STAYING: [&str; 2] = ["alice", "olivia"];
/// Whose passwords are what the organisation's file says.
const SECRETS: [&str; 4] = ["alice-secret-1", "olivia-secret-1", "sam-secret-1", "hana-secret-1"];
/// What no file holds of those who have closed their account.
const MARKS: [(&str, [&str; 2]); 2] =
    [("sam", ["沈山", "+8613800000004"]), ("hana", ["何娜", "+8613800000005"])];

/// One operation, as it looks from outside.
struct Asked {
    verb: String,
    target: String,
    /// What was typed.
    request: String,
    requester: PersonId,
    place: Conversation,
    is_irreversible: bool,
    /// When it was asked.
    at: Timestamp,
    ended: Option<String>,
}

/// What people were told so far.
struct Account<'a> {
    world: &'a World,
    said: BTreeMap<&'a MessageId, &'a Uttered>,
    devices: &'a BTreeMap<PersonId, Vec<u8>>,
    operations: BTreeMap<String, Asked>,
    gone: BTreeSet<String>,
    admins: BTreeSet<String>,
    owner: String,
    /// The one-time codes that were accepted.
    used: BTreeSet<String>,
    reached: BTreeMap<&'static str, u64>,
}

/// Judges a run that has come to rest; counts the rare states that it reached.
pub(crate) fn judge(world: &mut World) -> Result<(), String> {
    handled(world)?;
    let mut account = Account {
        world,
        said: world.platform.said.iter().map(|uttered| (&uttered.heard.id, uttered)).collect(),
        devices: &world.devices,
        operations: BTreeMap::new(),
        gone: BTreeSet::new(),
        admins: ["alice", "sam", "hana"].map(str::to_owned).into(),
        owner: "olivia".to_owned(),
        used: BTreeSet::new(),
        reached: BTreeMap::new(),
    };
    for letter in letters(world).values() {
        account.read(letter)?;
    }
    let Account { operations, gone, admins, owner, reached, .. } = account;
    let has_closed = |id: &str| {
        let is_done = |asked: &Asked| asked.ended.as_deref() == Some("done");
        operations.values().any(|asked| asked.verb == "close-account" && asked.target == id && is_done(asked))
    };
    for (_, marks) in MARKS.iter().filter(|(id, _)| has_closed(id)) {
        marks.iter().try_for_each(|mark| in_no_file(world, mark))?;
    }
    for (what, times) in reached {
        *world.platform.reached.entry(what).or_default() += times;
    }
    let ends = operations.into_iter().map(|(code, asked)| (code, asked.ended)).collect();
    settled(world, &ends)?;
    organisation(world, &gone, &admins, &owner)
}

/// Everything was handled once, and delivered in order.
pub(crate) fn handled(world: &World) -> Result<(), String> {
    if let Some(violation) = world.platform.violations.first() {
        return Err(violation.clone());
    }
    in_order(world)?;
    each_answered_at_once(world)?;
    every_command_answered(world)?;
    no_secret_kept(world)
}

/// Each letter once, by its number, whether it was delivered or given up.
pub(crate) fn letters(world: &World) -> BTreeMap<i64, &Delivery> {
    let taken = world.platform.taken.iter().map(|taken| (taken.delivery.id, &taken.delivery));
    world.platform.given_up.iter().map(|(id, letter)| (*id, letter)).chain(taken).collect()
}

/// Within a conversation nothing overtakes, but for what was given up: a program that is killed before it has written that
/// down tries it once more.
fn in_order(world: &World) -> Result<(), String> {
    let mut newest: BTreeMap<&Conversation, i64> = BTreeMap::new();
    let mut known: BTreeSet<i64> = world.platform.given_up.keys().copied().collect();
    for taken in world.platform.taken.iter().filter(|taken| known.insert(taken.delivery.id)) {
        let last = newest.insert(&taken.delivery.to, taken.delivery.id).unwrap_or(0);
        ensure(last < taken.delivery.id, || format!("letter {} came after {last}", taken.delivery.id))?;
    }
    Ok(())
}

/// What answers a message was all written at once: a message is handled once, however often it is delivered.
fn each_answered_at_once(world: &World) -> Result<(), String> {
    let letters = letters(world);
    let mut answers: BTreeMap<&MessageId, Vec<&Delivery>> = BTreeMap::new();
    for letter in letters.values() {
        if let Some(cause) = &letter.in_reply_to {
            answers.entry(cause).or_default().push(letter);
        }
    }
    for (cause, answers) in answers {
        let (first, last) = (answers[0], answers[answers.len() - 1]);
        let is_one =
            letters.range(first.id..=last.id).all(|(_, letter)| letter.in_reply_to.as_ref() == Some(cause))
                && first.created == last.created;
        ensure(is_one, || format!("{cause} was answered twice, by {} and by {}", first.id, last.id))?;
    }
    Ok(())
}

fn every_command_answered(world: &World) -> Result<(), String> {
    ensure(world.platform.waiting().is_empty(), || "a message was never acknowledged".to_owned())?;
    let answers = letters(world);
    let answered: BTreeSet<_> =
        answers.values().filter_map(|letter| Some((letter.in_reply_to.as_ref()?, &letter.to))).collect();
    for Uttered { heard, .. } in &world.platform.said {
        let is_command = heard.body.text().starts_with('/') && heard.origin == Origin::FirstHand;
        let is_old = world.platform.old.contains(&heard.id);
        if is_command && !is_old && STAYING.contains(&heard.sender.as_str()) {
            let is_answered = answered.contains(&(&heard.id, &heard.conversation));
            ensure(is_answered, || format!("{} ({:?}) was never answered", heard.id, heard.body.text()))?;
        }
    }
    Ok(())
}

/// No password is in a letter, nor in any byte of the disk.
fn no_secret_kept(world: &World) -> Result<(), String> {
    for secret in SECRETS {
        for taken in &world.platform.taken {
            let text = format!("{} {}", taken.delivery.text, taken.delivery.fields);
            ensure(!text.contains(secret), || format!("{secret} is in letter {}", taken.delivery.id))?;
        }
        in_no_file(world, secret)?;
    }
    Ok(())
}

fn in_no_file(world: &World, words: &str) -> Result<(), String> {
    for (name, bytes) in world.disk.borrow().image() {
        let is_there = bytes.windows(words.len()).any(|window| window == words.as_bytes());
        ensure(!is_there, || format!("{words} is in {name}"))?;
    }
    Ok(())
}

impl Account<'_> {
    fn read(&mut self, letter: &Delivery) -> Result<(), String> {
        let fields: Value = serde_json::from_str(&letter.fields).map_err(|error| error.to_string())?;
        let word = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
        let cause = letter.in_reply_to.as_ref().and_then(|id| self.said.get(id)).copied();
        let code = word("code");
        let kind = letter.kind.as_str();
        match kind {
            "confirm_request" => {
                let Uttered { heard, .. } = cause.ok_or("a question without a cause")?;
                let is_here = heard.conversation == letter.to && heard.origin == Origin::FirstHand;
                ensure(is_here, || format!("{code} was asked elsewhere"))?;
                let asked = Asked {
                    verb: word("operation"),
                    target: word("target"),
                    request: heard.body.text().to_owned(),
                    requester: heard.sender.clone(),
                    place: letter.to.clone(),
                    is_irreversible: fields["irreversible"] == true,
                    at: self.world.written[&letter.id],
                    ended: None,
                };
                let earlier = self.operations.insert(code.clone(), asked);
                return ensure(earlier.is_none(), || format!("{code} was given twice"));
            }
            "warning" => self.count("somebody was warned"),
            "secret_rejected" => self.count("a wrong secret was refused"),
            _ => {}
        }
        if code.is_empty() || !matches!(kind, "done" | "expired" | "cancelled" | "denied" | "failed") {
            return Ok(());
        }
        let asked = self.operations.get_mut(&code).ok_or_else(|| format!("{code} was never asked"))?;
        ensure(asked.place == letter.to, || format!("{code} ended elsewhere"))?;
        let earlier = asked.ended.replace(kind.to_owned());
        ensure(earlier.is_none(), || format!("{code} ended twice: {earlier:?}, then {kind}"))?;
        match kind {
            "done" => {
                let cause = cause.ok_or_else(|| format!("{code} was carried out by nobody"))?;
                self.executed(&code, cause)?;
                self.happened(&code)?;
            }
            "expired" => {
                self.lapsed(&code, self.world.written[&letter.id])?;
                self.count("an operation expired");
            }
            "denied" => self.count("an operation was denied"),
            "failed" => self.count("an operation failed"),
            _ => {}
        }
        Ok(())
    }

    /// An execution is caused by its requester, in the right place, with the right words, in time.
    fn executed(&mut self, code: &str, cause: &Uttered) -> Result<(), String> {
        let asked = &self.operations[code];
        let Uttered { heard, at } = cause;
        let Policy { confirm_ttl, secret_ttl, .. } = self.world.config.policy;
        ensure(heard.sender == asked.requester, || format!("{code} was carried out by {}", heard.sender))?;
        ensure(heard.origin == Origin::FirstHand, || format!("{code} was carried out second-hand"))?;
        let is_confirmation = |uttered: &Uttered| {
            let Uttered { heard, at } = uttered;
            let is_bare = heard.body.text() == "确认" && !asked.is_irreversible;
            heard.sender == asked.requester
                && heard.conversation == asked.place
                && self.is_within(confirm_ttl, asked.at, *at)
                && (is_bare || heard.body.text().to_uppercase().contains(code))
        };
        if !matches!(asked.verb.as_str(), "delete" | "close-account") {
            return ensure(is_confirmation(cause), || {
                format!("{code} was confirmed by {:?}", heard.body.text())
            });
        }
        ensure(self.said.values().any(|uttered| is_confirmation(uttered)), || {
            format!("{code} was never confirmed")
        })?;
        let steps = [-30, 0, 30].map(|secs| *at + Span::from_secs(secs));
        let device = self.devices.get(&heard.sender);
        let is_code = device
            .is_some_and(|secret| steps.iter().any(|time| secrets::code(secret, *time) == heard.body.text()));
        let is_own = heard.body.text() == format!("{}-secret-1", heard.sender) || is_code;
        ensure(is_own && heard.conversation == Conversation::Direct(heard.sender.clone()), || {
            format!("{code} was carried out after {:?}", heard.body.text())
        })?;
        let is_in_time = self.is_within(
            Span::from_millis(confirm_ttl.as_millis() + secret_ttl.as_millis()),
            asked.at,
            *at,
        );
        ensure(is_in_time, || format!("{code} was carried out after a secret that came too late"))?;
        let is_fresh = !is_code || self.used.insert(heard.body.text().to_owned());
        ensure(is_fresh, || format!("{code} was carried out after a code that was used before"))?;
        self.count(if is_code { "a one-time code was accepted" } else { "a password was accepted" });
        Ok(())
    }

    /// Whether no more time than this lies between. Each time the program began anew, or believed a clock that had been set
    /// long before, it may have waited once more.
    fn is_within(&self, span: Span, from: Timestamp, to: Timestamp) -> bool {
        let times = 1 + self.resets(from, to) as i64;
        to - from < Span::from_millis(span.as_millis() * times)
    }

    fn resets(&self, from: Timestamp, to: Timestamp) -> usize {
        self.world.resets.iter().filter(|reset| (from..=to).contains(*reset)).count()
    }

    /// Nothing expires before its time, whatever the machine's clock shows.
    fn lapsed(&self, code: &str, at: Timestamp) -> Result<(), String> {
        let Asked { verb, at: asked, .. } = &self.operations[code];
        let Policy { confirm_ttl, secret_ttl, .. } = self.world.config.policy;
        let least =
            if matches!(verb.as_str(), "delete" | "close-account") { secret_ttl } else { confirm_ttl };
        let is_time = at - *asked >= least || self.resets(*asked, at) > 0;
        ensure(is_time, || format!("{code} expired before its time"))
    }

    /// What somebody was told has been done, in the oracle's own account.
    fn happened(&mut self, code: &str) -> Result<(), String> {
        let Asked { verb, target, .. } = &self.operations[code];
        let (verb, target) = (verb.clone(), target.clone());
        match verb.as_str() {
            "delete" | "close-account" => {
                self.count(if verb == "delete" { "somebody was deleted" } else { "somebody left" });
                self.admins.remove(&target);
                let is_new = self.gone.insert(target.clone());
                ensure(is_new, || format!("{target} was deleted twice"))?;
            }
            "revoke-admin" => {
                self.count("rights were taken");
                let had = self.admins.remove(&target);
                ensure(had, || format!("{target} lost rights twice"))?;
            }
            "grant-admin" => {
                self.count("rights were given");
                self.admins.insert(target);
            }
            "unbind" => {
                self.count("the ownership changed hands");
                // Whoever becomes the owner has all rights, and is no admin any more.
                let heir = self.operations[code].request.rsplit_once("to=@").map(|(_, heir)| heir.to_owned());
                self.owner = heir.ok_or("nobody asked for a new owner")?;
                self.admins.remove(&self.owner);
            }
            _ => self.count("something else was done"),
        }
        Ok(())
    }

    fn count(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }
}

/// Everything has ended as it was told, the audit log says the same, and nothing waits.
pub(crate) fn settled(world: &mut World, told: &BTreeMap<String, Option<String>>) -> Result<(), String> {
    let damage = world.store().find_damage().map_err(|fault| fault.to_string())?;
    ensure(damage.is_none(), || format!("the database is damaged: {damage:?}"))?;
    let looked = world.store().transact(|tx| {
        let verified = tx.verify_audit()?;
        let entries = tx.audit_before(i64::MAX, None, usize::MAX)?;
        let (operations, letters, counts) = (tx.operations()?, tx.letters(usize::MAX)?, tx.letter_counts()?);
        Ok::<_, usher::domain::Fault>((verified, entries, operations, letters, counts))
    });
    let (verified, entries, operations, letters, counts) = looked.map_err(|fault| fault.to_string())?;
    verified.map_err(|broken| broken.to_string())?;
    ensure(counts.queued == 0, || format!("not everything is sent: {counts:?}"))?;
    let dead = letters.iter().filter(|letter| letter.state == LetterState::Dead);
    given_up(&world.platform, &dead.map(|letter| letter.number).collect())?;
    for operation in operations {
        let (code, state) = (operation.code.as_str(), operation.state);
        ensure(state.is_final(), || format!("{code} never ended: {state:?}"))?;
        let ended = told.get(code).ok_or_else(|| format!("{code} was never told of"))?;
        // `blocked` is told without a code.
        let is_told = ended.as_deref().unwrap_or("blocked") == state.as_str();
        ensure(is_told, || format!("{code} is {state:?}, but was told {ended:?}"))?;
        let recorded = entries.iter().filter(|entry| {
            let outcome = entry.record.outcome.split(':').next().unwrap_or_default();
            entry.record.code.as_ref() == Some(&operation.code) && outcome == state.as_str()
        });
        let times = recorded.count();
        ensure(times == 1, || format!("{code} is {state:?} and was recorded {times} times"))?;
    }
    Ok(())
}

/// What was given up was refused or tried for too long; and what was, and was never taken, is kept as such.
fn given_up(platform: &Platform, dead: &BTreeSet<i64>) -> Result<(), String> {
    let (given_up, never) = (&platform.given_up, &platform.never);
    let early = dead.iter().find(|id| !given_up.contains_key(id) && !never.contains(id));
    ensure(early.is_none(), || format!("letter {early:?} was given up too early"))?;
    let is_taken = |id: &i64| platform.taken.iter().any(|taken| taken.delivery.id == *id);
    let gone = given_up.keys().chain(never).find(|id| !dead.contains(id) && !is_taken(id));
    ensure(gone.is_none(), || format!("letter {gone:?} was given up, and is not kept as such"))
}

/// The organisation is what the account says, and nobody holds anything who is gone.
fn organisation(
    world: &mut World,
    gone: &BTreeSet<String>,
    admins: &BTreeSet<String>,
    owner: &str,
) -> Result<(), String> {
    let exported = world.store().transact(|tx| tx.export()).map_err(|fault| fault.to_string())?;
    let state = exchange::to_json(&exported);
    let list = |name: &str| state[name].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let people = list("people");
    let left = people.iter().filter(|person| person["status"] != "active").map(|person| word(&person["id"]));
    let left: BTreeSet<_> = left.collect();
    ensure(left == *gone, || format!("{left:?} are gone, and {gone:?} was told"))?;
    let now_owner = word(&state["owner"]);
    ensure(!gone.contains(&now_owner), || "the owner is gone".to_owned())?;
    ensure(owner == now_owner, || format!("{now_owner} owns it, and {owner} was told"))?;
    let held: BTreeSet<_> = list("admins").iter().map(|admin| word(&admin["person"])).collect();
    ensure(held == *admins, || format!("{held:?} are admins, and {admins:?} was told"))?;
    for relation in ["admins", "supervisors", "handover"] {
        for entry in list(relation) {
            ensure(!gone.contains(&word(&entry["person"])), || {
                format!("who left is in {relation}: {entry}")
            })?;
        }
    }
    Ok(())
}

pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
