//! `usher audit`: the audit log, shown, exported and verified.

use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::{Failure, world};
use crate::domain::{Directory, Fault, PersonId};
use crate::exchange::staff::safe;
use crate::runtime::head::{self, Standing};
use crate::store::{AuditEntry, BrokenEntry};

/// How the entries are written.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(super) enum Format {
    /// A line each, for people
    Text,
    /// A JSON object a line
    Jsonl,
    /// For spreadsheets: no cell is read as a formula
    Csv,
}

/// Which entries.
#[derive(clap::Args, Debug)]
pub(super) struct Selection {
    /// How many of the newest
    #[arg(default_value_t = 50)]
    count: usize,
    /// All of them
    #[arg(long, conflicts_with = "count")]
    all: bool,
    /// Only what this person did, or what was about them
    #[arg(long, value_name = "ID")]
    person: Option<String>,
}

/// Prints the newest entries, the oldest of them first. One that can't be read is named at the end.
pub(super) fn show(db: &Path, selection: &Selection, format: Format) -> Result<(), Failure> {
    let reader = world::open_to_read(db)?;
    let about = selection.person.as_ref().map(PersonId::new);
    let most = if selection.all { usize::MAX } else { selection.count };
    let written = reader.read(|tx| {
        let zone =
            if tx.has_organisation()? { tx.organisation()?.timezone.clone() } else { "UTC".to_owned() };
        let first = tx.audit_start(about.as_ref(), most)?;
        let mut out = Out { to: io::BufWriter::new(io::stdout().lock()), format, zone, broken: None };
        let written = out.write(|take| match first {
            Some(first) => tx.each_audit_entry(first, about.as_ref(), take),
            None => Ok(()),
        })?;
        Ok((written, out.broken))
    });
    match written.map_err(|fault| Failure::Failed(format!("{}: {fault}", db.display())))? {
        (Err(error), _) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("can't be written: {error}")))
        }
        (Ok(()), Some(broken)) => Err(Failure::Failed(format!("{broken}; every other entry was printed"))),
        _ => Ok(()),
    }
}

/// Where the entries are written to, and how.
struct Out<W: Write> {
    to: W,
    format: Format,
    zone: String,
    /// The first that can't be read.
    broken: Option<BrokenEntry>,
}

impl<W: Write> Out<W> {
    /// Writes every entry that `each` hands on, until that fails.
    fn write(
        &mut self,
        each: impl FnOnce(&mut dyn FnMut(Result<AuditEntry, BrokenEntry>) -> bool) -> Result<(), Fault>,
    ) -> Result<io::Result<()>, Fault> {
        let mut written = match self.format {
            Format::Csv => {
                self.to.write_all(b"seq,at,actor,action,target,code,conversation,outcome,hash\r\n")
            }
            Format::Text | Format::Jsonl => Ok(()),
        };
        each(&mut |entry| {
            match entry {
                Ok(entry) => written = self.to.write_all(self.line(&entry).as_bytes()),
                Err(broken) => _ = self.broken.get_or_insert(broken),
            }
            written.is_ok()
        })?;
        Ok(written.and_then(|()| self.to.flush()))
    }

    fn line(&self, entry: &AuditEntry) -> String {
        match self.format {
            Format::Text => text(entry, &self.zone),
            Format::Jsonl => json(entry, &self.zone),
            Format::Csv => csv(entry, &self.zone),
        }
    }
}

/// The entry's fields in their order; what it does not have is empty.
fn fields(entry: &AuditEntry, zone: &str) -> [String; 8] {
    let record = &entry.record;
    [
        entry.seq.to_string(),
        entry.at.rfc3339(zone),
        record.actor.to_string(),
        record.action.clone(),
        record.target.clone().unwrap_or_default(),
        record.code.as_ref().map(ToString::to_string).unwrap_or_default(),
        record.conversation.as_ref().map(ToString::to_string).unwrap_or_default(),
        record.outcome.clone(),
    ]
}

fn text(entry: &AuditEntry, zone: &str) -> String {
    let fields = fields(entry, zone).map(|field| if field.is_empty() { "-".to_owned() } else { field });
    fields.join(" ") + "\n"
}

fn json(entry: &AuditEntry, zone: &str) -> String {
    let record = &entry.record;
    let entry = json!({
        "seq": entry.seq,
        "at": entry.at.rfc3339(zone),
        "actor": record.actor.as_str(),
        "action": record.action,
        "target": record.target,
        "code": record.code.as_ref().map(|code| code.as_str()),
        "conversation": record.conversation.as_ref().map(ToString::to_string),
        "outcome": record.outcome,
        "hash": entry.hash(),
    });
    entry.to_string() + "\n"
}

fn csv(entry: &AuditEntry, zone: &str) -> String {
    let cells = fields(entry, zone).into_iter().chain([entry.hash()]);
    let cells: Vec<_> = cells.map(|cell| format!("\"{}\"", safe(&cell).replace('"', "\"\""))).collect();
    cells.join(",") + "\r\n"
}

/// Walks the whole chain; names the first broken entry. With the newest entry noted outside, a cut end is noticed too.
pub(super) fn verify(db: &Path, config: Option<&Path>) -> Result<(), Failure> {
    let config = world::config(config)?;
    let reader = world::open_to_read(db)?;
    let unreadable = |fault: Fault| Failure::Failed(format!("{}: {fault}", db.display()));
    let entries = match reader.read(|tx| tx.verify_audit()).map_err(unreadable)? {
        Ok(entries) => entries,
        Err(broken) => return Err(Failure::Failed(broken.to_string())),
    };
    if config.head_file.is_empty() {
        return world::print(&format!(
            "{entries} entries, verified; with `audit.head_file` set, a cut end would be noticed too"
        ));
    }
    let path = Path::new(&config.head_file);
    let Some(noted) = head::read(path).map_err(Failure::Failed)? else {
        return Err(Failure::Failed(format!(
            "{entries} entries are whole, but {} is not there: start the bot, which makes it, or find out who took it away",
            path.display()
        )));
    };
    let standing = reader.read(|tx| head::standing(tx, &noted)).map_err(unreadable)?;
    match (world::tampered(standing, path), standing) {
        (Some(why), _) => Err(Failure::Failed(why)),
        (None, Standing::Ahead(newer)) if newer > 0 => world::print(&format!(
            "{entries} entries, verified up to the end; {newer} are newer than {} notes, as after a crash or a command \
             without the bot",
            path.display()
        )),
        _ => world::print(&format!("{entries} entries, verified up to the end")),
    }
}
