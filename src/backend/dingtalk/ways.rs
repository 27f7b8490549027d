//! Who does which step on DingTalk: the API where it can, else a person with the console's path in hand.
//!
//! Source: the official pages name no call for an organisation's admins, its owner, or a personal account
//! (query-the-administrator-list and get-developer-permissions; user/update and role/addrolesforemps exclude them).

use crate::domain::{Backing, Change, Phrase, Way};

use super::contacts::ROOT;

/// The admin console.
const CONSOLE: &str = "https://oa.dingtalk.com";

/// DingTalk's ways.
#[derive(Clone, Copy, Debug)]
pub struct Ways;

impl Backing for Ways {
    fn way(&self, step: &Change) -> Way {
        match step {
            Change::AccountClosed { .. } => guide([Phrase::new("guide-close-account")]),
            Change::AdminGranted { .. } => guide([console(), Phrase::new("guide-grant-admin")]),
            // Who passes an ownership on asks for this of somebody else: of whoever comes after.
            Change::AdminRevoked { person } => {
                guide([console(), Phrase::new("guide-revoke-admin").code("person", person.as_str())])
            }
            Change::OwnerChanged { .. } => guide([Phrase::new("guide-owner")]),
            // The root department can't be updated (error 60018 of address-book-update-department).
            Change::SupervisorChanged { department, .. } if department.as_str() == ROOT => {
                guide([Phrase::new("guide-root-supervisor").code("url", CONSOLE)])
            }
            Change::ApprovalCancelled { .. }
            | Change::HandedOver { .. }
            | Change::PersonDeparted { .. }
            | Change::SupervisorChanged { .. } => Way::Call,
            _ => Way::Here,
        }
    }

    fn looks_up(&self) -> bool {
        true
    }
}

fn console() -> Phrase {
    Phrase::new("guide-console").code("url", CONSOLE)
}

fn guide(lines: impl Into<Vec<Phrase>>) -> Way {
    Way::Person(lines.into())
}
