//! `usher backup` and `usher restore`: a copy of the whole database, and back.

use std::path::Path;

use super::{Failure, world};
use crate::domain::{Directory, Fault, PersonId, Span};
use crate::store::{self, Existing, Reader};

/// Copies the database into a new file, also while a bot runs on it.
pub(super) fn backup(file: &Path, db: &Path) -> Result<(), Failure> {
    let reader = world::open_to_read(db)?;
    reader.copy_to(file).map_err(|error| Failure::Failed(error.to_string()))?;
    let copy = world::open_to_read(file)?;
    let entries = copy.read(|tx| tx.audit_entries()).map_err(world::store_failed)?;
    world::print(&format!(
        "{} is a sound copy of {}: {}, {entries} audit entries",
        file.display(),
        db.display(),
        age(&copy)?
    ))
}

/// Makes a backup the database; says what comes back with it.
pub(super) fn restore(file: &Path, db: &Path, existing: Existing) -> Result<(), Failure> {
    if !file.exists() {
        return Err(Failure::Usage(format!("{}: there is no such backup", file.display())));
    }
    let backup = Reader::open(file).map_err(|error| Failure::Failed(error.to_string()))?;
    let aside =
        store::restore(&backup, db, existing, &world::record("restore", "database", "done"), world::now())
            .map_err(|error| Failure::Failed(error.to_string()))?;
    let as_of = age(&backup)?;
    let restored = world::open_to_read(db)?;
    let waiting = restored.read(|tx| tx.letter_counts()).map_err(world::store_failed)?.queued;
    let mut lines = vec![format!("{} is restored from {}: {as_of}.", db.display(), file.display())];
    if let Some(aside) = &aside {
        lines.push(format!("What was there before is now {}.", aside.display()));
    }
    lines.push(
        "What happened later is not in it: close again the accounts that were closed since, and delete again \
         whoever was deleted since."
            .to_owned(),
    );
    // The database that was there may be why a backup was needed: it helps if it can.
    let back = aside.and_then(|aside| Reader::open(&aside).ok()).map(|before| came_back(&before, &restored));
    if let Some(Ok(back)) = back.filter(|back| back.as_ref().is_ok_and(|back| !back.is_empty())) {
        lines.push(format!("By the database that was there before, these are: {}.", back.join(", ")));
    }
    if waiting > 0 {
        lines.push(format!(
            "Messages that were waiting then, and will be sent when the bot starts: {waiting}."
        ));
    }
    world::print(&lines.join("\n"))
}

/// Until when the database knows what happened.
fn age(reader: &Reader) -> Result<String, Failure> {
    let newest = reader.read(|tx| tx.newest_moment()).map_err(world::store_failed)?;
    let Some(newest) = newest else { return Ok("nothing has happened in it yet".to_owned()) };
    let zone = reader.read(|tx| tx.organisation()).map_or("UTC".to_owned(), |known| known.timezone.clone());
    let ago = Span::from_mins((world::now() - newest).as_millis().max(0) / 60_000);
    Ok(format!("the last thing that it knows of was at {} ({ago} ago)", newest.rfc3339(&zone)))
}

/// Who is in the restored database, and was not any more in the one before.
fn came_back(before: &Reader, restored: &Reader) -> Result<Vec<String>, Fault> {
    let active = |reader: &Reader, is_active: bool| {
        let people = reader.read(|tx| tx.export())?.people.into_iter().map(|member| member.person);
        let chosen = people.filter(|person| person.is_active() == is_active).map(|person| person.id);
        Ok::<std::collections::BTreeSet<PersonId>, Fault>(chosen.collect())
    };
    let gone = active(before, false)?;
    Ok(active(restored, true)?.intersection(&gone).map(ToString::to_string).collect())
}
