//! What a person has to do: they are told how, reminded, and waited for; their work is read back like a call.

use serde_json::json;
use usher::domain::{Evidence, Span, State};

use super::stage::{Able, Stage, fields};
use super::{end_of_lina, gone, rests, unknown, waiting_for_a_person};

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
            stage.checked(Err(unknown()));
        }
        assert!(readings < 500 && stage.now < end + Span::from_mins(60), "{readings}, until {:?}", stage.now);
    }
    assert_eq!(stage.kinds().last().map(String::as_str), Some("ops failed"));
    assert!(readings > 7, "it was read at least once a day");
}
