//! `cancel`: calls off what was asked.
//!
//! ```text
//! /cancel [code]
//! ```

use super::spec::{Kind, Need, Param, Place, Run, Spec, Who};

pub(super) const SPEC: Spec = Spec {
    name: "cancel",
    aliases: &["取消"],
    params: &[Param { name: "code", kind: Kind::Value, need: Need::Optional }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-cancel",
    run: Run::Cancel,
};
