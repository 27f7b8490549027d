//! A database that is being made: its schema and its organisation are there as a whole, or are made once more.

use std::collections::BTreeMap;
use std::path::Path;

use usher::domain::Timestamp;
use usher::exchange;
use usher::store::{OpenError, Store};

use super::dialogue::{Course, hash};
use super::disk::Disk;
use super::sweeps::tried;
use super::trouble::{Actions, Trouble};
use super::vfs::{Shared, mount};
use super::world::DATABASE;

/// How many times it is tried before somebody mends the disk.
const PATIENCE: usize = 3;
/// How many places of a sweep are tried where nobody asks for all.
const SAMPLE: u64 = 12;

/// Makes the database, or goes on with making it; gives whether it is made.
fn make(disk: &Shared) -> Result<bool, OpenError> {
    let mut store = match Store::open_with_vfs(Path::new(DATABASE), mount(disk)) {
        Ok(store) => store,
        Err(OpenError::Unreachable { .. }) => return Ok(false),
        // Nobody hears what a dead process says.
        Err(_) if disk.borrow().is_dead() => return Ok(false),
        Err(error) => return Err(error),
    };
    let roster = exchange::parse(exchange::demo(), &hash).expect("the demo is sound");
    let made = store.transact(|tx| match tx.has_organisation()? {
        true => Ok(()),
        false => tx.replace(&roster, Timestamp::from_millis(0)),
    });
    drop(store);
    Ok(made.is_ok() && !disk.borrow().is_dead())
}

/// Makes a database on a disk where something goes wrong at this place; gives what is in it after a power cut, and
/// what was done with the disk.
fn made(trouble: Trouble, place: u64) -> Result<(Course, Actions), String> {
    let disk = Shared::new(Disk::new(&BTreeMap::new(), place).into());
    disk.borrow_mut().arm(trouble, place);
    let mut tries = 0;
    while !make(&disk).map_err(|error| format!("what was begun is refused: {error}"))? {
        disk.borrow_mut().revive();
        tries += 1;
        if tries >= PATIENCE {
            disk.borrow_mut().mend();
        }
        if tries > 2 * PATIENCE {
            return Err("it is never made".to_owned());
        }
    }
    let actions = disk.borrow().actions();
    disk.borrow_mut().mend();
    disk.borrow_mut().cut();
    let opened = Store::open_with_vfs(Path::new(DATABASE), mount(&disk));
    let mut store = opened.map_err(|error| error.to_string())?;
    Ok((Course::stored(&mut store).map_err(|fault| fault.to_string())??, actions))
}

#[test]
fn a_database_is_made_as_a_whole_or_once_more() {
    let mut counts = BTreeMap::new();
    let (expected, actions) = made(Trouble::Kill, u64::MAX).expect("nothing goes wrong");
    for trouble in [Trouble::Kill, Trouble::PowerCut, Trouble::Error, Trouble::Full, Trouble::Forgotten] {
        for place in tried(trouble.places(&actions), SAMPLE, 1) {
            let (course, _) =
                made(trouble, place).unwrap_or_else(|why| panic!("{trouble:?} at {place}: {why}"));
            assert!(course == expected, "{trouble:?} at {place}: {:?}", expected.difference(&course));
            *counts.entry(format!("{trouble:?}")).or_insert(0) += 1;
        }
    }
    println!("{counts:?}");
}
