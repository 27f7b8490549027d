//! The simulator of faults: the real core on real SQLite on a disk that fails, is full, forgets and loses its power, a
//! process that is killed at any moment, and a platform that delivers again what was not acknowledged.
//!
//! The program's own loop is played too, with all that it waits for: it is given, answered and killed by numbers.
//!
//! Every run is decided by numbers alone, on one thread, with a clock that is a number. What comes of it is judged from
//! outside: by what was delivered, and by what the files hold in the end.
//!
//! | | |
//! |---|---|
//! | `cargo test --test faults` | some places of each sweep, and some seeds |
//! | `USHER_DEEP=1 cargo test --release --test faults` | every place of every sweep |
//! | `USHER_SEEDS=5000 cargo test --release --test faults` | so many seeds |
//! | `USHER_SEED=7 cargo test --test faults whatever_happens_everything` | the one run of this seed |
//! | `USHER_SEED=7 cargo test --test faults to_the_loop` | the one run of the loop of this seed |
//! | `USHER_SEED=7 cargo test --test faults becomes_of_calls` | the same with an organisation that is far away |
//!
//! | the tests | |
//! |---|---|
//! | `creation` | a database that is being made, or brought up to date, at every place |
//! | `damage` | files that are damaged |
//! | `remote` | random runs of the program's own loop with an organisation that is far away |
//! | `serving` | random runs of the program's own loop |
//! | `simulation` | random runs of the core |
//! | `sweeps` | each dialogue with each fault at each place |
//!
//! | what they are made of | |
//! |---|---|
//! | `dialogue` | the dialogues of the sweeps, as transcripts |
//! | `disk` | a disk that is memory |
//! | `far` | an organisation that is far away |
//! | `house` | the world around the program's own loop |
//! | `lanes` | the oracle of order and pace |
//! | `life` | one life of the program's own loop |
//! | `moves` | what happens in a random run, drawn from a seed |
//! | `oracle` | the oracle of what was told and what is kept |
//! | `others` | another process that has the database open |
//! | `platform` | a chat platform with its habits |
//! | `seeds` | many random runs; the one that fails is made short, and kept |
//! | `steps` | what happens to the program's own loop in a random run, and how it is judged |
//! | `trouble` | what can go wrong with a disk |
//! | `vfs` | the disk as SQLite sees it |
//! | `world` | the world around the core |

mod creation;
mod damage;
mod dialogue;
mod disk;
mod far;
mod house;
mod lanes;
mod life;
mod moves;
mod oracle;
mod others;
mod platform;
mod remote;
mod seeds;
mod serving;
mod simulation;
mod steps;
mod sweeps;
mod trouble;
mod vfs;
mod world;
