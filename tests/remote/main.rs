//! An organisation that is remote: each step is durable before it is called, called once, and done only when seen.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod calls;
mod each;
mod guided;
mod limit;
mod meanwhile;
mod order;
#[path = "../shared/queues.rs"]
mod queues;
mod random;
mod restarts;
mod stage;

use stage::{Able, Stage};
use usher::domain::{CallFailure, PersonId, Phrase, Sighting, Span, Unknown};

const DELETE_BOB: &str = "/delete @bob handover=@dave approvals=cancel";

/// A deletion of Lina that is being carried out.
fn deleting_lina() -> Stage {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/delete @lina1");
    assert_eq!(stage.asked(), ["call delete lina1"]);
    assert_eq!(stage.kinds(), ["ops progress"]);
    stage
}

/// A deletion of Lina that waits for somebody to do it.
fn waiting_for_a_person() -> Stage {
    let mut stage = Stage::new(Able::WithAPerson);
    stage.ask_and_confirm("/delete @lina1");
    stage
}

fn end_of_lina() -> Vec<&'static str> {
    vec!["ops done", "all notice", "sales-group notice", "dm:dave notice"]
}

fn gone(id: &str) -> Sighting {
    Sighting::PersonGone(PersonId::new(id))
}

fn refused() -> Result<(), CallFailure> {
    let why = Phrase::new("plain").text("text", "The app may not.");
    Err(CallFailure::Refused { error: "no_permission", why })
}

fn unknown() -> Unknown {
    Unknown("the line is dead".to_owned())
}

/// Nothing more is said, asked or due from now on.
fn rests(stage: &mut Stage) {
    stage.requests();
    stage.wait(Span::from_mins(60));
    assert!(stage.asked().is_empty() && stage.kinds().is_empty());
    assert_eq!(stage.read(|tx| tx.next_step()), None);
}
