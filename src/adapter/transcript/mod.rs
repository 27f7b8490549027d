//! Transcripts: conversations as text, both the test format and a readable record.
//!
//! ```text
//! # a comment                                 !directive argument
//! [group] person: text                        [dm] person: text
//! [group] person {id=m7} {edited}: text       [group] person:= "JSON string"
//! [group] usher <kind>: expected text         [dm person] usher <kind>: expected text
//!   a further line of it, with {*} for anything
//!   ...
//! ```

mod codes;
mod compare;
mod line;

pub use codes::asked_code;
pub use compare::{Difference, Said, beside, differences, differs, matches, write};
pub use line::{Directive, Fault, Marks, Saying, Statement, expect_words, pieces, read};
