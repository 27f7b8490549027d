//! What must hold for messages, whatever people are called and have written: it stays text in every form.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use usher::domain::names::{has_hidden, without_hidden};
use usher::domain::{Phrase, Text};
use usher::wording::markup::{Colours, fitted, html, markdown, plain};
use usher::wording::{Language, Wording};

static WORDING: LazyLock<Wording> = LazyLock::new(Wording::new);

/// What no words of a person may bring about: the signs of a terminal, and of HTML.
const OURS: [&str; 4] = ["\x1b[1m", "\x1b[22m", "\x1b[36m", "\x1b[39m"];
const TAGS: [&str; 9] =
    ["<ul>", "</ul>", "<li>", "</li>", "<br>", "<strong>", "</strong>", "<code>", "</code>"];

/// Messages in which the words stand strong, in a list, as an item, at the end, after a colon, at the beginning of a line
/// and as something to type.
fn messages(words: &str) -> [Text; 5] {
    let name = || Phrase::new("plain").text("text", words);
    let person = || Phrase::new("person").text("name", words).text("id", "bob");
    [
        vec![
            Phrase::new("notice-account-closed")
                .text("name", words)
                .list("departments", vec![name(), name()])
                .text("day", "today")
                .text("contact", words),
        ],
        vec![
            Phrase::new("confirm-delete").phrase("person", person()).list("departments", vec![name()]),
            Phrase::new("effect-item").text("item", words),
            Phrase::new("remark-note").text("note", words),
        ],
        vec![
            Phrase::new("task-from").phrase("person", person()),
            Phrase::new("task-item").text("item", words),
        ],
        vec![Phrase::new("denied-out-of-scope").text("name", words)],
        vec![Phrase::new("failed-again").code("fix", format!("/delete @{words}"))],
    ]
}

/// Says the bytes as somebody's words in several messages and both languages, and reads what is shown.
pub(crate) fn check(bytes: &[u8]) {
    let words = String::from_utf8_lossy(bytes);
    // Of nothing nothing can be shown, strong or not.
    if without_hidden(&words).is_empty() {
        return;
    }
    for language in [Language::Zh, Language::En] {
        for (message, harmless) in messages(&words).iter().zip(&messages("李博")) {
            let said = WORDING.say(language, "UTC", message);
            let template = WORDING.say(language, "UTC", harmless);
            let seen = plain(&said);
            assert!(!has_hidden(&seen.replace('\n', "")), "{seen:?}");
            assert_eq!(said.matches('\n').count(), template.matches('\n').count(), "a line more: {said:?}");
            markdown_stays(&said, &template, &seen);
            html_stays(&said, &template, &seen);
            terminal_stays(&said, &seen);
        }
    }
}

/// What a reader of Markdown sees: its text, and the structure without what is strong, as words without letters can't be.
fn read(markdown: &str) -> (String, Vec<String>) {
    let options =
        Options::all() - Options::ENABLE_SMART_PUNCTUATION - Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let (mut text, mut structure) = (String::new(), Vec::new());
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(words) => text.push_str(&words),
            Event::Code(words) => {
                text.push_str(&words);
                structure.push("code".to_owned());
            }
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => {}
            Event::HardBreak | Event::SoftBreak => structure.push("break".to_owned()),
            Event::Start(tag) => structure.push(format!("{tag:?}")),
            Event::End(tag) => structure.push(format!("/{tag:?}")),
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    (text, structure)
}

/// The text as it is read, without the spaces and dashes that structure is made of.
fn bare(text: &str) -> String {
    text.replace("\n- ", "\n").trim_start_matches("- ").replace([' ', '\n'], "")
}

fn markdown_stays(said: &str, template: &str, seen: &str) {
    let shown = markdown(said);
    let (text, structure) = read(&shown);
    assert_eq!(structure, read(&markdown(template)).1, "{shown:?}");
    assert_eq!(bare(&text), bare(seen), "{shown:?}");
    for (event, range) in Parser::new(&shown).into_offset_iter() {
        let is_text = matches!(event, Event::Text(_));
        let written = &shown[range];
        assert!(!is_text || !written.contains('@'), "a mention: {shown:?}");
        assert!(!is_text || !written.contains("://"), "a link: {shown:?}");
    }
}

fn html_stays(said: &str, template: &str, seen: &str) {
    let tags = |html: &str| -> Vec<String> {
        html.split('<').skip(1).map(|rest| format!("<{}>", rest.split('>').next().unwrap())).collect()
    };
    let shown = html(said);
    assert_eq!(tags(&shown), tags(&html(template)), "{shown:?}");
    assert!(tags(&shown).iter().all(|tag| TAGS.contains(&tag.as_str())), "{shown:?}");
    let text = TAGS.iter().fold(shown, |text, tag| text.replace(tag, ""));
    assert!(!text.contains(['<', '>', '"', '\'']), "{text:?}");
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let read = entities.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign));
    assert_eq!(bare(&read), bare(seen));
}

fn terminal_stays(said: &str, seen: &str) {
    for width in [usize::MAX, 40] {
        let shown = fitted(said, width, Colours::On);
        let text = OURS.iter().fold(shown.join("\n"), |text, sign| text.replace(sign, ""));
        assert!(!text.replace('\n', "").contains(char::is_control), "{text:?}");
        if width == usize::MAX {
            assert_eq!(without_hidden(&text.replace('\n', " ")), seen.replace('\n', " "));
        }
    }
}
