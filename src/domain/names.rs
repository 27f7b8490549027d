//! How names and other words are compared, searched and checked for characters that can't be seen.

use std::borrow::Cow;
use std::sync::LazyLock;

use pinyin::ToPinyin;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// The longest display name, in characters.
pub const MAX_NAME: usize = 200;

/// Control, format and default-ignorable characters: they can't be seen, but tell words apart.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]")
        .expect("a constant pattern")
});

/// Whether the text has characters that can't be seen.
pub fn has_hidden(text: &str) -> bool {
    !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && HIDDEN.is_match(text)
}

/// Whether it is white space or can't be seen: around a message neither means anything.
pub fn is_unseen(c: char) -> bool {
    c.is_whitespace() || (!c.is_ascii_graphic() && has_hidden(c.encode_utf8(&mut [0; 4])))
}

/// The text without characters that can't be seen.
pub fn without_hidden(text: &str) -> String {
    if has_hidden(text) { HIDDEN.replace_all(text, "").into_owned() } else { text.to_owned() }
}

/// The text on one line, without the characters that can't be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !has_hidden(text) {
        return Cow::Borrowed(text);
    }
    let breaks = |c: char| matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    Cow::Owned(without_hidden(&text.replace("\r\n", " ").replace(breaks, " ")))
}

/// Whether the text would be read as a command: no password may be, or it could never be given.
pub fn is_command(text: &str) -> bool {
    without_hidden(text).trim_start().starts_with(['/', '／'])
}

/// The form in which display names are equal: NFKC, with every run of white space one space.
pub fn fold(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return name.to_owned();
    }
    let folded: String = name.nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a name looks like: names with equal skeletons can't be told apart by eye (UTS #39).
pub fn skeleton(name: &str) -> String {
    unicode_security::skeleton(&fold(name)).collect()
}

/// Full-width letters and digits as ASCII, in lower case: the form in which keywords are compared.
pub fn keyword(word: &str) -> String {
    if word.is_ascii() { word.to_ascii_lowercase() } else { word.nfkc().collect::<String>().to_lowercase() }
}

/// What a person is searched by: id, name, each word of the name, pinyin and its initials; all in lower case.
pub fn keys(id: &str, name: &str) -> Vec<String> {
    let folded = fold(name).to_lowercase();
    let mut keys = vec![id.to_lowercase(), folded.replace(' ', ""), folded.clone()];
    keys.extend(folded.split(' ').map(str::to_owned));
    let sounds = sounds(&folded);
    keys.push(sounds.concat());
    keys.push(sounds.iter().filter_map(|sound| sound.chars().next()).collect());
    keys.retain(|key| !key.is_empty());
    keys.sort();
    keys.dedup();
    keys
}

/// The syllables of the Chinese characters in the text; nothing when there are none.
fn sounds(text: &str) -> Vec<&'static str> {
    text.to_pinyin().flatten().map(pinyin::Pinyin::plain).collect()
}

/// The form in which a search is compared with [`keys`].
pub fn search_key(text: &str) -> String {
    fold(text).to_lowercase()
}

/// How a typed word may be read when it is compared with [`keys`]: as it is, and by its sound.
pub fn readings(text: &str) -> Vec<String> {
    let key = search_key(text);
    let sound = sounds(&key).concat();
    if sound.is_empty() { vec![key] } else { vec![key, sound] }
}

/// How unlike two words are: the number of letters to change, add, drop or swap.
pub fn distance(left: &str, right: &str) -> usize {
    strsim::osa_distance(left, right)
}

/// Whether two words are one slip of the hand apart, more for longer words.
pub fn is_close(typed: &str, known: &str) -> bool {
    let (typed_length, known_length) = (typed.chars().count(), known.chars().count());
    let length = typed_length.max(known_length);
    let allowed = if length <= 2 {
        0
    } else if length <= 5 {
        1
    } else {
        2
    };
    // Most words differ so much in length that there is nothing to compare.
    typed_length.abs_diff(known_length) <= allowed && distance(typed, known) <= allowed
}

/// The nearest of the known words, if any is close.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let starts = |word: &str| typed.chars().count() >= 3 && word.starts_with(typed);
    // Of two Chinese characters one may be wrong: that is a whole word already.
    let shares_one = |word: &str| {
        let is_pair = |text: &str| !text.is_ascii() && text.chars().count() == 2;
        is_pair(typed) && is_pair(word) && distance(typed, word) == 1
    };
    known
        .into_iter()
        .filter(|word| is_close(typed, word) || starts(word) || shares_one(word))
        .min_by_key(|word| distance(typed, word))
}

/// A phone number that shows whose it is to those who know it, and to nobody else: `+86138****0002`.
pub fn masked(phone: &str) -> String {
    let count = phone.chars().count();
    let head = count.saturating_sub(8).min(6);
    let tail = count - (count / 2).min(4);
    let hide = |(at, c)| if (head..tail).contains(&at) { '*' } else { c };
    phone.chars().enumerate().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::{fold, has_hidden, is_command, keys, masked, nearest, skeleton};

    #[test]
    fn names_are_equal_after_folding_width_and_spaces() {
        assert_eq!(fold("Ａｎａ　 Ruiz "), "Ana Ruiz");
        assert_eq!(fold("李博"), "李博");
    }

    #[test]
    fn names_that_look_alike_share_a_skeleton() {
        assert_eq!(skeleton("Pavel"), skeleton("Раvel"), "Cyrillic Р and а");
        assert_ne!(skeleton("Pavel"), skeleton("Paul"));
    }

    #[test]
    fn hidden_characters_are_seen() {
        for text in ["a\u{200b}b", "\u{202e}ab", "a\u{ad}", "\u{3164}", "a\nb", "\u{2800}"] {
            assert!(has_hidden(text), "{text:?}");
        }
        for text in ["李博", "Ana Ruiz", "O’Brien", "Zoë"] {
            assert!(!has_hidden(text), "{text:?}");
        }
    }

    #[test]
    fn a_chinese_name_is_found_by_its_sound() {
        let keys = keys("u-17", "李博");
        for key in ["u-17", "李博", "libo", "lb"] {
            assert!(keys.iter().any(|k| k == key), "{key} in {keys:?}");
        }
    }

    #[test]
    fn what_would_be_a_command_is_known() {
        for text in ["/secret", "／secret", " /secret", "\u{200b}/secret"] {
            assert!(is_command(text), "{text:?}");
        }
        assert!(!is_command("sec/ret"));
    }

    #[test]
    fn near_misses_are_near() {
        assert_eq!(nearest("delte", ["delete", "show"]), Some("delete"));
        assert_eq!(nearest("revoke", ["revoke-admin", "show"]), Some("revoke-admin"));
        assert_eq!(nearest("xyz", ["delete", "show"]), None);
    }

    #[test]
    fn a_phone_is_never_shown_whole() {
        assert_eq!(masked("+8613800000002"), "+86138****0002");
        assert_eq!(masked("12345"), "***45");
        assert_eq!(masked("1"), "*");
    }
}
