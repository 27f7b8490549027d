//! JSON as it stands in the text, keys given twice included, so that every fault can be named.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Flaw;

/// A JSON value. The organisation file has no numbers and no truth values: they are only named.
pub(super) enum Tree<'a> {
    List(Vec<Self>),
    Map(Vec<(Cow<'a, str>, Self)>),
    Null,
    Other(&'static str),
    Text(Cow<'a, str>),
}

impl<'a> Tree<'a> {
    /// Reads a JSON text; a fault's path is its line and column.
    pub(super) fn parse(text: &'a str) -> Result<Self, Flaw> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map_err(|error| {
            let place = format!(" at line {} column {}", error.line(), error.column());
            Flaw {
                path: format!("line {}, column {}", error.line(), error.column()),
                what: error.to_string().replace(&place, ""),
            }
        })
    }

    /// What this is, as a sentence names it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Null => "null",
            Self::Other(kind) => kind,
            Self::Text(_) => "text",
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Tree::Other("a truth value"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Tree::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Tree::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Tree::Other("a number"))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Tree::Null)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        while let Some(Tree::Text(key)) = entries.next_key()? {
            map.push((key, entries.next_value()?));
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn keys_given_twice_are_kept() {
        let tree = Tree::parse(r#"{"a": [1, null, true], "a": "\u674e"}"#).unwrap();
        let Tree::Map(map) = tree else { panic!("an object") };
        let seen: Vec<_> = map.iter().map(|(key, value)| (key.as_ref(), value.kind())).collect();
        assert_eq!(seen, [("a", "a list"), ("a", "text")]);
    }

    #[test]
    fn a_syntax_error_has_its_line_and_column() {
        let flaw = Tree::parse("{\"a\": 1,\n  \"b\" 2}").err().unwrap();
        assert_eq!(flaw.to_string(), "line 2, column 7: expected `:`");
        for text in ["", "{", "{} {}", "{\"a\": \"\\ud800\"}", "{\"a\": 1e999}", &"[".repeat(100_000)] {
            assert!(Tree::parse(text).err().unwrap().path.starts_with("line 1, column "));
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert!(Tree::parse("\u{feff}{}").is_ok());
    }
}
