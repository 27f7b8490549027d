//! Small organisations in which two dialogues meet: who is what there, and what they may ask for.

use usher::domain::{Conversation, DepartmentId, Grant, GroupId, Level, Permission, PersonId};

use crate::authority::main;
use crate::oracle::Ask;
use crate::world::World;

/// What somebody is; the owner is named apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Gone,
    Member,
    /// A sub admin of the sales department, where everybody is but the first person.
    Narrow,
    /// A sub admin of everything.
    Wide,
    Main,
}

pub(crate) const STANDINGS: [Standing; 5] =
    [Standing::Gone, Standing::Member, Standing::Narrow, Standing::Wide, Standing::Main];

impl Standing {
    pub(crate) fn grant(self) -> Option<Grant> {
        let department = match self {
            Self::Gone | Self::Member => return None,
            Self::Main => return Some(main()),
            Self::Narrow => "sales",
            Self::Wide => "hq",
        };
        let permissions = [Permission::Admins, Permission::People].into_iter().collect();
        Some(Grant { level: Level::Sub, departments: vec![DepartmentId::new(department)], permissions })
    }
}

/// Who owns the organisation, and what each person is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Facts {
    pub(crate) owner: usize,
    pub(crate) standings: [Standing; 3],
}

impl Facts {
    pub(crate) fn of(world: &World) -> Self {
        let standing = |index: usize| {
            let id = id(index);
            let grant = world.roster.admins.iter().find(|(admin, _)| *admin == id).map(|(_, grant)| grant);
            let is_it = |standing: &Standing| standing.grant().as_ref() == grant;
            match STANDINGS[1..].iter().find(|standing| is_it(standing)) {
                Some(standing) if world.is_active(&id) => *standing,
                found => {
                    assert_eq!(found, Some(&Standing::Member), "{id} has rights that nobody gave");
                    Standing::Gone
                }
            }
        };
        let owner = (0..3).find(|index| id(*index) == world.roster.organisation.owner).unwrap();
        Self { owner, standings: [0, 1, 2].map(standing) }
    }

    /// What an operation leaves behind.
    pub(crate) fn after(mut self, actor: usize, ask: &Ask) -> Self {
        let Self { owner, standings } = &mut self;
        match ask {
            Ask::CloseAccount => standings[actor] = Standing::Gone,
            Ask::Delete { target, .. } => standings[index(target)] = Standing::Gone,
            Ask::Grant { target, grant } => {
                let is_it = |standing: &&Standing| standing.grant().as_ref() == Some(grant);
                standings[index(target)] = *STANDINGS.iter().find(is_it).unwrap();
            }
            Ask::Revoke(target) => standings[index(target)] = Standing::Member,
            Ask::UnbindOwner { to, .. } => {
                *owner = index(to);
                standings[*owner] = Standing::Member;
            }
            other => panic!("nobody asks for {other:?}"),
        }
        self
    }
}

pub(crate) fn id(index: usize) -> PersonId {
    PersonId::new(format!("p{index}"))
}

fn index(id: &PersonId) -> usize {
    (0..3).find(|index| self::id(*index) == *id).unwrap()
}

/// Each person asks in a group of their own, so that each can have an open dialogue.
pub(crate) fn group(person: usize) -> Conversation {
    Conversation::Group(GroupId::new(format!("g{person}")))
}

pub(crate) fn place(person: usize, ask: &Ask) -> Conversation {
    if matches!(ask, Ask::CloseAccount) { Conversation::Direct(id(person)) } else { group(person) }
}

/// What a person may ask for.
pub(crate) fn asks(person: usize) -> Vec<Ask> {
    let mut asks = vec![Ask::CloseAccount];
    for target in (0..3).map(id) {
        asks.push(Ask::Revoke(target.clone()));
        asks.push(Ask::Delete { target: target.clone(), handover: None, cancels: false });
        for standing in [Standing::Narrow, Standing::Main] {
            asks.push(Ask::Grant { target: target.clone(), grant: standing.grant().unwrap() });
        }
        asks.push(Ask::UnbindOwner { target: id(person), to: target });
    }
    asks
}
