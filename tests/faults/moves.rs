//! What people, the platform and the machine do in a random run: everything is drawn from one seed, before it begins, so
//! that a run that fails can be made shorter by leaving moves out.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use usher::adapter::transcript::{Marks, Saying};
use usher::domain::{Conversation, GroupId, Origin, PersonId, Span};

use super::trouble::Trouble;

/// How many intentions a run has; each is a few moves.
const INTENTIONS: u64 = 24;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Say(Saying),
    /// Several people say something before anything of it is handled, and it comes in another order.
    Together(Vec<Saying>),
    Wait(Span),
    /// Something goes wrong with the machine, at the nth place from now.
    Break(Trouble, u64),
    /// The machine is mended.
    Mend,
    /// The program is stopped and started.
    Restart,
    /// The platform delivers the nth last message again.
    Repeat(usize),
    Down(bool),
    Limit(Option<usize>),
    Lossy(bool),
    Slow(bool),
    /// Somebody can't be written to from now on.
    Refuse(&'static str),
    /// The machine's clock is set so far ahead.
    Set(Span),
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |saying: &Saying| match &saying.conversation {
            Conversation::Group(group) => format!("[{group}] {}: {}", saying.sender, saying.text),
            Conversation::Direct(_) => format!("[dm] {}: {}", saying.sender, saying.text),
        };
        match self {
            Self::Say(saying) => f.write_str(&line(saying)),
            Self::Together(all) => f.write_str(&all.iter().map(line).collect::<Vec<_>>().join(" | ")),
            other => write!(f, "{other:?}"),
        }
    }
}

const HONEST: [&str; 3] = ["alice", "alice", "olivia"];
const ANYBODY: [&str; 8] = ["alice", "olivia", "sam", "hana", "carol", "bob", "dave", "mallory"];
const PLACES: [&str; 4] = ["ops", "ops", "all", "dm"];
const TARGETS: [&str; 12] =
    ["bob", "carol", "erin", "frank", "lina1", "lina2", "pavel", "pavel2", "ana", "sam", "hana", "nobody"];
const SMALL: [&str; 12] = [
    "/pending",
    "/whoami",
    "/help",
    "/admins",
    "/approvals",
    "/todo",
    "/audit",
    "/notices",
    "/lang en",
    "/lang zh",
    "/notify-here departure",
    "1",
];
/// How far a clock is ahead that somebody sets; as often as not it is set right.
const CLOCKS: [Span; 8] = [
    Span::ZERO,
    Span::ZERO,
    Span::ZERO,
    Span::from_secs(3),
    Span::from_mins(4),
    Span::from_mins(-4),
    Span::from_days(1),
    Span::from_days(-1),
];
pub(crate) const TROUBLES: [Trouble; 13] = [
    Trouble::Unreadable,
    Trouble::Unreadable,
    Trouble::Kill,
    Trouble::Kill,
    Trouble::PowerCut,
    Trouble::PowerCut,
    Trouble::Error,
    Trouble::Broken,
    Trouble::Full,
    Trouble::Unsynced,
    Trouble::Forgotten,
    Trouble::Reader,
    Trouble::Writer,
];

/// All that happens under a seed.
pub(crate) fn moves(seed: u64) -> Vec<Move> {
    let mut drawer = Drawer(ChaCha8Rng::seed_from_u64(seed));
    let mut moves = Vec::new();
    for _ in 0..INTENTIONS {
        for next in drawer.intention() {
            if drawer.one_in(3) {
                moves.push(drawer.disturbance());
            }
            moves.push(next);
        }
    }
    moves
}

struct Drawer(ChaCha8Rng);

impl Drawer {
    fn below(&mut self, most: u64) -> u64 {
        self.0.next_u64() % most
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// What somebody sets out to do.
    fn intention(&mut self) -> Vec<Move> {
        match self.below(18) {
            0..6 => self.honest(),
            6..8 => self.operation_of_a_sub_admin(),
            8..10 => self.careless(),
            10..12 => self.hostile(),
            12 => self.leaving(),
            13 => self.consulting(),
            14..16 => self.cold(),
            _ => {
                let (place, who, text) = (self.one_of(&PLACES), self.one_of(&ANYBODY), self.one_of(&SMALL));
                vec![say(place, who, text)]
            }
        }
    }

    fn request(&mut self) -> String {
        let target = self.one_of(&TARGETS);
        match self.below(12) {
            0..4 => format!("/delete @{target} handover=@dave approvals=cancel"),
            4 => format!("/delete @{target}"),
            5..7 => format!("/revoke-admin @{target}"),
            7..9 => format!("/grant-admin @{target} departments=sales permissions=people"),
            9 => format!("/handover @{target} to=@dave"),
            10 => "/cancel-approval A-1001 reason=\"twice\"".to_owned(),
            _ => format!("/unbind @olivia owner to=@{}", self.one_of(&["alice", "carol"])),
        }
    }

    /// Asks, confirms in the same place, and proves who it is.
    fn honest(&mut self) -> Vec<Move> {
        let (place, who) = (self.one_of(&PLACES), self.one_of(&HONEST));
        let secret = if who == "alice" && self.one_in(2) {
            "{totp:alice}".to_owned()
        } else {
            format!("{who}-secret-1")
        };
        vec![say(place, who, &self.request()), say(place, who, "confirm {code}"), say("dm", who, &secret)]
    }

    fn operation_of_a_sub_admin(&mut self) -> Vec<Move> {
        let who = self.one_of(&["sam", "hana"]);
        vec![
            say("ops", who, &self.request()),
            say("ops", who, "confirm {code}"),
            say("dm", who, &format!("{who}-secret-1")),
        ]
    }

    /// Does it in the wrong place, twice, late, or with a wrong secret.
    fn careless(&mut self) -> Vec<Move> {
        let who = self.one_of(&HONEST);
        let target = self.one_of(&TARGETS);
        let asked = say("ops", who, &format!("/delete @{target} handover=@dave approvals=cancel"));
        let confirmed = say("ops", who, "confirm {code}");
        let secret = format!("{who}-secret-1");
        match self.below(8) {
            0..3 => vec![asked, confirmed, say("ops", who, &secret), say("dm", who, &secret)],
            3 => vec![asked, confirmed.clone(), confirmed, say("dm", who, &secret), say("dm", who, &secret)],
            4 => vec![asked, Move::Wait(Span::from_mins(6)), confirmed],
            5 => vec![asked, confirmed, Move::Wait(Span::from_mins(3)), say("dm", who, &secret)],
            6 => {
                let guess = say("dm", who, "wrong-guess");
                vec![asked, confirmed, guess.clone(), guess.clone(), guess]
            }
            _ => {
                let asked =
                    say("ops", who, &format!("/grant-admin @{target} departments=sales permissions=people"));
                vec![asked, say("all", who, "/confirm {code@ops}"), say("ops", who, "取消")]
            }
        }
    }

    /// Uses what others were given, or what nobody said here and now.
    fn hostile(&mut self) -> Vec<Move> {
        let who = self.one_of(&["mallory", "bob", "sam", "carol"]);
        match self.below(5) {
            0 => vec![say("ops", who, "confirm {code}"), say("ops", who, "确认")],
            1 => vec![say("dm", who, "/confirm {code@ops}"), say("ops", who, "/cancel {code}")],
            2 => vec![
                say("ops", who, &self.request()),
                say("ops", who, "confirm {code}"),
                say("dm", who, "alice-secret-1"),
            ],
            3 => vec![said(Origin::Edited, &self.request()), said(Origin::Forwarded, "confirm {code}")],
            _ => {
                let line = |text: &str| saying("ops", who, text);
                vec![
                    Move::Together((0..70).map(|_| line("/whoami")).collect()),
                    Move::Wait(Span::from_mins(2)),
                ]
            }
        }
    }

    /// Somebody closes their own account.
    fn leaving(&mut self) -> Vec<Move> {
        let who = self.one_of(&["hana", "sam"]);
        vec![
            say("dm", who, "/backup"),
            say("dm", who, "/close-account"),
            say("dm", who, "confirm {code}"),
            say("dm", who, &format!("{who}-secret-1")),
        ]
    }

    /// Somebody speaks to a program that has just been started and can't read all of its files.
    fn cold(&mut self) -> Vec<Move> {
        let (place, who) = (self.one_of(&PLACES), self.one_of(&HONEST));
        let unreadable = Move::Break(Trouble::Unreadable, self.below(8));
        vec![Move::Restart, unreadable, say(place, who, &self.request()), say(place, who, "confirm {code}")]
    }

    /// Two people at once, one of whom is asked by the other.
    fn consulting(&mut self) -> Vec<Move> {
        let race = ["alice", "olivia"].map(|who| saying("dm", who, "confirm {code}"));
        let target = self.one_of(&TARGETS);
        let ask = ["alice", "olivia"].map(|who| saying("dm", who, &format!("/revoke-admin @{target}")));
        vec![
            say("ops", "sam", "/consult A-1001 \"it is off\""),
            say("dm", "dave", "/agree A-1001"),
            Move::Together(ask.into()),
            Move::Together(race.into()),
        ]
    }

    fn disturbance(&mut self) -> Move {
        match self.below(24) {
            0..9 => Move::Break(self.one_of(&TROUBLES), self.below(40)),
            9 => Move::Mend,
            10 => Move::Restart,
            11..14 => Move::Repeat(self.below(6) as usize),
            14 => Move::Down(true),
            15..17 => Move::Down(false),
            17 => Move::Limit(Some(2)),
            18 => Move::Limit(None),
            19 => Move::Lossy(self.one_in(2)),
            20 => Move::Slow(self.one_in(2)),
            21 => Move::Refuse(self.one_of(&["carol", "dave", "lina1"])),
            22 => Move::Set(self.one_of(&CLOCKS)),
            _ => Move::Wait(self.one_of(&[Span::from_secs(40), Span::from_mins(4), Span::from_mins(30)])),
        }
    }
}

pub(crate) fn saying(place: &str, who: &str, text: &str) -> Saying {
    let conversation = match place {
        "dm" => Conversation::Direct(PersonId::new(who)),
        group => Conversation::Group(GroupId::new(group)),
    };
    Saying { conversation, sender: PersonId::new(who), text: text.to_owned(), marks: Marks::default() }
}

fn say(place: &str, who: &str, text: &str) -> Move {
    Move::Say(saying(place, who, text))
}

/// Something in alice's name that she did not say here and now.
fn said(origin: Origin, text: &str) -> Move {
    let marks = Marks { origin: Some(origin), ..Marks::default() };
    Move::Say(Saying { marks, ..saying("ops", "alice", text) })
}
