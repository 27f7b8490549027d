//! Tests of erasing: what is left of somebody in the files themselves.

use std::collections::BTreeSet;

use super::{Scratch, at, code, letter, operation, ops, person, record};
use crate::domain::{
    ApprovalId, Attachment, Change, Choice, Closing, Code, Conversation, Memory, PersonId, Phrase, Span,
    State, Step, Target, Way,
};
use crate::store::{NewLetter, Reader};

/// Whether any file of the database holds the words.
fn is_in_the_files(scratch: &Scratch, words: &str) -> bool {
    let files = std::fs::read_dir(scratch.directory.path()).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
}

#[test]
fn nothing_of_an_erased_person_is_left_in_any_byte() {
    let mut scratch = Scratch::with_acme();
    let marks = ["Wanda Unmistakable", "+4912345678901", "wanda@unmistakable.example", "a copy of Wanda"];
    let mut roster = scratch.ok(|tx| tx.export());
    let bob = roster.people.iter_mut().find(|member| member.person.id == person("bob")).unwrap();
    bob.person.name = marks[0].into();
    bob.person.phone = Some(marks[1].into());
    bob.person.email = Some(marks[2].into());
    bob.password_hash = Some("$argon2id$unmistakable".into());
    roster.approvals[0].title = format!("{}'s leave", marks[0]);
    scratch.ok(|tx| tx.replace(&roster, at(1)));
    let file = Attachment { name: "copy.txt".into(), content: marks[3].repeat(2_000) };
    scratch.apply(&Change::BackupMade { person: person("bob"), file, at: at(2) });
    for mark in marks {
        assert!(is_in_the_files(&scratch, mark), "the search finds {mark} before");
    }
    scratch.apply(&Change::AccountClosed { person: person("bob"), at: at(3) });
    let reader = Reader::open(&scratch.directory.path().join("usher.db")).unwrap();
    reader
        .read(|tx| {
            tx.export()?;
            assert!(!scratch.store.wipe_log()?, "somebody still reads it");
            Ok(())
        })
        .unwrap();
    assert!(scratch.store.wipe_log().unwrap());
    for mark in marks.into_iter().chain(["unmistakable", "Wanda"]) {
        assert!(!is_in_the_files(&scratch, mark), "{mark} is left");
    }
    assert!(scratch.ok(|tx| tx.verify_audit()).is_ok());
    assert_eq!(scratch.ok(|tx| tx.export()).approvals[0].title, "A-1");
}

#[test]
fn of_a_persons_backups_the_newest_is_kept_and_what_a_message_waits_to_take_along() {
    let mut scratch = Scratch::with_acme();
    let mut make = |who: &str, name: &str, is_to_be_sent: bool| {
        let file = Attachment { name: name.into(), content: "everything".into() };
        scratch.apply(&Change::BackupMade { person: person(who), file, at: at(2) });
        if is_to_be_sent {
            scratch.ok(|tx| tx.post(&NewLetter { attachment: Some(name), ..letter(&ops()) }));
        }
    };
    make("bob", "b1", false);
    make("dave", "d1", false);
    make("bob", "b2", true);
    make("bob", "b3", false);
    make("bob", "b4", false);
    let names = |scratch: &mut Scratch| -> Vec<String> {
        scratch.ok(|tx| tx.list("SELECT name FROM backup ORDER BY name", [], |row| row.get(0)))
    };
    assert_eq!(names(&mut scratch), ["b2", "b4", "d1"]);
    let sent = scratch.ok(|tx| tx.queued(0, 9))[0].clone();
    assert_eq!(sent.attachment.expect("it takes the file along").name, "b2");
    assert_eq!(scratch.ok(|tx| tx.newest_backup(&person("bob"))).expect("one is kept").1.name, "b4");
}

/// Every column that holds the id or the direct messages of somebody, as `table.column`.
fn columns_of(scratch: &Scratch, id: &str) -> BTreeSet<String> {
    let database = &scratch.store.connection;
    let sql = "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'";
    let mut tables = database.prepare(sql).unwrap();
    let columns = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let columns: Vec<(String, String)> = columns.map(Result::unwrap).collect();
    let has = |(table, column): &(String, String)| {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\" WHERE \"{column}\" IN (?1, '@' || ?1))");
        database.query_row(&sql, [id], |row| row.get(0)).unwrap()
    };
    columns.into_iter().filter(has).map(|(table, column)| format!("{table}.{column}")).collect()
}

/// What somebody has left to do after another left.
fn left_to(assignee: &PersonId, about: &PersonId) -> Change {
    Change::FollowUpAdded {
        assignee: assignee.clone(),
        about: about.clone(),
        code: code(),
        items: vec!["Keep the key".into()],
        at: at(7),
        remind_at: at(9),
    }
}

/// What is to be done for an operation, in the end of which Bob is named.
fn steps_of(code: &Code, steps: Vec<Step>) -> Change {
    let done = vec![Phrase::new("done-delete").text("name", "李博")];
    Change::StepsIntended { code: code.clone(), steps, closing: Closing { done, ..Closing::default() } }
}

/// Bob, who is closed here, and others have said and done all that leaves a row.
fn with_a_life_of_bob() -> Scratch {
    let mut scratch = Scratch::with_acme();
    let [bob, dave, alice] = ["bob", "dave", "alice"].map(person);
    let private = Conversation::Direct(bob.clone());
    let choice = |command: &str, candidates: &[&PersonId]| {
        let candidates = candidates.iter().copied().cloned().collect();
        Some(Choice {
            command: command.into(),
            word: 0,
            candidates,
            until: at(Span::from_mins(5).as_millis()),
        })
    };
    let chosen =
        |person: &PersonId, choice| Change::ChoiceSet { person: person.clone(), conversation: ops(), choice };
    let [own, others] = ["A-1", "A-2"].map(ApprovalId::new);
    let asked = |approval: &ApprovalId, by: &PersonId, asked: &PersonId| Change::ConsultationOpened {
        approval: approval.clone(),
        by: by.clone(),
        asked: vec![asked.clone()],
        at: at(2),
    };
    let cancelled = Change::ApprovalCancelled {
        approval: own.clone(),
        by: bob.clone(),
        at: at(4),
        reason: Some("Words of Bob".into()),
    };
    let opened = operation(code(), State::AwaitingConfirmation { until: at(999) });
    let other = || Code::parse("2222").unwrap();
    let changes = [
        chosen(&bob, choice("/show @\"Words of Bob\"", &[&dave])),
        chosen(&alice, choice("/show @\"Words of others: Bob\"", &[&dave, &bob])),
        chosen(&dave, choice("/show @\"Words about Olivia\"", &[&alice])),
        asked(&own, &bob, &dave),
        asked(&others, &dave, &bob),
        Change::OpinionGiven {
            approval: others,
            approver: bob.clone(),
            objection: Some("Words of Bob".into()),
            at: at(3),
        },
        cancelled.clone(),
        Change::LanguageChosen { conversation: private.clone(), language: "en".into() },
        Change::WrongSecret { person: bob.clone(), at: at(5) },
        Change::Locked { person: bob.clone(), until: at(6) },
        Change::OperationOpened(opened.clone()),
        steps_of(&opened.code, vec![Step::new(0, cancelled, Way::Call)]),
        Change::StepsEnded { code: opened.code.clone() },
        steps_of(&other(), Vec::new()),
        Change::OperationMoved { code: opened.code.clone(), state: State::Cancelled, at: at(7) },
        left_to(&bob, &alice),
        Change::HandedOver { from: bob.clone(), to: dave.clone() },
        Change::FollowUpsMoved { from: bob.clone(), to: dave, remind_at: at(9) },
        Change::AccountClosed { person: bob.clone(), at: at(8) },
    ];
    let (target, requester) = (Target::Person(bob.clone()), bob);
    let about = operation(other(), opened.state);
    let recorded = crate::domain::Record { code: Some(about.code.clone()), ..record("x") };
    scratch.ok(|tx| tx.record(&recorded, at(1)));
    scratch.apply(&Change::OperationOpened(crate::domain::Operation {
        target,
        requester,
        conversation: private.clone(),
        ..about
    }));
    scratch.ok(|tx| tx.post(&letter(&private)).and_then(|id| tx.bury(id)));
    scratch.ok(|tx| tx.record(&record("x"), at(1)));
    changes.iter().for_each(|change| scratch.apply(change));
    scratch
}

#[test]
fn of_an_erased_person_no_word_is_left_and_the_id_only_where_something_rests_on_it() {
    let mut scratch = with_a_life_of_bob();
    assert!(scratch.store.wipe_log().unwrap());
    for words in ["Words of", "李博"] {
        assert!(!is_in_the_files(&scratch, words), "{words} is left");
    }
    assert!(is_in_the_files(&scratch, "Words about Olivia"), "what others were asked about others goes on");
    let expected = [
        "approval.originator",
        "approval_step.approver",
        "audit.target",
        "cancellation.actor",
        "consultation.actor",
        "conversation.key",
        "erasure.person",
        "handed_over.giver",
        "operation.conversation",
        "operation.requester",
        "operation.target",
        "outbox.conversation",
        "person.id",
        "person.left_by",
        "restraint.person",
    ];
    assert_eq!(columns_of(&scratch, "bob"), expected.map(str::to_owned).into());
    let verified = scratch.ok(|tx| tx.verify_audit());
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn a_message_that_spoke_of_an_erased_person_is_neither_kept_nor_tried_again() {
    let mut scratch = Scratch::with_acme();
    let mut roster = scratch.ok(|tx| tx.export());
    let bob = roster.people.iter_mut().find(|member| member.person.id == person("bob")).unwrap();
    bob.person.name = "Wanda *Star*".into();
    scratch.ok(|tx| tx.replace(&roster, at(1)));
    let post = |scratch: &mut Scratch, text| scratch.ok(|tx| tx.post(&NewLetter { text, ..letter(&ops()) }));
    let words =
        [r"**Wanda \*Star\*** has left", "Erin Ross has left", r"Wanda \*Star\* has closed the account"];
    let ids = words.map(|text| post(&mut scratch, text));
    scratch.ok(|tx| ids[..2].iter().try_for_each(|id| tx.bury(*id)));
    scratch.apply(&Change::AccountClosed { person: person("bob"), at: at(2) });
    scratch.ok(|tx| tx.bury(ids[2]));
    assert!(scratch.store.wipe_log().unwrap());
    assert!(!is_in_the_files(&scratch, "Wanda"));
    let can_be_tried = ids.map(|id| scratch.ok(|tx| tx.letter(id)).is_some());
    assert_eq!(can_be_tried, [false, true, false]);
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).dead, 3, "that there was one is kept");

    let [gone, waiting] = ["Erin has left", "Frank has left"].map(|text| post(&mut scratch, text));
    assert!(scratch.ok(|tx| tx.go_on_erasing()), "what was there before is to be wiped from the log");
    let later = post(&mut scratch, "Carol has left");
    scratch.ok(|tx| tx.bury(later));
    assert!(
        scratch.ok(|tx| tx.letter(later)).is_some(),
        "what was written afterwards speaks of somebody else"
    );
    assert!(!scratch.ok(|tx| tx.go_on_erasing()) && scratch.ok(|tx| tx.is_erasing()));
    for sent in [gone, waiting] {
        scratch.ok(|tx| tx.mark_sent(sent..=sent));
        assert!(scratch.ok(|tx| tx.go_on_erasing()), "and each time that one of its messages is gone");
    }
    assert!(!scratch.ok(|tx| tx.is_erasing()));
}
