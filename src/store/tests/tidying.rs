//! What is forgotten, and what is not.

use super::{Scratch, at, operation, person};
use crate::domain::{Change, Code, Conversation, Memory, Operation, Retention, Span, State};

#[test]
fn an_operation_is_forgotten_once_it_has_ended_for_long_enough_and_nothing_is_left_to_do() {
    let mut scratch = Scratch::with_acme();
    let keep = Retention { settled: Span::from_millis(100), ..Retention::default() };
    let codes = ["2222", "3333", "4444", "5555", "6666"].map(|code| Code::parse(code).unwrap());
    let [ended, left_over, still_waits, ended_late, asked_late] = &codes;
    let waiting = State::AwaitingConfirmation { until: at(999) };
    for code in &codes {
        let created = if code == asked_late { at(150) } else { at(10) };
        // Each in a place of its own: only one can wait in one place.
        let conversation = Conversation::Direct(person(code.as_str()));
        let opened = Operation { created, conversation, ..operation(code.clone(), waiting) };
        scratch.apply(&Change::OperationOpened(opened));
    }
    for (code, when) in [(ended, 20), (left_over, 20), (ended_late, 150), (asked_late, 160)] {
        scratch.apply(&Change::OperationMoved { code: code.clone(), state: State::Cancelled, at: at(when) });
    }
    scratch.apply(&Change::FollowUpAdded {
        assignee: person("alice"),
        about: person("bob"),
        code: left_over.clone(),
        items: vec!["laptop".to_owned()],
        at: at(20),
        remind_at: at(999),
    });
    let mut kept_at = |now| {
        scratch.ok(|tx| {
            // Whoever asked for one lately must not have it remembered.
            codes.iter().try_for_each(|code| tx.operation(code).map(drop))?;
            tx.tidy(&keep, at(now))?;
            let kept: Vec<_> = tx.operations()?.into_iter().map(|operation| operation.code).collect();
            for code in &codes {
                assert_eq!(tx.operation(code)?.is_some(), kept.contains(code), "{code}");
            }
            Ok(kept)
        })
    };
    assert_eq!(kept_at(120), codes, "the first ended just now");
    assert_eq!(kept_at(121), codes[1..]);
    assert_eq!(kept_at(261), [left_over, still_waits].map(Clone::clone));
}

#[test]
fn no_more_operations_are_kept_than_leave_codes_free() {
    assert_eq!(super::super::tidying::MOST_OPERATIONS, 115_440, "as the setting's description says");
    let mut scratch = Scratch::with_acme();
    let codes = ["2222", "3333", "4444", "5555"].map(|code| Code::parse(code).unwrap());
    for code in &codes {
        let conversation = Conversation::Direct(person(code.as_str()));
        let waiting = State::AwaitingConfirmation { until: at(999) };
        scratch
            .apply(&Change::OperationOpened(Operation { conversation, ..operation(code.clone(), waiting) }));
    }
    for code in &codes[1..] {
        scratch.apply(&Change::OperationMoved { code: code.clone(), state: State::Cancelled, at: at(20) });
    }
    let kept = scratch.ok(|tx| {
        assert_eq!(tx.forget_operations(at(0), 2)?, 1);
        assert_eq!(tx.forget_operations(at(0), 2)?, 0);
        Ok(tx.operations()?.into_iter().map(|operation| operation.code).collect::<Vec<_>>())
    });
    assert_eq!(kept, [&codes[0], &codes[2], &codes[3]].map(Clone::clone), "the first still waits");
}
