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
