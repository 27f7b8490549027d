//! A disk that is memory: it forgets what was not synced when the power is cut, and fails at the operation that it was
//! told to fail at.
//!
//! What is written is seen at once by whoever reads, and lasts only once it is synced. After a power cut each 512-byte
//! sector that was written and not synced is there, not there, torn or noise, independently of all the others.

use std::collections::BTreeMap;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::others::{Guest, Others, WRITE};
use super::trouble::{Action, Actions, Failure, Trouble};

/// What a power cut keeps or loses as one.
const SECTOR: usize = 512;

/// Something done to a file since its last sync.
#[derive(Clone, Debug)]
enum Unsynced {
    Truncated(usize),
    Written(usize, Vec<u8>),
}

impl Unsynced {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Truncated(length) => bytes.truncate(*length),
            Self::Written(at, data) => put(bytes, *at, data),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    let end = at + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(data);
}

#[derive(Clone, Debug, Default)]
struct File {
    /// As whoever reads sees it.
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Unsynced>,
}

/// The disk, with the plan of what goes wrong.
#[derive(Debug)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// The directory as it is seen, and as it would be after a power cut.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    chance: ChaCha8Rng,
    armed: Option<(Trouble, u64)>,
    /// What goes on until it is mended.
    lasting: Option<Trouble>,
    is_dead: bool,
    /// Whoever else has the database open.
    pub(crate) others: Others,
    actions: Actions,
    /// Whether what strikes next has struck before.
    is_repeated: bool,
    has_struck: bool,
    /// How often what went wrong, and at what.
    reached: BTreeMap<&'static str, u64>,
    /// Whether `PRAGMA synchronous = FULL` is read as `NORMAL`.
    pub(crate) is_careless: bool,
}

impl Disk {
    /// A disk with these files, all of them durable.
    pub(crate) fn new(image: &BTreeMap<String, Vec<u8>>, seed: u64) -> Self {
        let file =
            |bytes: &Vec<u8>| File { live: bytes.clone(), durable: bytes.clone(), unsynced: Vec::new() };
        let names: BTreeMap<_, _> = image.keys().cloned().zip(0..).collect();
        Self {
            files: image.values().map(file).collect(),
            durable_names: names.clone(),
            names,
            chance: ChaCha8Rng::seed_from_u64(seed),
            armed: None,
            lasting: None,
            is_dead: false,
            others: Others::default(),
            actions: Actions::new(),
            is_repeated: false,
            has_struck: false,
            reached: BTreeMap::new(),
            is_careless: false,
        }
    }

    /// The files as whoever reads sees them.
    pub(crate) fn image(&self) -> BTreeMap<String, Vec<u8>> {
        self.names.iter().map(|(name, file)| (name.clone(), self.files[*file].live.clone())).collect()
    }

    /// Lets something go wrong at the nth operation from now, counted from 0, at which it can.
    pub(crate) fn arm(&mut self, trouble: Trouble, after: u64) {
        self.armed = Some((trouble, after));
        (self.has_struck, self.is_repeated) = (false, false);
    }

    /// Whether what was armed last has struck.
    pub(crate) fn has_struck(&self) -> bool {
        self.has_struck
    }

    /// How often what went wrong, and at what.
    pub(crate) fn reached(&self) -> BTreeMap<&'static str, u64> {
        self.reached.iter().chain(&self.others.reached).map(|(what, times)| (*what, *times)).collect()
    }

    /// Whether the process or the machine has ended.
    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// From now on nothing is done any more.
    pub(crate) fn die(&mut self) {
        self.is_dead = true;
    }

    /// Starts the machine, or the next process, and mends nothing.
    pub(crate) fn revive(&mut self) {
        self.is_dead = false;
    }

    /// Ends what goes on, and disarms what was to come.
    pub(crate) fn mend(&mut self) {
        (self.armed, self.lasting) = (None, None);
        self.others.leave();
    }

    /// How often what was done so far.
    pub(crate) fn actions(&self) -> Actions {
        self.actions.clone()
    }

    /// Whether something that such a file holds would not survive a power cut.
    pub(crate) fn is_unsynced(&self, ending: &str) -> bool {
        let is_written = |file: &File| {
            file.unsynced.iter().fold(false, |is_written, what| match what {
                Unsynced::Truncated(length) => is_written && *length > 0,
                Unsynced::Written(..) => true,
            })
        };
        self.names.iter().any(|(name, file)| name.ends_with(ending) && is_written(&self.files[*file]))
    }

    /// A moment at which the process may be killed.
    pub(crate) fn moment(&mut self) -> Result<(), Failure> {
        self.whole(Action::Moment)
    }

    pub(crate) fn exists(&mut self, name: &str) -> Result<bool, Failure> {
        self.whole(Action::Look)?;
        Ok(self.names.contains_key(name))
    }

    /// Opens a file; makes it where there is none, if it may.
    pub(crate) fn open(&mut self, name: &str, may_create: bool) -> Result<usize, Failure> {
        if let Some(file) = self.names.get(name).copied() {
            return self.whole(Action::Look).map(|()| file);
        }
        if !may_create {
            return Err(Failure::Failed);
        }
        let trouble = self.begin(Action::Create)?;
        if trouble.is_none_or(Trouble::ends_life) {
            self.files.push(File::default());
            self.names.insert(name.to_owned(), self.files.len() - 1);
        }
        self.end(trouble)?;
        Ok(self.files.len() - 1)
    }

    /// Takes a file out of the directory, at once durably if so wished; gives whether it was there.
    pub(crate) fn delete(&mut self, name: &str, durably: bool) -> Result<bool, Failure> {
        let trouble = self.begin(Action::Delete)?;
        let was_there = trouble.is_none_or(Trouble::ends_life) && self.names.remove(name).is_some();
        self.end(trouble)?;
        if durably {
            self.durable_names.clone_from(&self.names);
        }
        Ok(was_there)
    }

    pub(crate) fn size(&mut self, file: usize) -> Result<usize, Failure> {
        self.whole(Action::Look)?;
        Ok(self.files[file].live.len())
    }

    /// Reads into the buffer; gives how much of it there was.
    pub(crate) fn read(&mut self, file: usize, at: usize, into: &mut [u8]) -> Result<usize, Failure> {
        self.whole(Action::Read)?;
        let live = &self.files[file].live;
        let from = live.get(at.min(live.len())..).unwrap_or_default();
        let length = from.len().min(into.len());
        into[..length].copy_from_slice(&from[..length]);
        into[length..].fill(0);
        Ok(length)
    }

    pub(crate) fn write(&mut self, file: usize, at: usize, data: &[u8]) -> Result<(), Failure> {
        let trouble = self.begin(Action::Write)?;
        let length = match trouble {
            None | Some(Trouble::PowerCut) => data.len(),
            Some(Trouble::Full) => 0,
            Some(_) => self.up_to(data.len()),
        };
        self.change(file, Unsynced::Written(at, data[..length].to_vec()));
        self.end(trouble)
    }

    pub(crate) fn truncate(&mut self, file: usize, length: usize) -> Result<(), Failure> {
        let trouble = self.begin(Action::Truncate)?;
        if trouble.is_none_or(Trouble::ends_life) {
            self.change(file, Unsynced::Truncated(length));
        }
        self.end(trouble)
    }

    fn change(&mut self, file: usize, what: Unsynced) {
        let file = &mut self.files[file];
        what.apply(&mut file.live);
        file.unsynced.push(what);
    }

    /// Makes durable what was done to a file, and all names too if so wished.
    pub(crate) fn sync(&mut self, file: usize, names_too: bool) -> Result<(), Failure> {
        let trouble = self.begin(Action::Sync)?;
        let file = &mut self.files[file];
        match trouble {
            None => {
                file.unsynced.drain(..).for_each(|what| what.apply(&mut file.durable));
                if names_too {
                    self.durable_names.clone_from(&self.names);
                }
            }
            Some(Trouble::Forgotten) => file.unsynced.clear(),
            Some(_) => {}
        }
        self.end(trouble)
    }

    /// The program asks for these locks for itself alone.
    pub(crate) fn lock(&mut self, locks: &Range<usize>) -> Result<(), Failure> {
        if self.is_dead {
            return Err(Failure::Dead);
        }
        if locks.contains(&WRITE) {
            let guest = match self.begin(Action::Lock)? {
                Some(Trouble::Reader) => Some(Guest::Reads),
                Some(Trouble::Writer) => Some(Guest::Writes),
                _ => None,
            };
            if let Some(guest) = guest {
                let bits = self.chance.next_u32();
                self.others.come(guest, bits);
            }
        }
        if self.others.give(locks) { Ok(()) } else { Err(Failure::Busy) }
    }

    /// An operation of which nothing is done when something goes wrong.
    fn whole(&mut self, action: Action) -> Result<(), Failure> {
        let trouble = self.begin(action)?;
        self.end(trouble)
    }

    /// Counts an operation; gives what goes wrong with it.
    fn begin(&mut self, action: Action) -> Result<Option<Trouble>, Failure> {
        if self.is_dead {
            return Err(Failure::Dead);
        }
        *self.actions.entry(action).or_default() += 1;
        if let Some(trouble) = self.lasting.filter(|trouble| trouble.strikes(action)) {
            return Ok(Some(trouble));
        }
        let Some((trouble, left)) = self.armed.filter(|(trouble, _)| trouble.strikes(action)) else {
            return Ok(None);
        };
        if left > 0 {
            self.armed = Some((trouble, left - 1));
            return Ok(None);
        }
        self.is_repeated = trouble == Trouble::Unreadable && !self.is_repeated;
        self.armed = self.is_repeated.then_some((trouble, 0));
        self.has_struck = true;
        *self.reached.entry(trouble.told(action)).or_default() += 1;
        if matches!(trouble, Trouble::Broken | Trouble::Full) {
            self.lasting = Some(trouble);
        }
        Ok(Some(trouble))
    }

    /// Lets the trouble take its course, after as much of the operation was done as was to be.
    fn end(&mut self, trouble: Option<Trouble>) -> Result<(), Failure> {
        let Some(trouble) = trouble else { return Ok(()) };
        if trouble == Trouble::PowerCut {
            self.cut();
        }
        self.is_dead |= trouble.ends_life();
        Err(match trouble {
            Trouble::Kill | Trouble::PowerCut => Failure::Dead,
            Trouble::Full => Failure::Full,
            _ => Failure::Failed,
        })
    }

    /// Cuts the power: what was not synced is there, or not, or in part.
    pub(crate) fn cut(&mut self) {
        self.others.end();
        let mut files = std::mem::take(&mut self.files);
        for file in &mut files {
            for what in std::mem::take(&mut file.unsynced) {
                match what {
                    Unsynced::Written(at, data) => self.spill(&mut file.durable, at, &data),
                    Unsynced::Truncated(length) if self.flips() => file.durable.truncate(length),
                    Unsynced::Truncated(_) => {}
                }
            }
            file.live.clone_from(&file.durable);
        }
        self.files = files;
        let names: std::collections::BTreeSet<_> =
            self.names.keys().chain(self.durable_names.keys()).cloned().collect();
        for name in names {
            let (now, then) = (self.names.get(&name).copied(), self.durable_names.get(&name).copied());
            match if now == then || self.flips() { now } else { then } {
                Some(file) => drop(self.durable_names.insert(name, file)),
                None => drop(self.durable_names.remove(&name)),
            }
        }
        self.names.clone_from(&self.durable_names);
    }

    /// Writes each sector, or not, or a part of it, or noise in its place.
    fn spill(&mut self, bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
        let mut done = 0;
        while done < data.len() {
            let here = at + done;
            let length = (SECTOR - here % SECTOR).min(data.len() - done);
            let sector = &data[done..done + length];
            match self.chance.next_u32() % 8 {
                0..3 => put(bytes, here, sector),
                3..6 => {}
                6 => {
                    let torn = self.up_to(length);
                    put(bytes, here, &sector[..torn]);
                }
                _ => {
                    let mut noise = vec![0; length];
                    self.chance.fill_bytes(&mut noise);
                    put(bytes, here, &noise);
                }
            }
            done += length;
        }
    }

    fn flips(&mut self) -> bool {
        self.chance.next_u32().is_multiple_of(2)
    }

    /// A length from nothing to all of it.
    fn up_to(&mut self, length: usize) -> usize {
        self.chance.next_u32() as usize % (length + 1)
    }
}
