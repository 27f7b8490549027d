//! What becomes of a call: it is read back, whatever it is answered, and made again only after that.

use serde_json::json;
use usher::domain::{CallFailure, Directory, Evidence, PersonId, Span, State};

use super::stage::{Able, Stage, fields};
use super::{DELETE_BOB, deleting_lina, end_of_lina, refused, rests, unknown};

fn lost() -> Result<(), CallFailure> {
    Err(CallFailure::Unsure("no answer".to_owned()))
}

#[test]
fn a_deletion_is_done_when_it_is_seen_and_not_before() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("alice", "ops", "/delete @lina1");
    assert_eq!(
        (stage.kinds(), stage.asked(), stage.look_ups),
        (vec!["ops confirm_request".into()], vec![], 1)
    );
    stage.confirm();
    assert_eq!(stage.look_ups, 2, "looked up again before it is done");
    assert_eq!(stage.states(), ["called"], "durable before the call is made");
    let progress = stage.said().remove(0);
    let code = stage.code();
    let expected = json!({
        "operation": "delete", "code": code.as_str(), "target": "lina1", "step": "delete", "waiting_for": "backend"
    });
    assert_eq!((progress.kind.as_str(), fields(&progress)), ("progress", expected));
    assert_eq!(stage.asked(), ["call delete lina1"]);

    stage.called(Ok(()));
    assert_eq!(stage.asked(), ["check delete lina1"], "what it answered is not believed");
    stage.checked(Ok(Evidence::NotYet));
    assert!(stage.kinds().is_empty() && stage.is_here("lina1"), "neither said nor written down yet");
    assert_eq!(stage.state(), State::Executing);
    stage.wait(Span::from_secs(2));
    assert_eq!(stage.asked(), ["check delete lina1"], "read again after a while");
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
    assert!(!stage.is_here("lina1"));
    assert_eq!((stage.states(), stage.state()), (vec!["verified"], State::Done));
    assert_eq!(stage.outcomes(), ["requested", "executing", "done"]);
    rests(&mut stage);
}

#[test]
fn every_step_is_done_in_its_order_and_the_copy_follows_one_by_one() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm(DELETE_BOB);
    assert_eq!(stage.states(), ["verified", "called", "intended"]);
    let items = |stage: &mut Stage, id: &str| stage.read(|tx| tx.handover_items(&PersonId::new(id))).len();
    assert_eq!(
        (items(&mut stage, "bob"), items(&mut stage, "dave")),
        (0, 2),
        "handed over, and written down"
    );
    assert_eq!(stage.asked(), ["call cancel A-1001"]);
    stage.called(Ok(()));
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.asked(), ["check cancel A-1001", "call delete bob"]);
    assert!(!stage.is_pending("A-1001") && stage.is_here("bob"));
    assert_eq!(stage.kinds(), ["ops progress"], "said once");
    stage.called(Ok(()));
    stage.checked(Ok(Evidence::Done));
    assert!(!stage.is_here("bob"));
    assert_eq!(stage.kinds()[..2], ["ops done", "all notice"]);
    rests(&mut stage);
}

#[test]
fn a_lost_answer_is_read_back_and_what_was_done_is_not_done_twice() {
    let mut stage = deleting_lina();
    stage.called(lost());
    assert!(stage.asked().is_empty(), "the call may still be under way");
    stage.wait(Span::from_millis(1_999));
    assert!(stage.asked().is_empty(), "and a moment before the two seconds are over, too");
    stage.wait(Span::from_millis(1));
    assert_eq!(stage.asked(), ["check delete lina1"]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
    assert!(stage.asked().is_empty(), "no second call");
    rests(&mut stage);
}

#[test]
fn a_call_that_was_lost_and_not_done_is_made_again_only_after_reading() {
    let mut stage = deleting_lina();
    stage.called(lost());
    let mut checks = 0;
    let again = loop {
        stage.wait(Span::from_secs(1));
        let asked = stage.asked();
        if asked == ["check delete lina1"] {
            checks += 1;
            stage.checked(Ok(Evidence::NotYet));
            let more = stage.asked();
            if !more.is_empty() {
                break more;
            }
        } else {
            assert!(asked.is_empty(), "{asked:?}");
        }
    };
    assert_eq!((again, checks), (vec!["call delete lina1".to_owned()], 5));
}

#[test]
fn a_call_that_is_never_answered_is_read_back_too() {
    let mut stage = deleting_lina();
    stage.wait(Span::from_secs(59));
    assert!(stage.asked().is_empty());
    stage.wait(Span::from_secs(1));
    assert_eq!(stage.asked(), ["check delete lina1"]);
}

#[test]
fn what_is_to_be_tried_later_is_tried_after_that_time() {
    let mut stage = deleting_lina();
    stage.called(Err(CallFailure::Later(Span::from_mins(10))));
    assert_eq!(stage.states(), ["intended"]);
    stage.wait(Span::from_secs(599));
    assert!(stage.asked().is_empty());
    stage.wait(Span::from_secs(1));
    assert_eq!(stage.asked(), ["call delete lina1"]);
    assert_eq!(stage.states(), ["called"]);
}

#[test]
fn what_is_to_be_tried_later_was_no_try() {
    let mut stage = deleting_lina();
    for _ in 0..10 {
        stage.called(Err(CallFailure::Later(Span::from_mins(10))));
        stage.wait(Span::from_mins(10));
        assert_eq!(stage.asked(), ["call delete lina1"], "however often");
    }
    // Nobody gives up on a call that was never made: what is lost now is looked for, and called once more.
    stage.called(lost());
    let again = std::iter::repeat_with(|| {
        stage.wait(Span::from_mins(1));
        let asked = stage.asked();
        if !asked.is_empty() {
            stage.checked(Ok(Evidence::NotYet));
        }
        stage.asked()
    });
    assert_eq!(again.take(60).find(|asked| !asked.is_empty()), Some(vec!["call delete lina1".to_owned()]));
    assert!(stage.kinds().is_empty() && stage.state() == State::Executing);
}

#[test]
fn an_answer_that_comes_late_does_not_hurry_a_call_that_is_to_be_made_later() {
    let mut stage = deleting_lina();
    stage.wait(Span::from_secs(60));
    assert_eq!(stage.asked(), ["check delete lina1"], "nobody waits longer for the answer");
    stage.called(Err(CallFailure::Later(Span::from_mins(10))));
    stage.checked(Ok(Evidence::NotYet));
    stage.checked(Err(unknown()));
    stage.wait(Span::from_secs(599));
    assert!(stage.asked().is_empty(), "too early");
    stage.wait(Span::from_secs(1));
    assert_eq!(stage.asked(), ["call delete lina1"]);
}

#[test]
fn what_is_refused_ends_and_says_what_stays() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm(DELETE_BOB);
    stage.called(Ok(()));
    stage.checked(Ok(Evidence::Done));
    stage.said();
    stage.asked();
    stage.called(refused());
    let failed = stage.said();
    assert_eq!((failed.len(), failed[0].kind.as_str()), (1, "failed"));
    assert_eq!(fields(&failed[0])["error"], "no_permission");
    for words in ["The app may not.", "转交工作和审批、取消审批。", "/delete @bob"] {
        assert!(failed[0].text.contains(words), "{words}: {}", failed[0].text);
    }
    assert!(stage.is_here("bob") && !stage.is_pending("A-1001"));
    assert_eq!(stage.state(), State::Failed);
    assert_eq!(stage.outcomes(), ["requested", "executing", "failed:no_permission"]);
    rests(&mut stage);
    stage.checked(Ok(Evidence::Done));
    stage.called(Ok(()));
    assert!(stage.kinds().is_empty() && stage.asked().is_empty(), "what has ended has ended");
}

#[test]
fn a_call_that_is_never_seen_done_ends_after_three() {
    let mut stage = deleting_lina();
    let mut calls = 1;
    while stage.state() == State::Executing {
        stage.called(Ok(()));
        for asked in stage.asked() {
            calls += usize::from(asked.starts_with("call"));
        }
        stage.checked(Ok(Evidence::NotYet));
        calls += stage.asked().iter().filter(|asked| asked.starts_with("call")).count();
    }
    let said = stage.said();
    assert_eq!((calls, fields(&said[0])["error"].as_str()), (3, Some("not_verified")));
    assert!(stage.is_here("lina1"));
}

#[test]
fn a_reading_that_cannot_tell_is_no_answer() {
    let mut stage = deleting_lina();
    stage.called(lost());
    for _ in 0..12 {
        stage.wait(Span::from_mins(30));
        let asked = stage.asked();
        assert!(!asked.is_empty() && asked.iter().all(|asked| asked == "check delete lina1"), "{asked:?}");
        stage.checked(Err(unknown()));
        assert!(stage.asked().is_empty() && stage.kinds().is_empty(), "neither called again nor given up");
    }
    stage.wait(Span::from_days(8));
    assert_eq!((stage.kinds(), stage.state()), (vec!["ops failed".to_owned()], State::Failed));
    assert_eq!(stage.outcomes().last().unwrap(), "failed:not_verified");
}
