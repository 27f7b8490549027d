//! `usher passwd` and `usher totp`: what a person proves who they are with.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use zeroize::Zeroizing;

use super::{Failure, world};
use crate::domain::names::is_command;
use crate::domain::{Directory, Fault, Person, PersonId, Phrase};
use crate::runtime::secrets::{self, Cost};
use crate::store::{Credentials, Store};
use crate::wording::markup::plain;
use crate::wording::{Language, Wording};

/// Shorter passwords are refused, in characters.
const MIN_PASSWORD: usize = 8;

/// Asks for a password and sets it.
pub(super) fn passwd(person: &str, db: &Path) -> Result<(), Failure> {
    let mut desk = Desk::open(person, db)?;
    let password = desk.ask("passwd-ask")?;
    if password.chars().count() < MIN_PASSWORD {
        return Err(Failure::Failed(desk.say(Phrase::new("passwd-short").number("least", MIN_PASSWORD))));
    }
    if is_command(&password) {
        return Err(Failure::Failed(desk.say(Phrase::new("passwd-slash"))));
    }
    let again = desk.ask("passwd-again")?;
    // From a pipe, once is enough; twice must be the same.
    if again != password && (std::io::stdin().is_terminal() || !again.is_empty()) {
        return Err(Failure::Failed(desk.say(Phrase::new("passwd-differs"))));
    }
    let hash = secrets::hash(&password, Cost::Full, &mut world::chance()?);
    let id = desk.person.id.clone();
    desk.store
        .transact(|tx| {
            tx.set_password(&id, &hash)?;
            tx.record(&world::record("passwd", id.as_str(), "set"), world::now())
        })
        .map_err(world::store_failed)?;
    world::print(&desk.say(Phrase::new("passwd-set").text("name", &desk.person.name)))
}

/// Shows a new secret as a QR code and enrols it; in a terminal only once the device has shown that it has it.
pub(super) fn totp(person: &str, db: &Path) -> Result<(), Failure> {
    let mut desk = Desk::open(person, db)?;
    let id = desk.person.id.clone();
    let (secret, url) = secrets::enrol(id.as_str(), &mut world::chance()?);
    let image = QrCode::new(url.as_bytes()).map_err(|error| Failure::Failed(error.to_string()))?;
    let image = image.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    let columns = image.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let name = &desk.person.name;
    if has_room(columns) {
        let scan = desk.say(Phrase::new("totp-scan").text("name", name));
        world::print(&format!("{image}\n{url}\n{scan}"))?;
    } else {
        let narrow = Phrase::new("totp-narrow").number("columns", columns).text("name", name);
        world::print(&format!("{}\n\n{}\n\n{url}\n", desk.say(narrow), secrets::key(&secret)))?;
    }
    if std::io::stdin().is_terminal() {
        let code = desk.ask("totp-ask")?;
        let enrolled = Credentials { password_hash: None, totp_secret: Some(secret.clone()) };
        if secrets::judge(code.trim(), &enrolled, world::now()).step.is_none() {
            return Err(Failure::Failed(desk.say(Phrase::new("totp-wrong"))));
        }
    }
    desk.store
        .transact(|tx| {
            tx.set_totp(&id, &secret)?;
            tx.record(&world::record("totp", id.as_str(), "set"), world::now())
        })
        .map_err(world::store_failed)?;
    world::print(&desk.say(Phrase::new("totp-set").text("name", &desk.person.name)))
}

/// Whether so many columns fit where it is printed: a terminal says how many it has, anything else has room.
fn has_room(columns: usize) -> bool {
    let is_terminal = std::io::stdout().is_terminal();
    let told = crossterm::terminal::size().ok().filter(|(told, _)| is_terminal && *told > 0);
    told.is_none_or(|(told, _)| usize::from(told) >= columns)
}

/// The person who enrols, and the language to speak.
struct Desk {
    store: Store,
    person: Person,
    wording: Wording,
    language: Language,
}

impl Desk {
    fn open(person: &str, db: &Path) -> Result<Self, Failure> {
        let mut store = world::open_existing(db)?;
        let id = PersonId::new(person.trim_start_matches('@'));
        let (found, locale) = store
            .transact(|tx| Ok::<_, Fault>((tx.person(&id)?, tx.organisation()?.locale.clone())))
            .map_err(world::store_failed)?;
        let language = Language::parse(&locale).unwrap_or(Language::Zh);
        match found.filter(Person::is_active) {
            Some(person) => Ok(Self { store, person, wording: Wording::new(), language }),
            None => {
                Err(Failure::Usage(format!("nobody in the organisation has the id {id}; see `usher export`")))
            }
        }
    }

    fn say(&self, phrase: Phrase) -> String {
        plain(&self.wording.say(self.language, "UTC", &[phrase]))
    }

    /// Asks without showing what is typed; from a pipe, reads a line.
    fn ask(&self, question: &'static str) -> Result<Zeroizing<String>, Failure> {
        let failed = |error: std::io::Error| Failure::Failed(format!("nothing was typed: {error}"));
        let typed = if std::io::stdin().is_terminal() {
            let prompt = self.say(Phrase::new(question).text("name", &self.person.name));
            rpassword::prompt_password(format!("{prompt} ")).map(Zeroizing::new).map_err(failed)?
        } else {
            let mut line = Zeroizing::new(Vec::new());
            std::io::stdin().lock().read_until(b'\n', &mut line).map_err(failed)?;
            let line = Zeroizing::new(String::from_utf8_lossy(&line).into_owned());
            Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_owned())
        };
        // It stands where something is no text.
        match typed.contains(char::REPLACEMENT_CHARACTER) {
            true => Err(Failure::Failed(self.say(Phrase::new("typed-no-text")))),
            false => Ok(typed),
        }
    }
}
