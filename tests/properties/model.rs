//! Every organisation of up to three people, and every way in which two dialogues may run into each other there: who
//! asks for what, and who confirms, proves themselves, calls off or meddles, in any order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use usher::domain::{Change, Code, Content, Conversation, DepartmentId, Operation, Policy, State};
use usher::engine::{self, Decision};

use crate::authority::{empty, member};
use crate::facts::{Facts, STANDINGS, Standing, asks, group, id, place};
use crate::oracle::{Answer, Ask, Asker};
use crate::world::{NOW, SECRET, World};
use crate::{GATE, cases};

/// An operation that is open, with what was asked for, by whom, and how things were then.
#[derive(Clone)]
struct Open {
    actor: usize,
    ask: Ask,
    then: Facts,
}

/// How things stand: the world, what is open in it, and how many more dialogues may begin.
#[derive(Clone)]
struct Node {
    world: World,
    open: BTreeMap<Code, Open>,
    left: usize,
}

impl Node {
    fn key(&self) -> String {
        let mut key = format!("{:?} {}", Facts::of(&self.world), self.left);
        for member in &self.world.roster.people {
            key.push(if member.password_hash.is_some() { '*' } else { '-' });
        }
        let mut open: Vec<_> = self.world.operations.iter().collect();
        open.sort_by_key(|operation| &operation.code);
        for operation in open {
            key.push_str(&format!(
                "|{} {} {:?} {}",
                operation.code, operation.command, operation.state, operation.shown
            ));
        }
        key
    }

    fn operation(&self, code: &Code) -> &Operation {
        self.world.operations.iter().find(|operation| operation.code == *code).unwrap()
    }
}

/// Looks at every way to go on.
struct Explorer {
    policy: Policy,
    seen: BTreeSet<String>,
    waiting: VecDeque<Node>,
    transitions: usize,
    /// How often each kind of end was reached.
    ends: BTreeMap<String, usize>,
}

impl Explorer {
    fn add(&mut self, node: Node) {
        if self.seen.insert(node.key()) {
            self.waiting.push_back(node);
        }
    }

    /// Somebody says something; what is decided must be sound.
    fn say(&mut self, node: &Node, actor: usize, to: &Conversation, text: &str) -> (Node, Decision) {
        self.transitions += 1;
        let decision = node.world.hear(&self.policy, &id(actor), to, text, actor as u64);
        let after = self.follow(node, &decision, Some((actor, to)), text);
        (after, decision)
    }

    fn follow(
        &mut self,
        node: &Node,
        decision: &Decision,
        said: Option<(usize, &Conversation)>,
        text: &str,
    ) -> Node {
        let mut after = node.clone();
        decision.changes.iter().for_each(|change| after.world.apply(change));
        let (before, now) = (Facts::of(&node.world), Facts::of(&after.world));
        let what = format!("{said:?}: {text}, with {before:?}");
        let done: Vec<_> = decision.changes.iter().filter_map(done).collect();
        match done.as_slice() {
            [] => assert_eq!(before, now, "{what}: nothing is done, but something changed"),
            [code] => {
                let (actor, to) = said.unwrap();
                self.executed(node, code, actor, to, &what);
                let Open { actor, ask, .. } = &node.open[code];
                assert_eq!(now, before.after(*actor, ask), "{what}: what was asked for is what happens");
            }
            _ => panic!("{what}: two operations are done at once"),
        }
        assert_ne!(now.standings[now.owner], Standing::Gone, "{what}: the owner is gone");
        for operation in &after.world.operations {
            let is_there = after.world.is_active(&operation.requester);
            assert!(is_there || !operation.state.is_waiting(), "{what}: who is gone keeps {operation:?}");
        }
        after
    }

    /// An operation is carried out: by who asked for it, where they did, with the right to do so at this very moment.
    fn executed(&self, node: &Node, code: &Code, actor: usize, to: &Conversation, what: &str) {
        let (operation, open) = (node.operation(code), &node.open[code]);
        assert_eq!(open.actor, actor, "{what}: somebody else's");
        let is_proved = matches!(operation.state, State::AwaitingSecret { .. });
        assert_eq!(
            is_proved,
            self.policy.require_secret.contains(&operation.verb),
            "{what}: without a secret"
        );
        let proof = Conversation::Direct(id(actor));
        assert_eq!(*to, if is_proved { proof } else { operation.conversation.clone() }, "{what}: elsewhere");
        assert_eq!(self.expected(node, actor, &open.ask), Answer::Open, "{what}: without the right to");
    }

    fn expected(&self, node: &Node, actor: usize, ask: &Ask) -> Answer {
        let (actor, is_in_group) = (&id(actor), place(actor, ask).is_group());
        Asker { roster: &node.world.roster, actor, is_in_group, require_secret: &self.policy.require_secret }
            .expected(ask)
    }

    fn ask(&mut self, node: &Node, actor: usize, ask: &Ask) {
        let to = place(actor, ask);
        let (mut after, decision) = self.say(node, actor, &to, &ask.text());
        let expected = self.expected(node, actor, ask);
        let opened = after.world.operations.len() > node.world.operations.len();
        assert_eq!(
            opened,
            expected == Answer::Open,
            "p{actor} asks {ask:?}, with {:?}",
            Facts::of(&node.world)
        );
        if opened {
            let code = after.world.operations.last().unwrap().code.clone();
            let then = Facts::of(&node.world);
            assert!(
                after.open.insert(code, Open { actor, ask: ask.clone(), then }).is_none(),
                "a code is given twice"
            );
            after.left -= 1;
            self.add(after);
        } else {
            assert!(decision.changes.is_empty(), "a refusal changes {:?}", decision.changes);
        }
    }

    /// Goes on after what may have ended dialogues: none that ended is ever taken up again.
    fn settle(&mut self, mut after: Node) {
        let ended: Vec<_> =
            after.world.operations.iter().filter(|operation| operation.state.is_final()).cloned().collect();
        for operation in &ended {
            let actor = after.open[&operation.code].actor;
            for verb in ["/confirm", "/cancel"] {
                let text = format!("{verb} {}", operation.code);
                let (_, decision) = self.say(&after, actor, &operation.conversation, &text);
                assert!(decision.changes.is_empty(), "{text} of what ended: {:?}", decision.changes);
            }
            *self.ends.entry(format!("{} {}", operation.verb, operation.state.as_str())).or_default() += 1;
        }
        for operation in ended {
            after.world.operations.retain(|kept| kept.code != operation.code);
            after.open.remove(&operation.code);
        }
        self.add(after);
    }

    /// All that may befall an open dialogue.
    fn go_on(&mut self, node: &Node, code: &Code) {
        let (operation, open) = (node.operation(code), node.open[code].clone());
        let (actor, to) = (open.actor, operation.conversation.clone());
        let (after, _) = self.say(node, actor, &to, &format!("/cancel {code}"));
        assert_eq!(after.operation(code).state, State::Cancelled);
        self.settle(after);
        let is_asking = matches!(operation.state, State::AwaitingSecret { .. });
        let after = if is_asking {
            self.say(node, actor, &Conversation::Direct(id(actor)), SECRET).0
        } else {
            self.say(node, actor, &to, &format!("/confirm {code}")).0
        };
        let next = after.operation(code).state;
        let is_allowed = self.expected(node, actor, &open.ask) == Answer::Open;
        let is_as_shown = Facts::of(&node.world) == open.then;
        if is_allowed && is_as_shown {
            assert!(
                next == State::Done || !is_asking && next.is_waiting(),
                "{next:?}, but nothing has changed"
            );
        }
        assert!(
            is_allowed || matches!(next, State::Blocked | State::Denied),
            "{next:?} without the right to"
        );
        self.settle(after);
        // Whoever else knows the code, and whoever is in the wrong place, moves nothing.
        for meddler in 0..3 {
            let here = if meddler == actor { group((actor + 1) % 3) } else { to.clone() };
            let texts = [format!("/confirm {code}"), format!("/cancel {code}"), "确认".to_owned()];
            // Only a code could be taken for the other dialogue's.
            let count = if node.open.len() > 1 { 1 } else { texts.len() };
            for text in &texts[..count] {
                let is_direct_to_another = !to.is_group() && meddler != actor;
                if !is_direct_to_another {
                    let (_, decision) = self.say(node, meddler, &here, text);
                    assert!(decision.changes.is_empty(), "{text} by p{meddler}: {:?}", decision.changes);
                }
            }
        }
    }

    /// Time passes until everything that waits expires.
    fn expire(&mut self, node: &Node) {
        self.transitions += 1;
        let now = NOW + self.policy.confirm_ttl;
        let mut chance = || panic!("nothing is drawn");
        let world = engine::World {
            view: &node.world,
            policy: &self.policy,
            backing: &usher::domain::Embedded,
            now,
            chance: &mut chance,
        };
        let decision = engine::tick(&world).unwrap();
        let after = self.follow(node, &decision, None, "time passes");
        let told =
            decision.messages.iter().filter(|message| matches!(message.content, Content::Expired { .. }));
        assert_eq!(told.count(), node.open.len(), "each is told that it expired");
        assert!(after.world.operations.iter().all(|operation| operation.state == State::Expired));
        self.settle(after);
    }

    fn explore(&mut self) {
        while let Some(node) = self.waiting.pop_front() {
            let codes: Vec<_> = node.open.keys().cloned().collect();
            codes.iter().for_each(|code| self.go_on(&node, code));
            if !codes.is_empty() {
                self.expire(&node);
            }
            if node.left > 0 {
                let busy: BTreeSet<_> = node.open.values().map(|open| open.actor).collect();
                for actor in (0..3).filter(|actor| !busy.contains(actor)) {
                    for ask in asks(actor) {
                        self.ask(&node, actor, &ask);
                    }
                }
            }
        }
    }
}

fn done(change: &Change) -> Option<&Code> {
    match change {
        Change::OperationMoved { code, state: State::Done, .. } => Some(code),
        _ => None,
    }
}

/// The organisation with these people, of whom the first is the owner.
fn world(second: Standing, third: Standing, owner_has_secret: bool) -> World {
    let mut roster = empty();
    for (index, standing) in [Standing::Member, second, third].into_iter().enumerate() {
        let is_gone = standing == Standing::Gone;
        let department = if index == 0 { "hq" } else { "sales" };
        let departments = if is_gone { Vec::new() } else { vec![DepartmentId::new(department)] };
        let has_secret = !is_gone && (index > 0 || owner_has_secret);
        roster.people.push(member(&id(index), departments, is_gone, has_secret));
        roster.admins.extend(standing.grant().map(|grant| (id(index), grant)));
    }
    World::new(roster)
}

#[test]
fn no_two_dialogues_lead_where_none_may() {
    let require_secret = ["revoke-admin", "delete", "close-account"].map(str::to_owned).to_vec();
    let mut explorer = Explorer {
        policy: Policy { require_secret, ..Policy::default() },
        seen: BTreeSet::new(),
        waiting: VecDeque::new(),
        transitions: 0,
        ends: BTreeMap::new(),
    };
    // Three dialogues take minutes.
    let dialogues = if cases() > GATE { 3 } else { 2 };
    let mut organisations = 0;
    for (at, second) in STANDINGS.into_iter().enumerate() {
        // The second and the third person may be exchanged.
        for third in &STANDINGS[at..] {
            // An owner who can't prove themselves matters where main admins could be the last who can act.
            let is_main = [second, *third].contains(&Standing::Main);
            for owner_has_secret in [true, false].into_iter().take(1 + usize::from(is_main)) {
                organisations += 1;
                let world = world(second, *third, owner_has_secret);
                explorer.add(Node { world, open: BTreeMap::new(), left: dialogues });
            }
        }
    }
    explorer.explore();
    let Explorer { seen, transitions, ends, .. } = explorer;
    println!("{organisations} organisations, {} states, {transitions} messages: {ends:#?}", seen.len());
    assert!(seen.len() > 2_000 && transitions > 50_000, "only {} states, {transitions} messages", seen.len());
    for end in [
        "delete denied",
        "grant-admin denied",
        "revoke-admin blocked",
        "revoke-admin denied",
        "unbind blocked",
    ] {
        assert!(ends.contains_key(end), "no dialogue ran into another so that it ended: {end}");
    }
}
