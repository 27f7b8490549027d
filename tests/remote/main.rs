//! An organisation that is remote: each step is durable before it is called, called once, and done only when seen.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod each;
mod limit;
mod order;
mod random;
mod stage;

use serde_json::json;
use stage::{Able, Stage, fields};
use usher::domain::{
    Approval, ApprovalStatus, CallFailure, Directory, Evidence, Memory, PersonId, Phrase, Sighting, Span,
    State, Unknown,
};

const DELETE_BOB: &str = "/delete @bob handover=@dave approvals=cancel";

fn refused() -> Result<(), CallFailure> {
    let why = Phrase::new("plain").text("text", "The app may not.");
    Err(CallFailure::Refused { error: "no_permission", why })
}

fn unknown() -> Unknown {
    Unknown("the line is dead".to_owned())
}

fn lost() -> Result<(), CallFailure> {
    Err(CallFailure::Unsure("no answer".to_owned()))
}

/// A deletion of Lina that is being carried out.
fn deleting_lina() -> Stage {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/delete @lina1");
    assert_eq!(stage.asked(), ["call delete lina1"]);
    assert_eq!(stage.kinds(), ["ops progress"]);
    stage
}

/// A deletion of Lina that waits for somebody to do it.
fn waiting_for_a_person() -> Stage {
    let mut stage = Stage::new(Able::WithAPerson);
    stage.ask_and_confirm("/delete @lina1");
    stage
}

fn end_of_lina() -> Vec<&'static str> {
    vec!["ops done", "all notice", "sales-group notice", "dm:dave notice"]
}

/// Nothing more is said, asked or due from now on.
fn rests(stage: &mut Stage) {
    stage.requests();
    stage.wait(Span::from_mins(60));
    assert!(stage.asked().is_empty() && stage.kinds().is_empty());
    assert_eq!(stage.read(|tx| tx.next_step()), None);
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
fn what_somebody_asked_for_is_called_off_once_their_departure_is_seen() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("lina1", "dm", "/close-account --no-backup");
    let own = stage.code();
    stage.ask_and_confirm_after("/delete @lina1");
    stage.called(Ok(()));
    assert!(stage.read(|tx| tx.operation(&own)).unwrap().state.is_waiting(), "until then it waits");
    stage.said();
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.read(|tx| tx.operation(&own)).unwrap().state, State::Cancelled);
    let told = stage.kinds();
    assert!(told.contains(&"dm:lina1 cancelled".to_owned()), "{told:?}");
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
fn a_look_up_that_fails_blocks_with_its_cause() {
    let mut stage = Stage::new(Able::Alone);
    stage.looks = Err(unknown());
    stage.say("alice", "ops", "/delete @lina1");
    let blocked = stage.said().remove(0);
    assert_eq!(blocked.kind, "blocked");
    assert_eq!(fields(&blocked)["blockers"], json!([{"blocker": "unknown", "fix": "/delete @lina1"}]));
    assert!(blocked.text.contains("the line is dead"), "{}", blocked.text);
    stage.looks = Ok(Vec::new());
    stage.say("alice", "ops", "/delete @lina1");
    assert_eq!(stage.kinds(), ["ops confirm_request"]);
    stage.looks = Err(unknown());
    stage.confirm();
    assert_eq!((stage.kinds(), stage.state()), (vec!["ops blocked".to_owned()], State::Blocked));
    assert!(stage.asked().is_empty() && stage.is_here("lina1"));
}

#[test]
fn what_a_look_up_shows_is_what_is_asked_about() {
    let mut stage = Stage::new(Able::Alone);
    stage.looks = Ok(vec![Sighting::PersonGone(PersonId::new("lina1"))]);
    stage.say("alice", "ops", "/delete @lina1");
    assert_eq!(stage.kinds(), ["ops rejected"]);
    assert!(!stage.is_here("lina1"));
}

#[test]
fn what_changed_between_the_question_and_the_answer_blocks() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("alice", "ops", "/delete @lina1");
    let mut person = stage.person("lina1");
    person.phone = Some("+8613900000000".to_owned());
    stage.looks = Ok(vec![Sighting::Person { person, supervises: Vec::new() }]);
    stage.said();
    stage.confirm();
    let blocked = stage.said().remove(0);
    assert_eq!(fields(&blocked)["blockers"][0]["blocker"], "changed");
    assert!(stage.asked().is_empty());
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

#[test]
fn a_person_is_guided_and_their_work_is_noticed() {
    for is_pushed in [false, true] {
        let mut stage = waiting_for_a_person();
        let progress = stage.said().remove(0);
        let told = fields(&progress);
        assert_eq!((&told["step"], &told["waiting_for"]), (&json!("delete"), &json!("person")));
        let end =
            (stage.now + stage.policy.guided_ttl).zoned("Asia/Shanghai").strftime("%F %H:%M").to_string();
        for words in ["Open the console.", &end] {
            assert!(progress.text.contains(words), "{words}: {}", progress.text);
        }
        assert!(stage.asked().is_empty(), "nothing is called");
        if is_pushed {
            stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("lina1")])]);
        } else {
            stage.wait(Span::from_secs(1));
        }
        assert_eq!(stage.asked(), ["check delete lina1"]);
        assert!(stage.is_here("lina1"), "not before it is read back");
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.kinds(), end_of_lina());
        assert!(!stage.is_here("lina1"));
        assert_eq!(stage.outcomes(), ["requested", "executing", "done"]);
        rests(&mut stage);
    }
}

fn gone(id: &str) -> Sighting {
    Sighting::PersonGone(PersonId::new(id))
}

#[test]
fn a_person_is_reminded_and_given_up() {
    let mut stage = waiting_for_a_person();
    stage.said();
    let begin = stage.now;
    let mut reminders = 0;
    let mut ended = None;
    while ended.is_none() {
        stage.wait(Span::from_mins(30));
        if !stage.asked().is_empty() {
            stage.checked(Ok(Evidence::NotYet));
        }
        for said in stage.said() {
            match said.kind.as_str() {
                "progress" => {
                    reminders += 1;
                    assert!(said.text.contains("Open the console."), "{}", said.text);
                    let since = stage.now - begin;
                    assert_eq!(since, Span::from_days(reminders), "on the day, not with the next reading");
                }
                _ => ended = Some(said),
            }
        }
    }
    let ended = ended.unwrap();
    assert_eq!((ended.kind.as_str(), fields(&ended)["error"].as_str()), ("failed", Some("not_done_in_time")));
    assert_eq!(reminders, 6, "once a day before the seventh");
    assert!(stage.now <= begin + stage.policy.guided_ttl + Span::from_mins(31), "soon after its time");
    assert!(stage.is_here("lina1"));
    rests(&mut stage);
}

#[test]
fn a_person_is_reminded_on_the_day_and_what_they_do_in_the_last_moment_is_seen() {
    let mut stage = Stage::new(Able::WithAPerson);
    // No time at which it would be read anyway.
    stage.policy.guided_ttl = Span::from_secs(7 * 86_400 + 7);
    stage.restart();
    stage.ask_and_confirm("/delete @lina1");
    stage.said();
    let (begin, end) = (stage.now, stage.now + stage.policy.guided_ttl);
    let mut reminders = Vec::new();
    while stage.now < end {
        stage.now = stage.next_wake().unwrap();
        stage.handle(&[]);
        reminders.extend(stage.said().iter().map(|_| stage.now - begin));
        if stage.now < end && !stage.asked().is_empty() {
            stage.checked(Ok(Evidence::NotYet));
        }
    }
    assert_eq!(reminders, [1, 2, 3, 4, 5, 6, 7].map(Span::from_days));
    assert_eq!(stage.now, end, "read once more when its time is over, not later");
    assert_eq!((stage.asked(), stage.state()), (vec!["check delete lina1".to_owned()], State::Executing));
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.state(), State::Done);
}

#[test]
fn what_can_not_be_read_at_the_very_end_is_given_up_and_not_asked_for_ever() {
    let mut stage = waiting_for_a_person();
    let end = stage.now + stage.policy.guided_ttl;
    let mut readings = 0;
    while stage.state() == State::Executing {
        stage.now = stage.next_wake().unwrap();
        stage.handle(&[]);
        if !stage.asked().is_empty() {
            readings += 1;
            stage.checked(Err(Unknown("the line is dead".to_owned())));
        }
        assert!(readings < 500 && stage.now < end + Span::from_mins(60), "{readings}, until {:?}", stage.now);
    }
    assert_eq!(stage.kinds().last().map(String::as_str), Some("ops failed"));
    assert!(readings > 7, "it was read at least once a day");
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

#[test]
fn a_second_request_about_the_same_waits_for_the_first() {
    let mut stage = Stage::new(Able::Alone);
    stage.say("olivia", "all", "/delete @lina1");
    let second = stage.code();
    stage.ask_and_confirm_after("/delete @lina1");
    stage.asked();
    stage.said();
    stage.say("olivia", "dm", "/delete @lina1");
    let refused = stage.said().remove(0);
    assert_eq!(fields(&refused)["error"], "already_pending");
    // It was asked about before the first was begun.
    stage.say("olivia", "all", &format!("/confirm {second}"));
    assert!(stage.asked().is_empty(), "nobody is deleted twice");
    let refused = stage.said().remove(0);
    assert_eq!(refused.to.to_string(), "all");
    assert_eq!(fields(&refused)["error"], "already_pending");
    let first = stage.code();
    stage.say("alice", "dm", "/delete @lina2");
    assert_eq!(stage.kinds(), ["dm:alice confirm_request"], "somebody else");
    stage.say("olivia", "dm", "/grant-admin @lina1 level=main");
    assert_eq!(stage.kinds(), ["dm:olivia confirm_request"], "something else");
    stage.code = Some(first);
    stage.called(Ok(()));
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
}

#[test]
fn an_approval_keeps_who_cancelled_it_however_that_is_seen() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/cancel-approval A-1001 reason=\"a typo\"");
    assert_eq!(stage.asked(), ["call cancel A-1001"]);
    let seen = Approval { status: ApprovalStatus::Cancelled, ..stage.approval("A-1001") };
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![Sighting::Approval(seen)])]);
    assert_eq!(stage.asked(), ["check cancel A-1001"]);
    stage.checked(Ok(Evidence::Done));
    assert!(!stage.is_pending("A-1001"));
    let database = rusqlite::Connection::open(stage.path()).unwrap();
    let kept: (String, String) = database
        .query_row("SELECT actor, reason FROM cancellation WHERE approval = 'A-1001'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, ("alice".to_owned(), "a typo".to_owned()));
}

#[test]
fn somebody_gone_while_a_call_waits_is_read_back_at_once() {
    let mut stage = deleting_lina();
    stage.called(Err(CallFailure::Later(Span::from_mins(10))));
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("lina1")])]);
    assert_eq!(stage.asked(), ["check delete lina1"]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.kinds(), end_of_lina());
    rests(&mut stage);
}

#[test]
fn who_leaves_before_it_is_done_is_neither_told_of_it_nor_given_anything_to_do() {
    for who_left in [None, Some("dave")] {
        let mut stage = Stage::new(Able::WithAPerson);
        stage.ask_and_confirm(DELETE_BOB);
        stage.called(Ok(()));
        stage.checked(Ok(Evidence::Done));
        let seen = who_left.map(gone).into_iter().collect();
        stage.handle(&[usher::runtime::bot::Event::Seen(seen)]);
        stage.kinds();
        stage.checked(Ok(Evidence::Done));
        assert_eq!(stage.state(), State::Done);
        let mut told = stage.kinds();
        stage.wait(Span::from_days(30));
        told.extend(stage.kinds());
        // A notice, a task and reminders of it, for who takes over and supervises; and Alice has her own.
        let of = |person: &str| told.iter().filter(|kind| kind.starts_with(person)).count();
        assert_eq!(of("dm:dave") > 3, who_left.is_none(), "{told:?}");
        assert!(who_left.is_none() || of("dm:dave") == 0, "{told:?}");
        assert!(of("dm:alice task") > 1, "{told:?}");
    }
}

#[test]
fn who_leaves_while_their_rights_are_taken_is_gone() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/revoke-admin @sam");
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("sam")])]);
    stage.checked(Ok(Evidence::Done));
    assert_eq!(stage.state(), State::Done);
    assert!(!stage.is_here("sam"));
}

#[test]
fn who_leaves_while_they_are_given_rights_stops_nothing() {
    let mut stage = Stage::new(Able::Alone);
    stage.ask_and_confirm("/grant-admin @lina1 level=main");
    stage.called(Ok(()));
    stage.handle(&[usher::runtime::bot::Event::Seen(vec![gone("lina1")])]);
    assert!(!stage.is_here("lina1"));
    stage.checked(Ok(Evidence::Done));
    assert_eq!((stage.state(), stage.kinds().last().unwrap().as_str()), (State::Failed, "ops failed"));
    assert_eq!(stage.outcomes().last().unwrap(), "failed:internal");
    rests(&mut stage);
}
