//! The loop: whose clock counts, and that nobody waits for somebody else.

use std::sync::Arc;

use usher::backend::Nobody;
use usher::domain::{Conversation, Delivery, Heard, MessageId, PersonId, Policy, Span, Timestamp};
use usher::runtime::bot::{Bot, Event};
use usher::runtime::chance::Chance;
use usher::runtime::clock::{Clock, SystemClock};
use usher::runtime::secrets;
use usher::runtime::serve::{MAX_WAITING, serve};
use usher::store::Store;

use crate::queues::{Ends, queues};
use crate::{at, confirming, kinds, organisation, roster, said, said_in, start};

/// A bot's time that is another than what the machine's clock shows.
#[derive(Clone, Copy)]
struct Clocks {
    now: Timestamp,
    wall: Timestamp,
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn wall(&self) -> Timestamp {
        self.wall
    }
}

/// What alice is answered in private when she says this at the time that the machine's clock shows.
async fn answered(clocks: Clocks, says: &[&str]) -> Vec<String> {
    let (_room, path) = organisation();
    let bot = Bot::new(Store::open(&path).unwrap(), Policy::default(), Chance::seeded(1)).unwrap();
    let (queues, Ends { events, mut letters, settled: _settled }) = queues(9);
    let talking = async move {
        let mut told: Vec<Delivery> = letters.recv().await.unwrap();
        for (number, text) in says.iter().enumerate() {
            let field =
                |letter: &Delivery| serde_json::from_str::<serde_json::Value>(&letter.fields).unwrap();
            let code = told.last().and_then(|letter| field(letter)["code"].as_str().map(str::to_owned));
            let text = text.replace("{code}", &code.unwrap_or_default());
            let Event::Heard(mut heard) = said(&format!("m{number}"), "alice", &text) else { unreachable!() };
            heard.conversation = Conversation::Direct(PersonId::new("alice"));
            heard.sent_at = clocks.wall;
            events.send(Event::Heard(heard)).await.unwrap();
            let answer = tokio::time::timeout(std::time::Duration::from_secs(20), letters.recv()).await;
            let letters = answer.expect("there is an answer to everything").unwrap();
            told.extend(letters.into_iter().filter(|letter| letter.to.to_string() == "dm:alice"));
        }
        kinds(&told).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (served, told) = tokio::join!(serve(bot, queues, Arc::new(Nobody), clocks), talking);
    served.unwrap();
    told
}

#[tokio::test]
async fn the_age_of_a_message_and_the_step_of_a_code_go_by_the_machines_clock() {
    let roster = roster();
    let alice = roster.people.iter().find(|member| member.person.id.as_str() == "alice").unwrap();
    let device = alice.totp_secret.clone().unwrap();
    for off in [Span::ZERO, Span::from_mins(60), Span::from_days(-3_650)] {
        let clocks = Clocks { now: at(0), wall: at(0) + off };
        let (right, wrong) =
            (secrets::code(&device, clocks.wall), secrets::code(&device, clocks.wall + Span::from_days(7)));
        let request = "/delete @lina1 handover=@dave approvals=cancel";
        let told = answered(clocks, &[request, "/confirm {code}", &wrong, &right]).await;
        assert_eq!(told, ["confirm_request", "secret_request", "secret_rejected", "done"], "{off:?}");
    }
}

/// Only one thread compares secrets here, and it is kept busy until all others were answered.
#[test]
fn while_a_secret_is_compared_others_are_answered() {
    let mut threads = tokio::runtime::Builder::new_current_thread();
    let runtime = threads.max_blocking_threads(1).enable_time().build().unwrap();
    let (_room, path) = organisation();
    let bot = Bot::new(Store::open(&path).unwrap(), Policy::default(), Chance::seeded(1)).unwrap();
    let (queues, Ends { events, mut letters, settled: _settled }) = queues(9);
    let (done, busy) = std::sync::mpsc::channel::<()>();
    let say = |who: &str, id: &str, text: &str| {
        let place = Conversation::Direct(PersonId::new(who));
        events.try_send(said_in(place, id, who, text)).unwrap();
    };
    let mut told = async || {
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), letters.recv()).await;
        told.expect("there is an answer to everything").unwrap()
    };
    let talking = async {
        assert!(told().await.is_empty());
        say("alice", "m1", "/delete @lina1 handover=@dave approvals=cancel");
        let asked = told().await;
        say("alice", "m2", &confirming(&asked[0]));
        assert_eq!(kinds(&told().await), ["secret_request"]);
        tokio::task::spawn_blocking(move || busy.recv());
        say("alice", "m3", "what may be a secret");
        for id in ["m4", "m5", "m6"] {
            say("bob", id, "/whoami");
            let answers = told().await;
            let causes: Vec<_> = answers.iter().map(|letter| letter.in_reply_to.clone()).collect();
            assert_eq!(causes, [Some(MessageId::new(id))], "only bob is answered now");
        }
        drop(done);
        assert_eq!(kinds(&told().await), ["secret_rejected"]);
    };
    let clocks = Clocks { now: at(0), wall: at(0) };
    runtime.block_on(async {
        tokio::select! {
            stopped = serve(bot, queues, Arc::new(Nobody), clocks) => panic!("it stopped: {:?}", stopped.err()),
            () = talking => {}
        }
    });
}

#[tokio::test]
async fn a_group_is_answered_in_order_also_behind_who_proves_who_they_are() {
    let (_room, path) = organisation();
    let store = Store::open(&path).expect("the database was just made");
    let bot = Bot::new(store, Policy::default(), Chance::seeded(1)).expect("it has an organisation");
    let (queues, Ends { events, mut letters, .. }) = queues(9);
    let talking = async move {
        letters.recv().await.expect("what waited is handed on at the start");
        events.try_send(said("m1", "alice", "/delete @lina1 handover=@dave approvals=cancel")).unwrap();
        let asked = letters.recv().await.expect("the request is answered");
        events.try_send(said("m2", "alice", &confirming(&asked[0]))).unwrap();
        letters.recv().await.expect("the confirmation is answered");
        events.try_send(said("m3", "alice", "what may be a secret")).unwrap();
        events.try_send(said("m4", "bob", "/whoami")).unwrap();
        let elsewhere = |who| Conversation::Direct(PersonId::new(who));
        events.try_send(said_in(elsewhere("bob"), "m5", "bob", "/whoami")).unwrap();
        events.try_send(said_in(elsewhere("alice"), "m6", "alice", "/whoami")).unwrap();
        drop(events);
        let mut causes = Vec::new();
        while let Some(told) = letters.recv().await {
            causes.extend(told.into_iter().filter_map(|letter| letter.in_reply_to));
        }
        causes
    };
    let clocks = Clocks { now: at(0), wall: at(0) };
    let (served, causes) = tokio::join!(serve(bot, queues, Arc::new(Nobody), clocks), talking);
    served.expect("the store is sound");
    assert_eq!(
        causes,
        ["m5", "m4", "m6"].map(MessageId::new),
        "Bob waits for Alice where she said it, and only there"
    );
}

#[tokio::test]
async fn behind_a_flood_of_one_person_the_others_are_soon_answered() {
    const FLOOD: usize = 10_000;
    let (_room, path) = organisation();
    let clock = SystemClock::start();
    let (queues, Ends { events, mut letters, settled: _settled }) = queues(MAX_WAITING);
    let say = |id: String, sender: &str| {
        let Event::Heard(heard) = said(&id, sender, "/whoami") else { unreachable!() };
        events.send(Event::Heard(Heard { sent_at: clock.wall(), ..heard }))
    };
    // As many wait as can when the first of the others asks.
    for number in 1..MAX_WAITING {
        say(format!("flood{number}"), "carol").await.unwrap();
    }
    let flood = async {
        for number in MAX_WAITING..FLOOD {
            say(format!("flood{number}"), "carol").await.unwrap();
        }
    };
    let asking = async {
        let (mut waits, mut answered) = (Vec::new(), 0);
        for number in 0..20 {
            let began = clock.now();
            say(format!("asked{number}"), "bob").await.unwrap();
            let id = Some(MessageId::new(format!("asked{number}")));
            loop {
                let told = letters.recv().await.unwrap();
                answered += told.iter().filter(|letter| letter.in_reply_to.is_some()).count();
                if told.iter().any(|letter| letter.in_reply_to == id) {
                    break;
                }
            }
            waits.push((clock.now() - began).as_millis());
        }
        waits.sort_unstable();
        (waits, answered)
    };
    let talking = async { tokio::join!(flood, asking).1 };
    let serving = serve(start(&path), queues, Arc::new(Nobody), clock.clone());
    tokio::select! {
        stopped = serving => panic!("it stopped: {:?}", stopped.err()),
        (waits, answered) = talking => {
            println!("behind {FLOOD} messages of one person others waited, in milliseconds: {waits:?}");
            assert!(waits[18] < 5_000, "{waits:?}");
            let most = Policy::default().messages_per_minute as usize + 1 + waits.len();
            assert!(answered <= most, "{answered} answers, of which the flood may have {most}");
        }
    }
}
