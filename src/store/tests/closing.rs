//! Tests of erasing: what is left of somebody in the files themselves.

use super::{Scratch, at, letter, ops, person};
use crate::domain::{Attachment, Change, Memory};
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

    let [waiting, later] = ["Frank has left", "Ana has left"].map(|text| post(&mut scratch, text));
    scratch.ok(|tx| tx.end_erasure());
    assert!(scratch.ok(|tx| tx.is_erasing()), "while a message waits it may have to lose its words");
    scratch.ok(|tx| tx.mark_sent(waiting..=later));
    scratch.ok(|tx| tx.end_erasure());
    let kept = post(&mut scratch, "Carol has left");
    scratch.ok(|tx| tx.bury(kept));
    assert!(scratch.ok(|tx| tx.letter(kept)).is_some(), "what is given up after that keeps them");
}
