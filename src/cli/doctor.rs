//! `usher doctor`: what is well and what is to be mended, in one table.

use std::path::{Path, PathBuf};

use super::{Failure, checkup, platform, world};
use crate::config::{Config, Holder};
use crate::domain::{Directory, Fault, Memory, Span, Timestamp};
use crate::runtime::head;
use crate::store::{Reader, Tx};

/// A message that waits longer than this has a reason to.
const LONG_WAIT: Span = Span::from_mins(60);
/// With less room than this beside the database, in bytes, nothing can be written for long; with less than
/// the second, and the database once more for a backup, soon.
const LEAST_ROOM: u64 = 16 << 20;
const GOOD_ROOM: u64 = 256 << 20;

/// How the checks are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Table,
    /// For programs: a line of JSON for each check.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    Warn,
    Fail,
}

/// What is found, and what is to be done about it.
pub(super) type Finding = (Health, String);

pub(super) struct Check {
    name: &'static str,
    pub(super) health: Health,
    says: String,
}

impl Check {
    pub(super) fn new(name: &'static str, (health, says): Finding) -> Self {
        Self { name, health, says }
    }

    fn word(&self) -> &'static str {
        match self.health {
            Health::Good => "ok",
            Health::Warn => "warn",
            Health::Fail => "fail",
        }
    }

    fn row(&self) -> String {
        let colour = match self.health {
            Health::Good => "\x1b[32m",
            Health::Warn => "\x1b[33m",
            Health::Fail => "\x1b[31m",
        };
        let word = world::colours(&std::io::stdout()).paint(colour, &format!("{:<4}", self.word()));
        format!("{:<27} {word}  {}", self.name, self.says)
    }

    fn json(&self) -> String {
        serde_json::json!({"check": self.name, "result": self.word(), "says": self.says}).to_string()
    }
}

/// Checks everything, without changing anything; fails when a check does.
pub(super) fn run(file: Option<&Path>, db: &Path, form: Form) -> Result<(), Failure> {
    let mut checks = Vec::new();
    let config = match world::config(file) {
        Ok(config) => {
            checks.push(Check::new("settings", (Health::Good, "every one is known and has its form".into())));
            config
        }
        Err(Failure::Usage(why) | Failure::Failed(why)) => {
            checks.push(Check::new("settings", (Health::Fail, why)));
            Config::default()
        }
    };
    checks.push(Check::new("terminal", terminal(|name| std::env::var(name).ok())));
    let reader = match world::open_to_read(db) {
        Ok(reader) => {
            checks.push(Check::new("database", (Health::Good, format!("{} is Usher's", db.display()))));
            checks.push(Check::new("files", private(files_of(db), Health::Fail)));
            checks.push(Check::new("room", free(db)));
            checks.extend(inside(&reader, &config));
            Some(reader).filter(|reader| !reader.is_outdated())
        }
        // An organisation on DingTalk is copied by the first `usher serve`.
        Err(_) if config.dingtalk.holder == Holder::DingTalk && !db.exists() => {
            let says = "there is none yet: `usher serve` makes one";
            checks.push(Check::new("database", (Health::Warn, says.to_owned())));
            None
        }
        Err(Failure::Usage(why) | Failure::Failed(why)) => {
            checks.push(Check::new("database", (Health::Fail, why)));
            None
        }
    };
    if config.dingtalk.is_set() {
        // Where the system lays them for one service, others may be let in on purpose.
        let files = config.dingtalk.secret_files().map(PathBuf::from);
        checks.push(Check::new("secret files", private(files, Health::Warn)));
        checks.extend(checkup::checks(&config, reader.as_ref()));
    }
    let row = |check: &Check| if form == Form::Json { check.json() } else { check.row() };
    let rows: Vec<_> = checks.iter().map(row).collect();
    world::print(&rows.join("\n"))?;
    match checks.iter().any(|check| check.health == Health::Fail) {
        true => Err(Failure::Failed(String::new())),
        false => Ok(()),
    }
}

/// Whether the terminal can show Chinese.
fn terminal(variable: impl Fn(&str) -> Option<String>) -> Finding {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
    let locale = set.unwrap_or_else(|| "C".to_owned());
    match cfg!(windows) || locale.to_lowercase().replace('-', "").contains("utf8") {
        true => (Health::Good, format!("its locale is {locale}")),
        false => (Health::Warn, format!("its locale is {locale}, without Chinese: set LANG=C.UTF-8")),
    }
}

/// The files that the database may have.
fn files_of(db: &Path) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm", "-lock"].into_iter().map(|end| {
        let mut path = db.to_owned().into_os_string();
        path.push(end);
        PathBuf::from(path)
    })
}

/// Whether these files, of which not all need be there, are their owner's alone, and how bad it is otherwise.
fn private(files: impl Iterator<Item = PathBuf>, otherwise: Health) -> Finding {
    #[cfg(unix)]
    for path in files {
        use std::os::unix::fs::MetadataExt;
        if path.metadata().is_ok_and(|found| found.mode() & 0o077 != 0) {
            return (otherwise, format!("others may read {0}: `chmod 600 {0}`", path.display()));
        }
    }
    #[cfg(not(unix))]
    let _ = (files, otherwise);
    (Health::Good, "their owner alone can read them".to_owned())
}

/// How much room the disk has.
fn free(db: &Path) -> Finding {
    let size = db.metadata().map_or(0, |found| found.len());
    #[cfg(unix)]
    return match rustix::fs::statvfs(db) {
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize), size),
        Err(error) => (Health::Warn, format!("the disk does not say ({error})")),
    };
    #[cfg(not(unix))]
    (Health::Good, format!("the database takes {} MB", size >> 20))
}

fn room(free: u64, size: u64) -> Finding {
    let says = format!("{} MB are free, the database takes {}", free >> 20, size.div_ceil(1 << 20));
    match free {
        _ if free < LEAST_ROOM => (Health::Fail, format!("{says}: make room on the disk now")),
        _ if free < GOOD_ROOM + size => (Health::Warn, format!("{says}: make room on the disk")),
        _ => (Health::Good, says),
    }
}

/// What the database itself tells.
fn inside(reader: &Reader, config: &Config) -> Vec<Check> {
    let damage = reader.find_damage().map(|damage| match damage {
        Some(why) => (Health::Fail, format!("the file is damaged ({why}): `usher restore` a backup")),
        None => (Health::Good, "every page is sound".to_owned()),
    });
    let mut checks = vec![check("integrity", damage)];
    if reader.is_outdated() {
        let says =
            "an older Usher wrote it: `usher backup` it, then start the bot, which brings it up to date";
        checks.push(Check::new("version", (Health::Warn, says.to_owned())));
        return checks;
    }
    checks.push(Check::new("version", (Health::Good, "this Usher's".to_owned())));
    let now = world::now();
    checks.push(check("audit log", reader.read(|tx| audit(tx, config))));
    checks.push(check("clock", reader.read(|tx| clock(tx, now))));
    match reader.read(|tx| tx.has_organisation()) {
        Ok(true) => {
            checks.push(check("organisation", reader.read(|tx| organisation(tx, config))));
            checks.push(check("owner", reader.read(|tx| owner(tx, config))));
            checks.push(check("admins", reader.read(|tx| admins(tx, config))));
        }
        Ok(false) if config.dingtalk.holder == Holder::DingTalk => {
            let says = "its copy is not complete: `usher serve` goes on with it";
            checks.push(Check::new("organisation", (Health::Warn, says.to_owned())));
        }
        Ok(false) => {
            let says = "there is none yet: `usher import FILE --db F`";
            checks.push(Check::new("organisation", (Health::Fail, says.to_owned())));
        }
        Err(fault) => checks.push(check("organisation", Err(fault))),
    }
    checks.push(check("outbox", reader.read(|tx| outbox(tx, now))));
    checks
}

fn check(name: &'static str, found: Result<Finding, Fault>) -> Check {
    let unreadable = |fault| (Health::Fail, format!("it can't be read ({fault}): `usher restore` a backup"));
    Check::new(name, found.unwrap_or_else(unreadable))
}

fn audit(tx: &Tx<'_>, config: &Config) -> Result<Finding, Fault> {
    let path = Path::new(&config.head_file);
    let noted = match config.head_file.is_empty() {
        true => None,
        false => match head::read(path) {
            Ok(noted) => noted,
            Err(why) => return Ok((Health::Fail, format!("{why}: find out who wrote it"))),
        },
    };
    if let Some(noted) = &noted
        && let Some(why) = world::tampered(head::standing(tx, noted)?, path)
    {
        return Ok((Health::Fail, why));
    }
    Ok(match tx.verify_audit()? {
        Ok(entries) if noted.is_some() => {
            (Health::Good, format!("{entries} entries, verified up to the end"))
        }
        Ok(entries) => {
            (Health::Good, format!("{entries} entries, verified; `audit.head_file` would show a cut end"))
        }
        Err(broken) => {
            (Health::Fail, format!("{broken}: find out who wrote to the file, and restore a backup"))
        }
    })
}

fn clock(tx: &Tx<'_>, now: Timestamp) -> Result<Finding, Fault> {
    let newest = tx.audit_before(i64::MAX, None, 1)?.pop();
    Ok(match newest.filter(|entry| entry.at > now) {
        Some(entry) => {
            let (now, then) = (now.rfc3339("UTC"), entry.at.rfc3339("UTC"));
            (Health::Fail, format!("it is {now}, but the newest audit entry is of {then}: set the clock"))
        }
        None => (Health::Good, format!("{} is not before the newest audit entry", now.rfc3339("UTC"))),
    })
}

fn organisation(tx: &Tx<'_>, config: &Config) -> Result<Finding, Fault> {
    let organisation = tx.organisation()?;
    Ok(match platform::mismatch(tx, &config.dingtalk)? {
        Some(why) => (Health::Fail, why),
        None if world::is_demo(tx)? => {
            let says = "the demo, whose passwords are published: for your own people, name another database with `--db`";
            (Health::Warn, says.to_owned())
        }
        None => (Health::Good, format!("{} ({})", organisation.name, organisation.id)),
    })
}

fn owner(tx: &Tx<'_>, config: &Config) -> Result<Finding, Fault> {
    let owner = tx.organisation()?.owner.clone();
    Ok(match config.policy.require_secret.is_empty() || tx.enrolled(&owner)?.any() {
        true => (Health::Good, format!("{owner} can prove who they are")),
        false => {
            (Health::Fail, format!("{owner} has no secret and so can delete nobody: `usher passwd {owner}`"))
        }
    })
}

fn admins(tx: &Tx<'_>, config: &Config) -> Result<Finding, Fault> {
    let mut without = Vec::new();
    let admins = tx.admins()?;
    for (admin, _) in &admins {
        if !config.policy.require_secret.is_empty() && !tx.enrolled(admin)?.any() {
            without.push(admin.to_string());
        }
    }
    Ok(match without.first() {
        Some(first) => {
            let all = without.join(", ");
            (
                Health::Warn,
                format!("without a secret, and so unable to delete: {all}: `usher passwd {first}`"),
            )
        }
        None => (Health::Good, format!("all {} can prove who they are", admins.len())),
    })
}

fn outbox(tx: &Tx<'_>, now: Timestamp) -> Result<Finding, Fault> {
    let counts = tx.letter_counts()?;
    let oldest = tx.queued(0, 1)?.pop().map(|letter| letter.queued_at);
    Ok(match oldest.filter(|since| *since < now - LONG_WAIT) {
        Some(since) => {
            let since = since.rfc3339("UTC");
            (
                Health::Warn,
                format!("waiting: {}, the first since {since}: is the bot running?", counts.queued),
            )
        }
        None if counts.dead > 0 => {
            (Health::Warn, format!("given up: {}; `/notices` shows them and tries again", counts.dead))
        }
        None => (Health::Good, format!("waiting: {}, given up: 0", counts.queued)),
    })
}

#[cfg(test)]
mod tests {
    use super::{GOOD_ROOM, Health, LEAST_ROOM, room, terminal};

    #[test]
    fn a_full_disk_is_noticed_before_it_is_full() {
        assert_eq!(room(LEAST_ROOM - 1, 0).0, Health::Fail);
        assert_eq!(room(GOOD_ROOM, 1).0, Health::Warn);
        assert_eq!(room(GOOD_ROOM + 1, 1).0, Health::Good);
    }

    #[test]
    fn the_strongest_variable_decides_about_the_terminal() {
        let set = |all: &[(&str, &str)]| {
            let all: Vec<_> = all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            terminal(|name| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())).0
        };
        assert_eq!(set(&[("LANG", "zh_CN.UTF-8")]), Health::Good);
        assert_eq!(set(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Health::Warn);
        assert_eq!(set(&[("LC_ALL", ""), ("LANG", "C.utf8")]), Health::Good);
        assert_eq!(set(&[]), Health::Warn);
    }
}
