//! What is typed without being shown. The editor's keys come from the same place, so that what was typed ahead of the
//! question is hidden too, and none of it is left for the editor.

use std::io;

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};

/// How typing ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// It begins anew.
    Again,
    /// One leaves.
    Leave,
    /// A line was typed.
    Line(String),
}

/// Reads a line; the terminal is left to itself meanwhile.
pub(super) fn line() -> io::Result<Hidden> {
    from(read)
}

fn from(mut next: impl FnMut() -> io::Result<Event>) -> io::Result<Hidden> {
    let mut typed = String::new();
    loop {
        let Event::Key(key) = next()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        // With both, a key means another character on many keyboards.
        let is_control =
            (key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT)) == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Enter => return Ok(Hidden::Line(typed)),
            KeyCode::Char('j') if is_control => return Ok(Hidden::Line(typed)),
            KeyCode::Char('c') if is_control => return Ok(Hidden::Again),
            KeyCode::Char('d') if is_control => return Ok(Hidden::Leave),
            KeyCode::Char('u') if is_control => typed.clear(),
            KeyCode::Char(c) if !is_control => typed.push(c),
            KeyCode::Backspace => drop(typed.pop()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::{Hidden, from};

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> Hidden {
        let mut keys = keys.iter().map(|(code, modifiers)| Event::Key(KeyEvent::new(*code, *modifiers)));
        from(|| Ok(keys.next().expect("a line ends"))).expect("keys")
    }

    #[test]
    fn a_line_is_what_was_typed_and_not_taken_back() {
        let key = |c| (KeyCode::Char(c), KeyModifiers::NONE);
        let control = |c| (KeyCode::Char(c), KeyModifiers::CONTROL);
        let enter = (KeyCode::Enter, KeyModifiers::NONE);
        let back = (KeyCode::Backspace, KeyModifiers::NONE);
        let line = |text: &str| Hidden::Line(text.to_owned());
        assert_eq!(typed(&[key('x'), control('u'), key('密'), key('c'), key('d'), back, enter]), line("密c"));
        assert_eq!(
            typed(&[(KeyCode::Char('@'), KeyModifiers::CONTROL | KeyModifiers::ALT), enter]),
            line("@")
        );
        assert_eq!(typed(&[key('j'), control('x'), control('j')]), line("j"));
        assert_eq!(typed(&[key('x'), control('c')]), Hidden::Again);
        assert_eq!(typed(&[control('d')]), Hidden::Leave);
    }
}
