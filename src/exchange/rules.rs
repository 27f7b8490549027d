//! What the words of an organisation file may look like.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::node::quoted;
use crate::domain::{Timestamp, names};

/// The longest id, in characters.
const MAX_ID: usize = 128;

/// The shortest TOTP secret, in bytes: RFC 4226 asks for sixteen, phones' apps give ten.
const MIN_TOTP: usize = 10;

/// What can't be typed as part of an id in a command: it would end the word, or begin another.
const NOT_IN_IDS: &str = "@＠﹫=＝﹦,，﹐、﹑､\"'`＂＇｀´‘’‚‛“”„‟«»‹›「」『』｢｣〝〞〟﹁﹂﹃﹄";

/// RFC 3339, which is narrower than what [`Timestamp::parse`] reads.
static INSTANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{8}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$")
        .expect("a constant pattern")
});

/// An id that people type in commands.
pub(super) fn id(text: &str) -> Result<(), String> {
    platform_id(text)?;
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && NOT_IN_IDS.contains(*c)) {
        Some(bad) => Err(format!("an id can't have {bad:?} in it")),
        None => Ok(()),
    }
}

/// An id that a chat platform gives to a group, such as `cidKtuR6w==`.
pub(super) fn platform_id(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("an id can't be empty".to_owned());
    }
    if text.chars().count() > MAX_ID {
        return Err(format!("an id can't be longer than {MAX_ID} characters"));
    }
    if text.contains(char::is_whitespace) {
        return Err("an id can't have white space in it".to_owned());
    }
    visible(text)
}

/// The id of somebody new: in transcripts, and where people are mentioned, the bot is called so.
pub(super) fn free_for_person(id: &str) -> Result<(), String> {
    match id {
        "usher" => Err("\"usher\" is what the bot is called: it can be nobody's id".to_owned()),
        _ => Ok(()),
    }
}

/// The id of a new group: in transcripts and in JSON, direct messages are called so.
pub(super) fn free_for_group(id: &str) -> Result<(), String> {
    match id == "dm" || id.starts_with("dm:") {
        true => Err(format!("{} is what direct messages are called: it can be no group's id", quoted(id))),
        false => Ok(()),
    }
}

/// A display name.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("a name can't be empty".to_owned());
    }
    if text.chars().count() > names::MAX_NAME {
        return Err(format!("a name can't be longer than {} characters", names::MAX_NAME));
    }
    visible(text)?;
    Ok(text.to_owned())
}

/// Each of them is named: what joins emoji, or varies them, is not seen where the name was typed.
fn visible(text: &str) -> Result<(), String> {
    if !names::has_hidden(text) {
        return Ok(());
    }
    let hidden: BTreeSet<_> =
        text.chars().filter(|c| names::has_hidden(c.encode_utf8(&mut [0; 4]))).collect();
    let hidden: Vec<_> = hidden.into_iter().map(|c| format!("U+{:04X}", u32::from(c))).collect();
    Err(format!("{} has invisible characters ({}): take them out", quoted(text), hidden.join(", ")))
}

/// Any text that says something.
pub(super) fn words(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("can't be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// A phone number: digits, as people write them.
pub(super) fn phone(text: &str) -> Result<String, String> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    let fits =
        (3..=20).contains(&digits) && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a phone is written in digits, such as +8613800000002".to_owned())
    }
}

/// An e-mail address, as far as it can be judged by looking.
pub(super) fn email(text: &str) -> Result<String, String> {
    let odd = text.contains(char::is_whitespace) || names::has_hidden(text);
    match text.rsplit_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !odd => Ok(text.to_owned()),
        _ => Err("an e-mail address is written as name@host".to_owned()),
    }
}

/// The name of a time zone.
pub(super) fn timezone(text: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("there is no time zone {}", quoted(text))),
    }
}

/// An instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let instant = if INSTANT.is_match(text) { Timestamp::parse(text) } else { None };
    instant.ok_or_else(|| format!("{} is no RFC 3339 time such as 2026-11-22T09:00:00+08:00", quoted(text)))
}

/// A TOTP secret in BASE32 (RFC 4648). What is wrong is said without repeating it.
pub(super) fn totp(text: &str) -> Result<Vec<u8>, String> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let padding = symbols.iter().rev().take_while(|byte| **byte == b'=').count();
    let symbols = &symbols[..symbols.len() - padding];
    let mut secret = Vec::with_capacity(symbols.len() * 5 / 8);
    let (mut bits, mut held) = (0_u16, 0);
    for symbol in symbols {
        let value = match symbol.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return Err("a TOTP secret is BASE32: letters, and digits from 2 to 7".to_owned()),
        };
        bits = bits << 5 | u16::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            secret.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    if held >= 5 || padding > 6 {
        return Err("a TOTP secret is BASE32, and this one is cut off".to_owned());
    }
    if secret.len() < MIN_TOTP {
        return Err(format!("a TOTP secret has at least {MIN_TOTP} bytes (16 letters)"));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_can_be_typed() {
        for good in ["bob", "A-1001", "李博", "u.17_x", "x/y+z", &"a".repeat(128)] {
            assert_eq!(id(good), Ok(()), "{good}");
        }
        for bad in ["", " ", "a b", "a\u{3000}b", "a\tb", "a@b", "a＝b", "a、b", "「a」", "a\u{200b}", "a’"]
        {
            assert!(id(bad).is_err(), "{bad:?}");
        }
        assert!(id(&"李".repeat(129)).is_err());
        assert_eq!(platform_id("cidKtuR6w=="), Ok(()));
    }

    #[test]
    fn instants_are_rfc_3339_and_nothing_wider() {
        for good in ["2026-11-22T09:00:00+08:00", "2026-11-22T01:00:00Z", "2026-11-22 01:00:00.25z"] {
            assert!(instant(good).is_ok(), "{good}");
        }
        let wider = ["2026-11-22T09+08", "20261122T090000Z", "2026-11-22T09:00:00", "2026-11-22", ""];
        for bad in wider.into_iter().chain(["2026-13-22T09:00:00Z", "2026-11-22T25:00:00Z", "yesterday"]) {
            assert!(instant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn base32_is_read_as_rfc_4648_writes_it() {
        assert_eq!(totp("GEZDGNBVGY3TQOJQ").unwrap(), b"1234567890");
        assert_eq!(totp("gezd gnbv gy3t qojq ge======").unwrap(), b"12345678901");
        assert_eq!(totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), b"12345678901234567890");
        for bad in ["", "GEZDGNBVGY3TQOJ1", "GEZDGNBVGY3TQOJQA", "GEZD=GNBVGY3TQOJQ", "GEZDGNBVGY3TQ==="] {
            assert!(totp(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn phones_and_addresses_are_told_from_other_text() {
        for good in ["+8613800000002", "13800000002", "+34 600-000-011"] {
            assert!(phone(good).is_ok(), "{good}");
        }
        for bad in ["12", "call me", "+123456789012345678901", "86+138", "+８６１３８００", "+"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
        assert!(email("bob@acme.example").is_ok());
        for bad in ["bob", "@acme", "bob@", "b b@acme", ""] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
