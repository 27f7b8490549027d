//! Damaged files: the program refuses them and leaves them as they are, or runs on, and never ends in a panic.

use std::collections::BTreeMap;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use usher::store::{OpenError, Store};

use super::dialogue::{Course, Dialogue};
use super::disk::Disk;
use super::sweeps::is_deep;
use super::vfs::{Shared, mount};
use super::world::{DATABASE, World};

/// How many damages of each kind of files are tried when nobody asks for all.
const GATE: u64 = 120;
/// And when somebody does.
const DEEP: u64 = 10_000;

type Image = BTreeMap<String, Vec<u8>>;

/// Changes up to 64 bytes anywhere, cuts an end off, or blanks a sector.
fn damage(image: &mut Image, chance: &mut ChaCha8Rng) -> String {
    let mut any = |most: usize| chance.next_u64() as usize % most;
    let names: Vec<String> = image.keys().cloned().collect();
    let name = names[any(names.len())].clone();
    let bytes = image.get_mut(&name).expect("it is one of them");
    let at = any(bytes.len());
    match any(4) {
        0 => bytes.truncate(at),
        1 => {
            let end = bytes.len().min(at + 512);
            bytes[at..end].fill(0);
        }
        _ => {
            let end = bytes.len().min(at + 1 + any(64));
            for byte in &mut bytes[at..end] {
                *byte ^= 1 << any(8);
            }
        }
    }
    format!("{name} at {at}")
}

/// What came of opening a damaged database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    Refused,
    /// The complete check, the audit log or a read of everything tells of it.
    Detected,
    Harmless,
    /// The log's end is missing, so that an earlier state is there, whole.
    Earlier,
    /// Something else is there, and nothing that the file holds tells of it.
    Unseen,
}

fn find(image: &Image, whole: &Image, sound: &Course) -> Result<Finding, String> {
    let disk = Shared::new(Disk::new(image, 0).into());
    let mut store = match Store::open_with_vfs(Path::new(DATABASE), mount(&disk)) {
        Ok(store) => store,
        Err(OpenError::InUse { .. }) => return Err("it says that somebody uses it".to_owned()),
        Err(error) => {
            let mut left = disk.borrow().image();
            // An empty log may stay beside it.
            left.retain(|name, bytes| image.contains_key(name) || !bytes.is_empty());
            let is_kept = left == *image;
            return if is_kept { Ok(Finding::Refused) } else { Err(format!("refused and changed: {error}")) };
        }
    };
    match Course::stored(&mut store) {
        Err(_) | Ok(Err(_)) => Ok(Finding::Detected),
        Ok(Ok(course)) if course == *sound => Ok(Finding::Harmless),
        Ok(Ok(course)) if image[DATABASE] == whole[DATABASE] && course.is_before(sound) => {
            Ok(Finding::Earlier)
        }
        Ok(Ok(_)) => Ok(Finding::Unseen),
    }
}

/// The files of a process that was killed after a dialogue, and those of one that was stopped.
fn images(dialogue: &Dialogue) -> [(Image, Course); 2] {
    let mut world = dialogue.world(0);
    let _ = dialogue.play_once(&mut world).expect("nothing goes wrong");
    let sound =
        |world: &mut World| Course::stored(world.store()).expect("it can be read").expect("it is sound");
    let course = sound(&mut world);
    let killed = world.disk.borrow().image();
    world.stop();
    let stopped = world.disk.borrow().image();
    world.settle().expect("nothing goes wrong");
    assert_eq!((killed.len(), stopped.len()), (2, 1), "only what was stopped has written its log back");
    [(killed, course), (stopped, sound(&mut world))]
}

#[test]
fn damage_is_refused_or_told_and_never_a_panic() {
    let dialogue = Dialogue::of("delete/a-whole-deletion");
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    let mut found: BTreeMap<Finding, u64> = BTreeMap::new();
    let tries = if is_deep() { DEEP } else { GATE };
    for (image, sound) in images(&dialogue) {
        for _ in 0..tries {
            let mut damaged = image.clone();
            let what = damage(&mut damaged, &mut chance);
            let finding = find(&damaged, &image, &sound).unwrap_or_else(|why| panic!("{what}: {why}"));
            *found.entry(finding).or_default() += 1;
            if matches!(finding, Finding::Detected | Finding::Unseen) {
                // Whatever is in it, it is talked with; what comes of that is anybody's guess.
                let _ = dialogue.play_once(&mut dialogue.world_on(Disk::new(&damaged, 0)));
            }
        }
    }
    println!("{found:?}");
    for finding in [Finding::Refused, Finding::Detected, Finding::Harmless, Finding::Earlier] {
        assert!(found.contains_key(&finding), "{tries} damages never reached {finding:?}");
    }
}
