//! What is typed to the screen itself, and what can be completed.

use crate::command::spec::{Run, Spec};
use crate::command::{COMMANDS, lookup};
use crate::domain::names::{keys, nearest, search_key};
use crate::domain::{Conversation, GroupId, PersonId};

use super::screen::Cast;

/// A line that is for the screen, not for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScreenWord {
    /// `:as PERSON`
    As(PersonId),
    /// `:dm`
    Direct,
    /// `:help`
    Help,
    /// `:in GROUP`
    In(Conversation),
    /// `:quit`
    Quit,
    /// Not understood; with what it may have meant.
    Unknown(Option<String>),
    /// `:where`
    Where,
    /// `:who`
    Who,
}

const WORDS: [&str; 7] = [":as", ":dm", ":help", ":in", ":quit", ":where", ":who"];

/// Reads a line that begins with a colon; `None` for any other.
pub(super) fn screen_word(line: &str, cast: &Cast) -> Option<ScreenWord> {
    let line = line.trim().replace('：', ":");
    if !line.starts_with(':') {
        return None;
    }
    let (word, name) = line.split_once(' ').unwrap_or((&line, ""));
    let name = name.trim().trim_start_matches(['@', '#']);
    Some(match word {
        ":as" => match cast.people.iter().find(|(id, known)| id.as_str() == name || known == name) {
            Some((id, _)) => ScreenWord::As(id.clone()),
            None => {
                let near = nearest(name, cast.people.iter().map(|(id, _)| id.as_str()));
                ScreenWord::Unknown(near.map(|near| format!(":as {near}")))
            }
        },
        ":in" => match cast.groups.iter().find(|(id, known)| id.as_str() == name || known == name) {
            Some((id, _)) => ScreenWord::In(Conversation::Group(id.clone())),
            None => {
                let near = nearest(name, cast.groups.iter().map(|(id, _)| GroupId::as_str(id)));
                ScreenWord::Unknown(near.map(|near| format!(":in {near}")))
            }
        },
        ":dm" => ScreenWord::Direct,
        ":help" => ScreenWord::Help,
        ":quit" => ScreenWord::Quit,
        ":where" => ScreenWord::Where,
        ":who" => ScreenWord::Who,
        other => ScreenWord::Unknown(nearest(other, WORDS).map(str::to_owned)),
    })
}

/// What the last word of the line could become: where it begins, and each completion with what it means. The codes are
/// those that could stand there.
pub(super) fn completions(
    line: &str,
    cast: &Cast,
    codes: impl FnOnce() -> Vec<(String, String)>,
) -> (usize, Vec<(String, String)>) {
    let start =
        line.rfind([' ', '　']).map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let word = &line[start..];
    if let Some(name) = line.strip_prefix(":as ") {
        return (start, people(name, cast, ""));
    }
    if let Some(name) = line.strip_prefix(":in ") {
        let groups =
            cast.groups.iter().filter(|(id, known)| id.as_str().starts_with(name) || known.starts_with(name));
        return (start, groups.map(|(id, known)| (id.to_string(), known.clone())).collect());
    }
    if start == 0 && word.starts_with(':') {
        let words = WORDS.iter().filter(|known| known.starts_with(word));
        return (0, words.map(|known| ((*known).to_owned(), String::new())).collect());
    }
    if let (0, Some(verb)) = (start, word.strip_prefix(['/', '／'])) {
        let verbs = COMMANDS.iter().flat_map(|spec| spec.verbs().map(move |known| (known, spec.name)));
        let found = verbs.filter(|(known, _)| known.starts_with(verb));
        return (0, found.map(|(known, name)| (format!("/{known}"), name.to_owned())).collect());
    }
    if let Some(at) = word.rfind(['@', '＠']) {
        let sign = &word[at..];
        let name = sign.trim_start_matches(['@', '＠']);
        return (start + at, people(name, cast, "@"));
    }
    let Some(spec) = verb(line) else {
        return (start, Vec::new());
    };
    if matches!(spec.run, Run::Confirm | Run::Cancel) {
        let word = word.to_uppercase();
        return (start, codes().into_iter().filter(|(code, _)| code.starts_with(&word)).collect());
    }
    let options = spec.params.iter().filter(|param| param.is_option());
    let forms = options.map(|param| (param.label(), param.form()));
    (start, forms.filter(|(label, _)| label.starts_with(word)).collect())
}

fn people(name: &str, cast: &Cast, sign: &str) -> Vec<(String, String)> {
    let wanted = search_key(name);
    let fits =
        |id: &PersonId, known: &str| keys(id.as_str(), known).iter().any(|key| key.starts_with(&wanted));
    let found = cast.people.iter().filter(|(id, known)| fits(id, known));
    found.take(30).map(|(id, known)| (format!("{sign}{id}"), known.clone())).collect()
}

/// The verb that the line begins with; `确认` and `confirm` need no slash.
fn verb(line: &str) -> Option<&'static Spec> {
    let first = line.split([' ', '　']).next().unwrap_or_default();
    let verb = first.trim_start_matches(['/', '／']);
    lookup(verb)
}

#[cfg(test)]
mod tests {
    use super::{Cast, ScreenWord, completions, screen_word};
    use crate::domain::{Conversation, GroupId, PersonId};

    fn cast() -> Cast {
        Cast {
            people: vec![
                (PersonId::new("bob"), "李博".into()),
                (PersonId::new("alice"), "Alice Zhang".into()),
            ],
            groups: vec![(GroupId::new("ops"), "管理群".into())],
            ..Cast::default()
        }
    }

    #[test]
    fn the_screens_words_are_read_or_answered_with_the_nearest() {
        let word = |line| screen_word(line, &cast()).unwrap();
        assert_eq!(word(":as 李博"), ScreenWord::As(PersonId::new("bob")));
        assert_eq!(word("：in 管理群"), ScreenWord::In(Conversation::Group(GroupId::new("ops"))));
        assert_eq!(word(":as bbo"), ScreenWord::Unknown(Some(":as bob".into())));
        assert_eq!(word(":whoo"), ScreenWord::Unknown(Some(":who".into())));
        assert_eq!(screen_word("/help", &cast()), None);
    }

    #[test]
    fn verbs_people_options_and_groups_are_completed() {
        let codes = || vec![("K7Q2".to_owned(), "delete".to_owned())];
        let complete =
            |line| completions(line, &cast(), codes).1.into_iter().map(|found| found.0).collect::<Vec<_>>();
        assert_eq!(complete("/revoke"), ["/revoke-admin"]);
        assert_eq!(complete("/删除员"), ["/删除员工"]);
        assert_eq!(complete("/delete @lib"), ["@bob"], "by pinyin");
        assert_eq!(complete("/delete @bob handover=@al"), ["@alice"]);
        assert_eq!(complete("/delete @bob rea"), ["reason="]);
        assert_eq!(complete(":in o"), ["ops"]);
        for line in ["/confirm ", "/cancel k", "／确认 K7", "确认 "] {
            assert_eq!(complete(line), ["K7Q2"], "{line}");
        }
        assert_eq!(complete("/confirm A"), [""; 0]);
        assert_eq!(complete(":wh"), [":where", ":who"]);
    }
}
