//! The hourly limit on what can't be undone, where carrying it out takes a while.

use usher::domain::{Evidence, Span, State};

use super::stage::{Able, Stage, fields};
use super::{refused, waiting_for_a_person};

/// Alice, who may delete so many an hour, has had so many deletions begun; none of them is done.
fn under_way(limit: u32, people: &[&str]) -> Stage {
    let mut stage = Stage::new(Able::Alone);
    stage.policy.irreversible_per_hour = limit;
    stage.restart();
    for person in people {
        stage.ask_and_confirm_after(&format!("/delete @{person}"));
    }
    stage.said();
    stage
}

#[test]
fn what_is_under_way_counts_and_is_counted_once() {
    let mut stage = under_way(2, &["lina1", "lina2"]);
    stage.say("alice", "ops", "/delete @ana");
    let told = stage.said();
    let told: Vec<_> =
        told.iter().map(|said| (said.to.to_string(), fields(said)["reason"].clone())).collect();
    assert_eq!(told, [("dm:olivia".to_owned(), "limit".into()), ("ops".to_owned(), "limit".into())]);
    // Done, it counts as it did before.
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.state(), State::Done);
    stage.said();
    stage.say("alice", "ops", "/delete @ana");
    assert_eq!(stage.kinds(), ["ops denied"]);
    stage.wait(Span::from_mins(60));
    stage.say("alice", "ops", "/delete @ana");
    assert!(stage.kinds().contains(&"ops confirm_request".to_owned()), "an hour later it counts no more");
}

#[test]
fn what_came_to_nothing_counts_no_more() {
    let mut stage = under_way(1, &["lina1"]);
    stage.called(refused());
    assert_eq!(stage.state(), State::Failed);
    stage.said();
    stage.say("alice", "ops", "/delete @lina2");
    assert_eq!(stage.kinds(), ["ops confirm_request"]);
}

#[test]
fn what_was_asked_for_at_once_is_not_all_confirmed() {
    let mut stage = under_way(1, &[]);
    stage.say("alice", "ops", "/delete @lina1");
    let first = stage.code();
    stage.say("alice", "dm", "/delete @lina2");
    let second = stage.code();
    stage.said();
    stage.say("alice", "ops", &format!("/confirm {first}"));
    assert_eq!(stage.kinds(), ["ops progress"]);
    stage.say("alice", "dm", &format!("/confirm {second}"));
    assert_eq!(stage.kinds(), ["dm:olivia warning", "dm:alice denied"]);
    assert_eq!(stage.state(), State::Denied);
}

#[test]
fn what_waits_for_days_for_a_person_holds_up_nobody() {
    let mut stage = waiting_for_a_person();
    stage.policy.irreversible_per_hour = 1;
    stage.restart();
    stage.wait(Span::from_mins(61));
    stage.said();
    stage.say("alice", "ops", "/delete @lina2");
    assert_eq!(stage.kinds(), ["ops confirm_request"]);
}
