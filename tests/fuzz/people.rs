//! What must hold for whom a name means, whatever is typed.

use std::cell::RefCell;
use std::path::Path;

use usher::command::line::Value;
use usher::command::people::{resolve, search};
use usher::command::refusal::{Stop, Verdict};
use usher::domain::names::{fold, has_hidden, skeleton, without_hidden};
use usher::domain::{Fault, Mention, Person, PersonId, Roster, Timestamp};
use usher::store::{Store, Tx};

/// People whose names could be taken for one another's, or for something else.
const ORGANISATION: &str = r#"{
  "organisation": {"id": "o", "name": "O", "locale": "en", "timezone": "UTC"}, "departments": [],
  "people": [{"id": "alice", "name": "Alice Zhang"}, {"id": "pavel", "name": "Pavel"}, {"id": "pavel2", "name": "Раvel"},
    {"id": "lina1", "name": "李娜"}, {"id": "lina2", "name": "李娜"}, {"id": "bob", "name": "carol"},
    {"id": "carol", "name": "ｂｏｂ"}, {"id": "Alice", "name": "alice"}, {"id": "z", "name": "Zoë  Martin"},
    {"id": "z2", "name": "Zoe\u0308 Martin"}, {"id": "m", "name": "@all"}, {"id": "n", "name": "/delete"},
    {"id": "q", "name": "\"'“「"}, {"id": "x1", "name": "1"}, {"id": "1", "name": "x1"}, {"id": "rn", "name": "m"},
    {"id": "mm", "name": "rn"}, {"id": "long", "name": "王小明王小明王小明"}, {"id": "I", "name": "l"}, {"id": "O0", "name": "0O"}],
  "owner": "alice"}"#;

thread_local! {
    static KNOWN: RefCell<(Store, Roster)> = {
        let roster = usher::exchange::parse(ORGANISATION, &|_| String::new()).unwrap();
        let mut store = Store::open_with_vfs(Path::new("people.db"), "memdb").unwrap();
        store.transact(|tx| tx.replace(&roster, Timestamp::from_millis(0))).unwrap();
        RefCell::new((store, roster))
    };
}

/// Looks somebody up by the bytes, as a name and as a mention's label: one person is meant only who is named and no
/// other could be, a question lists those who could be, and nobody is unknown who is there.
pub(crate) fn check(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    KNOWN.with_borrow_mut(|(store, roster)| {
        let people: Vec<_> = roster.people.iter().map(|member| member.person.clone()).collect();
        store
            .transact(|tx| {
                named(tx, &people, &name);
                labelled(tx, &people, &name);
                let found = search(tx, &name, 5)?;
                assert!(
                    found.len() <= 5 && found.iter().all(|id| people.iter().any(|person| person.id == *id))
                );
                Ok::<_, Fault>(())
            })
            .unwrap();
    });
}

fn could_be<'a>(people: &'a [Person], name: &str) -> Vec<&'a PersonId> {
    let is_like =
        |person: &&Person| fold(&person.name) == fold(name) || skeleton(&person.name) == skeleton(name);
    people.iter().filter(is_like).map(|person| &person.id).collect()
}

fn named(tx: &Tx<'_>, people: &[Person], name: &str) {
    let found = resolve(tx, 0, &Value::Name(name.to_owned()));
    let by_id = people.iter().find(|person| person.id.as_str() == name);
    let could_be = could_be(people, name);
    match found {
        Ok(person) if person.id.as_str() == name => {}
        Ok(person) => {
            assert_eq!(by_id, None, "{name:?} is an id");
            assert_eq!(fold(&person.name), fold(name), "{name:?} is not their name");
            assert_eq!(could_be, [&person.id], "{name:?} could be others");
        }
        Err(Stop::Refused(refusal)) => match refusal.verdict {
            Verdict::Choose { candidates, .. } => {
                assert!(by_id.is_none() && !candidates.is_empty());
                assert!(
                    candidates.iter().all(|candidate| could_be.contains(&candidate)),
                    "{name:?}: {candidates:?}"
                );
            }
            Verdict::Rejected { error: "unknown_person", .. } => {
                assert!(by_id.is_none() && could_be.is_empty(), "{name:?} is {could_be:?}");
            }
            Verdict::Rejected { error: "bad_argument", .. } => assert!(has_hidden(name), "{name:?}"),
            other => panic!("{name:?}: {other:?}"),
        },
        Err(other) => panic!("{name:?}: {other:?}"),
    }
}

/// The entity decides, whatever its label: somebody else is never meant, nor passed over who is named letter for letter.
fn labelled(tx: &Tx<'_>, people: &[Person], label: &str) {
    let mention = Mention { id: PersonId::new("alice"), label: Some(label.to_owned()), is_usher: false };
    let shown = without_hidden(label);
    let shown = shown.trim_end().trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '@' | '＠'));
    let names = |person: &Person| person.id.as_str() == shown || fold(&person.name) == fold(shown);
    match resolve(tx, 0, &Value::Mention(mention)) {
        Ok(person) => {
            assert_eq!(person.id.as_str(), "alice");
            assert!(names(&person) || !people.iter().any(names), "{label:?} names somebody else");
        }
        Err(Stop::Refused(refusal)) => {
            let is_another = people.iter().any(names) || !could_be(people, shown).is_empty();
            assert!(is_another, "{label:?} names nobody else: {refusal:?}");
        }
        Err(other) => panic!("{label:?}: {other:?}"),
    }
}
