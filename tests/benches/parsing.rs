//! Messages read a second, beside a naive bot's single pattern in the same run.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

use std::hint::black_box;
use std::time::Instant;

use usher::command::line;
use usher::domain::{Body, Conversation, GroupId, Heard, MessageId, Origin, PersonId, Timestamp};

/// How often everything is read.
const ROUNDS: usize = 20_000;

/// What is said in a group of administrators.
const SAID: [&str; 8] = [
    "/delete @bob",
    "/confirm K7Q2",
    "确认 K7Q2",
    "／删除 ＠李博 reason=resigned handover=@alice note=“交接完成”",
    "/cancel-approval A-1001 reason=\"typed twice\"",
    "/grant-admin @sam level=sub departments=sales,hr permissions=people,approvals",
    "Has anybody seen the quarterly report? I can't find it.",
    "明天上午十点开会，请大家准时参加。",
];

fn main() {
    let heard = SAID.map(|text| Heard {
        id: MessageId::new("m"),
        conversation: Conversation::Group(GroupId::new("ops")),
        sender: PersonId::new("alice"),
        body: Body::plain(text),
        sent_at: Timestamp::from_millis(0),
        origin: Origin::FirstHand,
    });
    let pattern = regex::Regex::new(r"^/(?<verb>\w+)(?: @(?<who>\w+))?$").unwrap();
    let naive = rate(|n| {
        black_box(pattern.captures(black_box(SAID[n])));
    });
    let usher = rate(|n| {
        black_box(line::parse(black_box(&heard[n])));
    });
    println!("naive bot, one pattern: {naive:.0} messages/s");
    println!("all of the grammar: {usher:.0} messages/s, {:.2} × naive", usher / naive);
    for (text, heard) in SAID.iter().zip(&heard) {
        let one = rate(|_| {
            black_box(line::parse(black_box(heard)));
        });
        println!("{:>6.2} µs  {text}", 1e6 / one);
    }
}

/// How often a second something can be done with one of the messages.
fn rate(read: impl Fn(usize)) -> f64 {
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        (0..SAID.len()).for_each(&read);
    }
    (ROUNDS * SAID.len()) as f64 / begin.elapsed().as_secs_f64()
}
