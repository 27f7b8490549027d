//! Whoever closes their account is in no byte of the files afterwards, whatever was said by them and about them before,
//! and whatever became of the messages that say so.

use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use usher::domain::{Directory, PersonId, PersonStatus, Policy, Sighting, Span, hex, names};
use usher::runtime::chance::Chance;
use usher::runtime::secrets::{self, Cost};

use crate::scaled;
use crate::stage::{Said, Stage};

const ORGANISATION: &str = include_str!("../transcripts/orgs/acme.json");
/// How many accounts are closed when nobody says how many.
const ACCOUNTS: u64 = 12;
/// The id of whoever leaves.
const ID: &str = "w7";

/// Hashes a password at next to no cost.
fn hash(password: &str) -> String {
    secrets::hash(password, Cost::Token, &mut Chance::seeded(0))
}

/// What becomes of the messages that are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrive,
    GivenUp,
    Wait,
}

/// Somebody who leaves, whom chance has made.
struct Leaver {
    name: String,
    phone: String,
    email: String,
    password: String,
    chance: ChaCha8Rng,
}

impl Leaver {
    fn new(seed: u64) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let number = chance.next_u32();
        // Names in several scripts, none of which occurs by accident.
        let name = match number % 4 {
            0 => format!("Wanda Unmistakable{number}"),
            1 => format!("汪无双瑾瑜{number}"),
            2 => format!("Ｗａｎｄａ 王 {number}"),
            _ => format!("Wán*dà-{number} O'Neil"),
        };
        let phone = format!("+49{:010}", u64::from(number) + 1_000_000_000);
        let (email, password) = (format!("w{number}@leaver.example"), format!("door-{number}"));
        Self { name, phone, email, password, chance }
    }

    fn roster(&self) -> usher::domain::Roster {
        let mut file: Value = serde_json::from_str(ORGANISATION).unwrap();
        let mut add = |list: &str, value: Value| file[list].as_array_mut().unwrap().push(value);
        add(
            "people",
            json!({"id": ID, "name": self.name, "phone": self.phone, "email": self.email, "departments": ["sales"],
                   "password": self.password, "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}),
        );
        let steps = json!([{"approver": "alice", "status": "pending"}]);
        let approval = json!({"id": "W-1", "template": "expense", "title": "a chair", "originator": ID, "status": "pending",
                              "created": "2026-11-16T10:00:00+08:00", "cancellable_by": "originator", "steps": steps});
        add("approvals", approval);
        let steps = json!([{"approver": ID, "status": "pending"}]);
        let approval = json!({"id": "W-2", "template": "expense", "title": "a desk", "originator": "bob", "status": "pending",
                              "created": "2026-11-16T10:00:00+08:00", "cancellable_by": "originator_or_admin", "steps": steps});
        add("approvals", approval);
        add("handover", json!({"person": ID, "items": ["the key of the red door"]}));
        file["groups"][0]["topics"] = json!(["account_closed", "approval_cancelled"]);
        usher::exchange::parse(&file.to_string(), &hash).unwrap()
    }

    /// What must be found before, and nowhere afterwards.
    fn marks(&self) -> Vec<Vec<u8>> {
        let mut marks = vec![self.name.clone(), names::fold(&self.name), names::skeleton(&self.name)];
        // Parts of the name that are also common words prove nothing.
        marks.extend(names::keys(ID, &self.name).into_iter().filter(|key| key.chars().count() > 6));
        marks.extend([self.phone.clone(), self.email.clone()]);
        let mut marks: Vec<_> = marks.into_iter().map(String::into_bytes).collect();
        let hash = hash(&self.password);
        marks.push(hash.rsplit('$').next().unwrap().into());
        marks
    }

    /// What may happen before: what they say themselves, and what others say about them.
    fn lives(&mut self, stage: &mut Stage) -> Vec<Said> {
        let by_name = format!("@\"{}\"", self.name);
        let mut others = vec![
            ("alice", "ops", format!("/find {}", self.name)),
            ("alice", "ops", format!("/show {by_name}")),
            ("alice", "ops", format!("/delete {by_name} handover=@dave note=\"{} has the key\"", self.name)),
            ("sam", "ops", format!("/handover {by_name} to=@dave")),
            ("hana", "ops", format!("/delete {by_name}")),
            ("olivia", "ops", format!("/grant-admin {by_name} level=main")),
            ("olivia", "dm", format!("/approvals {by_name}")),
            ("alice", "ops", "/approval W-1".to_owned()),
            ("alice", "dm", format!("/show @{}", &self.name[..self.name.len() - 1])),
            ("bob", "dm", "/consult W-2 \"please\"".to_owned()),
            ("alice", "dm", "/audit @w7".to_owned()),
            (ID, "dm", "/backup".to_owned()),
            (ID, "dm", "/whoami".to_owned()),
            (ID, "dm", "/object W-2 \"no, not yet\"".to_owned()),
            (ID, "ops", format!("/help {}", self.name)),
            (ID, "dm", format!("my name is {}", self.name)),
            (ID, "dm", "/close-account".to_owned()),
            (ID, "dm", "/cancel".to_owned()),
            (ID, "ops", "/cancel-approval W-1".to_owned()),
        ];
        let mut said = Vec::new();
        while !others.is_empty() {
            let (who, place, text) = others.swap_remove(self.chance.next_u32() as usize % others.len());
            if !self.chance.next_u32().is_multiple_of(3) {
                said.extend(stage.say(who, place, &text));
            }
        }
        said
    }

    fn close(&mut self, stage: &mut Stage) -> Vec<Said> {
        let mut said = stage.say(ID, "dm", "/cancel-approval --from @w7");
        if let Some(code) = code(&said) {
            said.extend(stage.say(ID, "dm", &format!("/confirm {code}")));
        }
        let asked = stage.say(ID, "dm", "/close-account --no-backup");
        let code = code(&asked).unwrap_or_else(|| panic!("{asked:?}"));
        said.extend(asked);
        said.extend(stage.say(ID, "dm", &format!("/confirm {code}")));
        said.extend(stage.say(ID, "dm", &self.password));
        assert!(said.iter().any(|said| said.kind == "done" && said.fields["operation"] == "close-account"));
        said
    }
}

fn code(said: &[Said]) -> Option<String> {
    let asked = said.iter().find(|said| said.kind == "confirm_request")?;
    asked.fields["code"].as_str().map(str::to_owned)
}

/// The marks that are in any file.
fn found(folder: &Path, marks: &[Vec<u8>]) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let is_in = |mark: &&Vec<u8>| bytes.windows(mark.len()).any(|window| window == mark.as_slice());
    let show = |mark: &Vec<u8>| String::from_utf8(mark.clone()).unwrap_or_else(|_| hex(mark));
    marks.iter().filter(is_in).map(show).collect()
}

#[test]
fn whoever_closes_their_account_is_in_no_byte_of_the_files() {
    for seed in 0..scaled(ACCOUNTS) {
        let mut leaver = Leaver::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let roster = leaver.roster();
        let mut stage = Stage::at(&folder.path().join("usher.db"), &roster, Policy::default());
        let mut marks = leaver.marks();
        marks.extend(roster.people.last().unwrap().totp_secret.clone());
        assert_eq!(
            found(folder.path(), &marks).len(),
            marks.len(),
            "seed {seed}: the search finds them before"
        );

        let fates = [Fate::Arrive, Fate::GivenUp, Fate::Wait];
        let [before, after] = [(); 2].map(|()| fates[leaver.chance.next_u32() as usize % 3]);
        let mut waiting = leaver.lives(&mut stage);
        if before != Fate::Wait {
            end(&mut stage, before, &std::mem::take(&mut waiting));
        }
        // A new name, as somebody takes who marries: the old one is theirs as well.
        if before != Fate::GivenUp && leaver.chance.next_u32().is_multiple_of(2) {
            let mut person = stage.read(|tx| tx.person(&PersonId::new(ID))).unwrap();
            person.name = format!("{} Newname", leaver.name);
            waiting.extend(stage.see(Sighting::Person { person, supervises: Vec::new() }));
        }
        // What they asked for before has expired.
        waiting.extend(stage.wait(Span::from_mins(20)));
        waiting.extend(leaver.close(&mut stage));
        // Nothing waits for ever: it arrives, or is given up.
        end(&mut stage, if after == Fate::Wait { Fate::Arrive } else { after }, &waiting);
        waiting = stage.wait(Span::from_days(1));
        end(&mut stage, Fate::Arrive, &waiting);
        stage.wait(Span::from_secs(2));

        marks.push(usher::wording::markup::escape(&leaver.name).into_owned().into_bytes());
        let left = found(folder.path(), &marks);
        assert!(left.is_empty(), "seed {seed}, {before:?}, {after:?}: {left:?} of {} are left", leaver.name);
        let person = stage.read(|tx| tx.person(&PersonId::new(ID))).unwrap();
        assert_eq!((person.status, person.name.as_str()), (PersonStatus::Closed, ""));
        stage.read(|tx| tx.verify_audit()).expect("the audit log is sound");
    }
}

fn end(stage: &mut Stage, fate: Fate, waiting: &[Said]) {
    match fate {
        Fate::Arrive => stage.deliver(waiting),
        Fate::GivenUp => stage.give_up(waiting),
        Fate::Wait => {}
    }
}
