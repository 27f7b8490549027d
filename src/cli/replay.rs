//! `usher replay`: plays transcripts and compares, blesses or prints them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, world};
use crate::adapter::transcript::{self, Statement, write};
use crate::runtime::played::Played;
use crate::runtime::replay::play;

/// What is done with what the bot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is written into the files.
    Bless,
    /// It is compared with the files.
    Compare,
    /// It is printed as JSON.
    Json,
}

impl Mode {
    /// The mode that the flags ask for.
    pub(super) fn of(bless: bool, json: bool) -> Self {
        match (bless, json) {
            (true, _) => Self::Bless,
            (_, true) => Self::Json,
            _ => Self::Compare,
        }
    }
}

/// Plays the files; fails with status 1 when one differs and 2 when one is unusable.
pub(super) fn run(files: &[PathBuf], mode: Mode) -> Result<(), Failure> {
    let (mut differing, mut unusable) = (0, 0);
    for file in files {
        match one(file, mode) {
            Ok((differs, told)) => {
                differing += usize::from(differs);
                if !told.is_empty() {
                    world::print(&told)?;
                }
            }
            Err(why) => {
                eprintln!("{}: {why}", file.display());
                unusable += 1;
            }
        }
    }
    if mode == Mode::Compare && unusable == 0 {
        world::print(&format!("{} passed, {differing} failed", files.len() - differing))?;
    }
    match (unusable, differing) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::Failed(String::new())),
        _ => Err(Failure::Usage(String::new())),
    }
}

/// Plays a file; gives whether it differs, and what is printed about it.
fn one(file: &Path, mode: Mode) -> Result<(bool, String), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("can't be read: {error}"))?;
    let folder = fs::canonicalize(file).map_err(|error| error.to_string())?;
    let played = play(&text, folder.parent().unwrap_or(Path::new("."))).map_err(|fault| fault.to_string())?;
    match mode {
        Mode::Json => {
            let lines: Vec<_> =
                played.messages.iter().chain([&played.state]).map(ToString::to_string).collect();
            Ok((false, lines.join("\n")))
        }
        Mode::Compare => {
            let differences = differences(file, &text, &played);
            Ok((!differences.is_empty(), differences.join("\n")))
        }
        Mode::Bless => {
            let blessed = blessed(&text, &played);
            if blessed == text {
                return Ok((false, String::new()));
            }
            fs::write(file, blessed).map_err(|error| format!("can't be written: {error}"))?;
            Ok((false, format!("{}: blessed", file.display())))
        }
    }
}

/// Where what was said differs from what was expected, and how.
fn differences(file: &Path, text: &str, played: &Played) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let mut told = Vec::new();
    for block in played.blocks().iter().filter(|block| block.differs()) {
        let line = block.head.map_or(1, Statement::line);
        told.push(format!("{}:{line}: {}", file.display(), lines.get(line - 1).unwrap_or(&"")));
        let expected: Vec<_> = block.expected.iter().map(|(_, said)| *said).collect();
        let differences = transcript::differences(&expected, &block.actual).into_iter();
        told.extend(differences.flat_map(transcript::beside).map(|(sign, line)| coloured(sign, &line)));
    }
    told
}

fn coloured(sign: char, line: &str) -> String {
    let colour = match sign {
        '-' => "\x1b[31m",
        '+' => "\x1b[32m",
        _ => "",
    };
    format!("  {}", world::colours(&std::io::stdout()).paint(colour, &format!("{sign} {line}")))
}

/// The transcript with what was really said. A step that fits stays as it is, wildcards and all, and what is written anew
/// ends its lines as the file's first one ends.
fn blessed(text: &str, played: &Played) -> String {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let end = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let kept = |line: usize| {
        let line = lines[line - 1];
        if line.ends_with('\n') { line.to_owned() } else { format!("{line}{end}") }
    };
    let mut out = String::new();
    for block in played.blocks() {
        out.extend(block.head.map(|head| kept(head.line())));
        if block.differs() {
            out.extend(block.actual.iter().map(|said| write(said).replace('\n', end) + end));
        } else {
            for (statement, _) in &block.expected {
                let Statement::Expect(first, count, _) = statement else { continue };
                out.extend((*first..first + count).map(kept));
            }
        }
        out.extend(block.asides.iter().map(|aside| kept(aside.line())));
    }
    out
}
