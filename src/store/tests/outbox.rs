//! The life of a message that is to be sent.

use super::{Change, Conversation, Fault, Scratch, at, letter, ops, person};
use crate::domain::Delivery;
use crate::domain::{LetterState, Memory, MessageId, Retention, Span};
use crate::store::{LetterCounts, NewLetter};

fn posted(count: i64) -> (Scratch, Vec<i64>) {
    let mut scratch = Scratch::empty();
    let ids = scratch.ok(|tx| {
        (0..count)
            .map(|n| tx.post(&NewLetter { created: at(n), ..letter(&ops()) }))
            .collect::<Result<_, Fault>>()
    });
    (scratch, ids)
}

#[test]
fn a_letter_is_queued_as_it_was_written() {
    let mut scratch = Scratch::empty();
    let to = Conversation::Direct(person("alice"));
    let cause = MessageId::new("m7");
    let fields = r#"{"code":"K7Q2"}"#;
    let id = scratch
        .ok(|tx| tx.post(&NewLetter { fields, text: "好\n*", in_reply_to: Some(&cause), ..letter(&to) }));
    let expected = Delivery {
        id,
        to,
        kind: "notice".into(),
        fields: fields.into(),
        text: "好\n*".into(),
        in_reply_to: Some(cause),
        attachment: None,
        attempts: 0,
        created: at(7),
        queued_at: at(7),
    };
    assert_eq!(scratch.ok(|tx| tx.queued(0, 9)), [expected]);
}

#[test]
fn the_queue_is_read_in_pages() {
    let (mut scratch, ids) = posted(5);
    let mut page = |after, limit| -> Vec<i64> {
        scratch.ok(|tx| tx.queued(after, limit)).into_iter().map(|letter| letter.id).collect()
    };
    assert_eq!(page(0, 2), ids[..2]);
    assert_eq!(page(ids[1], 9), ids[2..]);
}

#[test]
fn a_letter_is_sent_put_off_or_given_up() {
    let (mut scratch, ids) = posted(4);
    scratch.ok(|tx| {
        tx.mark_sent(ids[0]..=ids[1])?;
        tx.mark_sent(ids[0]..=ids[0])?;
        tx.put_off(ids[2], 3)?;
        tx.bury(ids[3])
    });
    assert_eq!(scratch.ok(|tx| tx.letter_counts()), LetterCounts { queued: 1, sent: 2, dead: 1 });
    assert_eq!(scratch.ok(|tx| tx.queued(0, 9))[0].attempts, 3);
    for settled in [ids[0], ids[3]] {
        scratch.store.transact(|tx| tx.bury(settled)).unwrap_err();
        scratch.store.transact(|tx| tx.put_off(settled, 1)).unwrap_err();
    }
    let listed: Vec<_> =
        scratch.ok(|tx| tx.letters(1)).into_iter().map(|letter| (letter.number, letter.state)).collect();
    let expected = [(ids[2], LetterState::Queued), (ids[3], LetterState::Dead), (ids[1], LetterState::Sent)];
    assert_eq!(listed, expected);
}

#[test]
fn only_a_dead_letter_is_tried_again() {
    let (mut scratch, ids) = posted(1);
    let retry = Change::LetterRetried { number: ids[0], at: at(50) };
    assert!(scratch.fault(&retry).contains("nothing to change"));
    scratch.ok(|tx| tx.put_off(ids[0], 9).and_then(|()| tx.bury(ids[0])));
    scratch.apply(&retry);
    let again = scratch.ok(|tx| tx.queued(0, 9)).remove(0);
    assert_eq!((again.attempts, again.created, again.queued_at), (0, at(0), at(50)));
    assert_eq!(scratch.ok(|tx| tx.letter(ids[0])).unwrap().state, LetterState::Queued);
}

#[test]
fn a_number_is_never_given_again() {
    let (mut scratch, ids) = posted(3);
    scratch.ok(|tx| tx.mark_sent(ids[0]..=ids[ids.len() - 1]));
    assert_eq!(scratch.ok(|tx| tx.letter(ids[1])).map(|letter| letter.state), Some(LetterState::Sent));
    let later = at(0) + Span::from_days(999);
    scratch.ok(|tx| tx.tidy(&Retention::default(), later));
    assert_eq!(scratch.ok(|tx| tx.letter(ids[1])), None, "that it was sent is forgotten");
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).sent, 3);
    let next = scratch.ok(|tx| tx.post(&letter(&ops())));
    assert!(next > ids[2], "{next} after {ids:?}");
}
