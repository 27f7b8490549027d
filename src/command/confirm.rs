//! `confirm`: goes on with what was asked.
//!
//! ```text
//! /confirm [code]
//! ```

use super::spec::{Kind, Need, Param, Place, Run, Spec, Who};

pub(super) const SPEC: Spec = Spec {
    name: "confirm",
    aliases: &["确认"],
    params: &[Param { name: "code", kind: Kind::Value, need: Need::Optional }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-confirm",
    run: Run::Confirm,
};
