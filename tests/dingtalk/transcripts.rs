//! Every transcript once more, unchanged, over DingTalk: what people see there is what it expects.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use usher::adapter::transcript::{Directive, Said, Statement, differs, read, write};
use usher::runtime::played::Block;
use usher::runtime::replay::play_on;

use crate::files::files;
use crate::line::{Confirmations, Line};

/// Fewer would mean that the folder was not found, or that too many say that they need something else.
const AT_LEAST: usize = 250;
/// With these words a transcript says what it needs that DingTalk does not have.
const NEEDS: &str = "# Needs ";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// Everybody who is in the organisation at some time.
fn people(path: &Path, statements: &[Statement]) -> BTreeSet<String> {
    let mut people = BTreeSet::new();
    for statement in statements {
        let text = match statement {
            Statement::Do(_, Directive::Org(file)) => {
                let found = path.ancestors().map(|folder| folder.join(file)).find(|path| path.is_file());
                fs::read_to_string(found.unwrap()).unwrap()
            }
            Statement::Do(_, Directive::Merge(json)) => json.clone(),
            _ => continue,
        };
        let Ok(part) = serde_json::from_str::<Value>(&text) else { continue };
        let listed = part["people"].as_array().into_iter().flatten();
        people.extend(listed.filter_map(|person| person["id"].as_str().map(str::to_owned)));
    }
    people
}

/// The message without empty lines and control characters, which Markdown does not show.
fn shown(said: &Said) -> Said {
    let lines = said
        .text
        .lines()
        .map(|line| line.replace(char::is_control, ""))
        .filter(|line| !line.trim().is_empty());
    Said { text: lines.collect::<Vec<_>>().join("\n"), ..said.clone() }
}

fn differs_there(block: &Block<'_>) -> bool {
    let expected: Vec<_> = block.expected.iter().map(|(_, said)| shown(said)).collect();
    let actual: Vec<_> = block.actual.iter().map(shown).collect();
    differs(&expected.iter().collect::<Vec<_>>(), &actual)
}

/// Plays a transcript; gives what differs.
fn differences(path: &Path, text: &str, confirmations: Confirmations) -> String {
    let mut line = Line::new(people(path, &read(text).unwrap()), confirmations);
    let played = match play_on(&mut line, text, path.parent().unwrap()) {
        Ok(played) => played,
        Err(fault) => return format!("{}: {fault}\n", path.display()),
    };
    assert!(line.is_clear(), "{}: something is not acknowledged", path.display());
    let mut found = String::new();
    for block in played.blocks().iter().filter(|block| differs_there(block)) {
        let at = block.head.map_or(1, Statement::line);
        found += &format!("{}:{at}: {}\n", path.display(), text.lines().nth(at - 1).unwrap_or_default());
        for (_, expected) in &block.expected {
            found += &format!("  expected {}\n", write(expected));
        }
        for actual in &block.actual {
            found += &format!("  got      {}\n", write(actual));
        }
    }
    found
}

#[test]
fn every_transcript_is_what_happens_on_dingtalk_too() {
    let all = files(&folder(), "chat");
    // Every second one where confirmations are cards, which can be answered by typing, too.
    let halves = [(0, Confirmations::Messages), (1, Confirmations::Cards)].map(|(half, confirmations)| {
        let paths: Vec<_> = all.iter().skip(half).step_by(2).cloned().collect();
        std::thread::spawn(move || {
            let play = |path: PathBuf| {
                let text = fs::read_to_string(&path).unwrap();
                let needs = text.lines().find_map(|line| line.strip_prefix(NEEDS)).map(str::to_owned);
                let differences = differences(&path, &text, confirmations);
                (path, needs, differences)
            };
            paths.into_iter().map(play).collect::<Vec<_>>()
        })
    });
    let played: Vec<_> = halves.into_iter().flat_map(|half| half.join().unwrap()).collect();
    let (other, same): (Vec<_>, Vec<_>) = played.iter().partition(|(_, needs, _)| needs.is_some());
    for (path, needs, differences) in &other {
        println!("{}: needs {}", path.display(), needs.as_deref().unwrap_or_default());
        assert!(!differences.is_empty(), "{} needs nothing that DingTalk lacks", path.display());
    }
    let failed: Vec<_> = same.iter().filter(|(_, _, differences)| !differences.is_empty()).collect();
    failed.iter().for_each(|(_, _, differences)| println!("{differences}"));
    println!("{} transcripts played on DingTalk, {} need something that it lacks", same.len(), other.len());
    assert!(failed.is_empty(), "{} transcripts differ on DingTalk", failed.len());
    assert!(same.len() >= AT_LEAST, "only {} transcripts were played", same.len());
}
