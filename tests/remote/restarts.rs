//! What a start finds under way, however long the program slept: it is read before it is called again or given up.

use usher::domain::{CallFailure, Evidence, Span, State};

use super::stage::{Able, Stage, fields};
use super::{DELETE_BOB, deleting_lina, end_of_lina, rests};

#[test]
fn a_call_that_may_be_under_way_is_not_made_again_however_often_the_program_starts() {
    let mut stage = deleting_lina();
    for start in 0..20 {
        stage.restart();
        assert_eq!(stage.asked(), ["check delete lina1"], "start {start}");
        stage.checked(Ok(Evidence::NotYet));
        stage.wait(Span::from_secs(1));
        assert!(stage.asked().is_empty(), "it may take longer than it takes to start twice");
    }
}

#[test]
fn a_restart_reads_before_it_calls() {
    // Called, and the answer lost with the process.
    let mut stage = deleting_lina();
    stage.restart();
    assert_eq!(stage.asked(), ["check delete lina1"]);
    stage.restart();
    assert_eq!(stage.asked(), ["check delete lina1"], "whoever read has died as well");
    stage.checked(Ok(Evidence::NotYet));
    assert!(stage.asked().is_empty(), "one reading is not enough to call again");
    stage.restart();
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
    stage.restart();
    rests(&mut stage);
}

#[test]
fn a_restart_keeps_what_is_to_be_tried_later() {
    let mut stage = deleting_lina();
    stage.called(Err(CallFailure::Later(Span::from_mins(10))));
    stage.restart();
    assert!(stage.asked().is_empty());
    stage.wait(Span::from_mins(10));
    assert_eq!(stage.asked(), ["call delete lina1"]);
}

#[test]
fn a_restart_between_two_steps_goes_on_with_the_second() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm(DELETE_BOB);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.asked(), ["call cancel A-1001", "call delete bob"]);
    stage.restart();
    assert_eq!(stage.asked(), ["check delete bob"]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds()[..2], ["ops progress", "ops done"]);
}

#[test]
fn after_a_long_sleep_it_is_read_before_it_is_given_up() {
    for able in [Able::Alone, Able::WithAPerson] {
        let mut stage = Stage::new(able);
        stage.ask_and_confirm("/delete @lina1");
        stage.said();
        stage.now = stage.now + Span::from_days(8);
        stage.restart();
        assert_eq!(stage.asked(), ["check delete lina1"], "{able:?}");
        assert_eq!(stage.state(), State::Executing);
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.state(), State::Done);
    }
}

#[test]
fn what_is_not_done_when_it_is_read_for_the_last_time_is_given_up_at_once() {
    for (able, error) in [(Able::Alone, "not_verified"), (Able::WithAPerson, "not_done_in_time")] {
        let mut stage = Stage::new(able);
        stage.ask_and_confirm("/delete @lina1");
        stage.said();
        stage.now = stage.now + stage.policy.guided_ttl;
        stage.restart();
        assert_eq!(stage.asked(), ["check delete lina1"], "{able:?}");
        stage.checked(Ok(Evidence::NotYet));
        assert_eq!(stage.state(), State::Failed, "{able:?}");
        assert_eq!(fields(&stage.said().remove(0))["error"], error);
        rests(&mut stage);
    }
}
