//! What must hold for transcripts, whatever bytes they are made of.

use usher::adapter::transcript::{Directive, Statement, differs, matches, pieces, read, write};
use usher::domain::{Body, SLOT};

/// Reads the bytes as a transcript: it is refused with the line of the fault, or each line is one statement, what is
/// expected fits itself and is the same after it was written and read again, and no text forges a mention.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    let statements = match read(&text) {
        Ok(statements) => statements,
        Err(fault) => {
            assert!((1..=lines).contains(&fault.line) && !fault.what.is_empty(), "{fault:?}");
            return;
        }
    };
    let mut next = 1;
    for statement in &statements {
        assert_eq!(statement.line(), next, "a line is left out or read twice");
        next += 1;
        match statement {
            Statement::Expect(_, lines, said) => {
                next += lines - 1;
                assert!(matches(&said.text, &said.text), "{said:?} does not fit itself");
                assert!(!differs(&[said], std::slice::from_ref(said)));
                let written = write(said);
                let again = read(&written).unwrap_or_else(|fault| panic!("{written:?}: {fault:?}"));
                let [Statement::Expect(_, _, again)] = again.as_slice() else {
                    panic!("{written:?}: {again:?}")
                };
                assert_eq!(write(again), written);
            }
            Statement::Say(_, saying) => {
                let body = Body::new(pieces(&saying.text, saying.marks.label.as_deref()));
                assert_eq!(body.text().matches(SLOT).count(), body.mentions().len(), "{saying:?}");
            }
            Statement::Do(_, Directive::Set(setting)) => assert!(setting.contains('=')),
            Statement::Do(..) | Statement::Aside(_) => {}
        }
    }
    assert_eq!(next, lines + 1);
}
