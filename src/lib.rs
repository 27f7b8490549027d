//! Usher.

pub mod domain;
