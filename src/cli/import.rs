//! `usher import` and `usher export`: the organisation in and out.

use std::fs;
use std::path::Path;

use super::{Failure, world};
use crate::exchange;
use crate::runtime::secrets::Cost;

/// Reads an organisation file into the database: all of it, or nothing.
pub(super) fn import(file: &Path, db: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Failed(format!("{}: can't be read: {error}", file.display())))?;
    let hashing = world::Hashing::new(Cost::Full)?;
    let parse = |current| exchange::parse_onto(current, &text, &hashing);
    let refused = |flaws: Vec<exchange::Flaw>| {
        Failure::Failed(format!("{}: nothing was imported:{}", file.display(), world::listed(&flaws)))
    };
    // A file that is refused must not leave an empty database behind where there was none.
    if !db.exists() {
        parse(None).map_err(refused)?;
    }
    let mut store = world::open(db)?;
    let current = match world::is_new(&mut store)? {
        true => None,
        false => Some(store.transact(|tx| tx.export()).map_err(world::store_failed)?),
    };
    let roster = parse(current.as_ref()).map_err(refused)?;
    store
        .transact(|tx| {
            tx.replace(&roster, world::now())?;
            tx.record(&world::record("import", &roster.organisation.id, "done"), world::now())
        })
        .map_err(world::store_failed)?;
    println!(
        "{}: {} people, {} departments",
        roster.organisation.name,
        roster.people.len(),
        roster.departments.len()
    );
    Ok(())
}

/// Prints the organisation file as it stands; it has no secrets.
pub(super) fn export(db: &Path) -> Result<(), Failure> {
    let mut store = world::open_existing(db)?;
    let roster = store.transact(|tx| tx.export()).map_err(world::store_failed)?;
    world::print(&exchange::to_text(&roster))
}
