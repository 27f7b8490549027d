//! Turns phrases into words, in Chinese and English.

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::domain::names::visible;
use crate::domain::{Arg, Phrase, Timestamp, words};

pub mod markup;

/// The longest text of a person that a message shows, in characters.
const MAX_TEXT: usize = 500;

words! {
    /// A language that Usher speaks.
    Language {
        /// English.
        En = "en",
        /// Chinese.
        Zh = "zh",
    }
}

impl Language {
    fn separator(self) -> &'static str {
        match self {
            Self::En => ", ",
            Self::Zh => "、",
        }
    }
}

/// The message files, read once and shared by everybody who speaks.
pub struct Wording {
    en: FluentBundle<FluentResource>,
    zh: FluentBundle<FluentResource>,
}

impl Default for Wording {
    fn default() -> Self {
        Self::new()
    }
}

impl Wording {
    /// Reads the message files.
    pub fn new() -> Self {
        Self::of(include_str!("en.ftl"), include_str!("zh.ftl"))
    }

    fn of(en: &str, zh: &str) -> Self {
        Self { en: bundle(Language::En, en), zh: bundle(Language::Zh, zh) }
    }

    /// The message in a language, with times of a time zone, in Usher's own [`markup`]: a line a phrase.
    pub fn say(&self, language: Language, zone: &str, text: &[Phrase]) -> String {
        let bundle = match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        };
        let speaker = Speaker { bundle, language, zone };
        let mut out = String::with_capacity(96 * text.len());
        speaker.join(&mut out, text, "\n");
        out
    }
}

fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let resource = FluentResource::try_new(source.to_owned()).expect("a test reads the message files");
    let language = language.as_str().parse().expect("both words are language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).expect("a test knows that no message is there twice");
    bundle
}

/// Who says one message.
struct Speaker<'a> {
    bundle: &'a FluentBundle<FluentResource>,
    language: Language,
    zone: &'a str,
}

impl Speaker<'_> {
    fn join(&self, out: &mut String, phrases: &[Phrase], separator: &str) {
        for (index, phrase) in phrases.iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            self.phrase(out, phrase);
        }
    }

    fn phrase(&self, out: &mut String, phrase: &Phrase) {
        let message = self.bundle.get_message(&phrase.id);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            debug_assert!(false, "no message {}", phrase.id);
            out.extend(["{", &phrase.id, "}"]);
            return;
        };
        let mut args = FluentArgs::with_capacity(phrase.args.len());
        for (name, arg) in &phrase.args {
            args.set(&**name, self.arg(arg));
        }
        let mut errors = Vec::new();
        let written = self.bundle.write_pattern(out, pattern, Some(&args), &mut errors);
        debug_assert!(written.is_ok() && errors.is_empty(), "{}: {errors:?}", phrase.id);
    }

    fn arg<'a>(&self, arg: &'a Arg) -> FluentValue<'a> {
        match arg {
            Arg::Clock(time) => self.clock(*time).into(),
            Arg::Code(code) => code_span(code).into(),
            Arg::Date(time) => self.date(*time).into(),
            Arg::List(phrases) => self.list(phrases).into(),
            Arg::Number(number) => (*number).into(),
            Arg::Phrase(phrase) => self.list(std::slice::from_ref(phrase)).into(),
            Arg::Text(text) => words(text).into(),
            Arg::Time(time) => format!("{} {}", self.date(*time), self.clock(*time)).into(),
        }
    }

    fn list(&self, phrases: &[Phrase]) -> String {
        let mut out = String::with_capacity(32 * phrases.len());
        self.join(&mut out, phrases, self.language.separator());
        out
    }

    /// The same in every language, and with its year: it is read without knowing today's date.
    fn date(&self, time: Timestamp) -> String {
        let at = time.zoned(self.zone);
        let year = at.year().unsigned_abs();
        let year = [((year / 100) as u8, ""), ((year % 100) as u8, "-")];
        digits(&year) + &digits(&[(at.month().unsigned_abs(), "-"), (at.day().unsigned_abs(), "")])
    }

    fn clock(&self, time: Timestamp) -> String {
        let at = time.zoned(self.zone);
        digits(&[(at.hour().unsigned_abs(), ":"), (at.minute().unsigned_abs(), "")])
    }
}

/// Two digits for each number and what follows it; by hand, because a format string is slower and most
/// messages have a time.
fn digits(numbers: &[(u8, &str)]) -> String {
    let mut out = String::with_capacity(3 * numbers.len());
    for (number, after) in numbers {
        out.push(char::from(b'0' + number / 10));
        out.push(char::from(b'0' + number % 10));
        out.push_str(after);
    }
    out
}

fn code_span(code: &str) -> String {
    let code = visible(code);
    let mut span = String::with_capacity(code.len() + 2);
    span.push('`');
    for c in code.chars() {
        if matches!(c, '\\' | '`') {
            span.push('\\');
        }
        span.push(c);
    }
    span.push('`');
    span
}

/// What somebody wrote, as one line of markup that means just that.
fn words(text: &str) -> Cow<'_, str> {
    match short(visible(text)) {
        Cow::Borrowed(text) => markup::escape(text),
        Cow::Owned(text) => Cow::Owned(markup::escape(&text).into_owned()),
    }
}

fn short(text: Cow<'_, str>) -> Cow<'_, str> {
    // A text of so few bytes can't have more characters.
    if text.len() <= MAX_TEXT {
        return text;
    }
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Wording, markup};
    use crate::domain::{Phrase, Timestamp};

    const EN: &str = r"
said = {$who} said {$what}
typed = Type {$what}.
at = At {$time}
days = {$n ->
    [one] one day
   *[other] {$n} days
 }
both = {$first} and {$second}
either = One of {$list}
lines = One
    - two
";
    const ZH: &str = r"
said = {$who}说{$what}
typed = 请输入 {$what}。
at = 时间：{$time}
days = {$n} 天
both = {$first}和{$second}
either = 其中之一：{$list}
lines = 一
    - 二
";

    fn say(language: Language, phrase: Phrase) -> String {
        Wording::of(EN, ZH).say(language, "Asia/Shanghai", &[phrase])
    }

    fn said(what: &str) -> String {
        say(Language::En, Phrase::new("said").text("who", "Bob").text("what", what))
    }

    #[test]
    fn everybody_may_share_the_words() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&Wording::new());
    }

    #[test]
    fn a_language_is_read_as_it_is_written() {
        for language in [Language::En, Language::Zh] {
            assert_eq!(Language::parse(language.as_str()), Some(language));
        }
        assert_eq!(Language::parse("fr"), None);
    }

    #[test]
    fn what_people_wrote_is_no_markup() {
        assert_eq!(said("**`x`**"), r"Bob said \*\*\`x\`\*\*");
        assert_eq!(markup::plain(&said(r"- \o/")), r"Bob said - \o/");
    }

    #[test]
    fn what_people_wrote_stays_on_its_line_and_in_its_direction() {
        assert_eq!(said("a\r\nb\u{2028}c\u{202e}d\u{200b}\x1be"), "Bob said a b cde");
    }

    #[test]
    fn what_people_wrote_is_cut_when_it_is_long() {
        assert_eq!(said(&"字".repeat(500)), format!("Bob said {}", "字".repeat(500)));
        assert_eq!(said(&"字".repeat(501)), format!("Bob said {}…", "字".repeat(500)));
    }

    #[test]
    fn what_is_to_be_typed_is_code() {
        let phrase = |code: &str| Phrase::new("typed").code("what", code);
        assert_eq!(say(Language::Zh, phrase("/确认 K7Q2")), "请输入 `/确认 K7Q2`。");
        let shown = say(Language::En, phrase("/find `\\\n"));
        assert_eq!(shown, r"Type `/find \`\\ `.");
    }

    #[test]
    fn numbers_have_their_plural() {
        assert_eq!(say(Language::En, Phrase::new("days").number("n", 1)), "one day");
        assert_eq!(say(Language::En, Phrase::new("days").number("n", 12000)), "12000 days");
        assert_eq!(say(Language::Zh, Phrase::new("days").number("n", 1)), "1 天");
    }

    #[test]
    fn times_are_those_of_the_organisation() {
        let time = Timestamp::parse("2026-11-22T01:05:59Z").expect("an instant");
        assert_eq!(say(Language::Zh, Phrase::new("at").time("time", time)), "时间：2026-11-22 09:05");
    }

    #[test]
    fn phrases_go_into_phrases() {
        let days = |n| Phrase::new("days").number("n", n);
        let both = Phrase::new("both").phrase("second", days(2)).phrase("first", days(1));
        assert_eq!(say(Language::En, both), "one day and 2 days");
        let either = || Phrase::new("either").list("list", vec![days(1), days(2)]);
        assert_eq!(say(Language::En, either()), "One of one day, 2 days");
        assert_eq!(say(Language::Zh, either()), "其中之一：1 天、2 天");
    }

    #[test]
    fn a_line_a_phrase() {
        let text = [Phrase::new("lines"), Phrase::new("days").number("n", 3)];
        let shown = Wording::of(EN, ZH).say(Language::Zh, "Asia/Shanghai", &text);
        assert_eq!(shown, "一\n- 二\n3 天");
    }
}
