//! Usher.

pub mod domain;
pub mod wording;
