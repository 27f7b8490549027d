//! Messages as Markdown: CommonMark, and no more of it than DingTalk shows.

use super::{Line, Span, lines};

/// The message as Markdown: no character of its words is ever markup, a link, a tag or a mention.
pub fn markdown(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len() + markup.len() / 2);
    let mut previous: Option<Line<'_>> = None;
    for line in lines(markup) {
        if let Some(previous) = &previous {
            out.push_str(separator(previous, &line));
        }
        if line.bullet {
            out.push_str("- ");
        }
        let start = out.len();
        for (index, span) in line.spans.iter().enumerate() {
            write(&mut out, span, line.spans.get(index + 1).and_then(first));
        }
        guard(&mut out, start);
        previous = Some(line);
    }
    out
}

/// A line break that CommonMark and DingTalk both see, or the blank line that begins or ends a list.
fn separator(previous: &Line<'_>, next: &Line<'_>) -> &'static str {
    let is_blank = |line: &Line<'_>| !line.bullet && line.spans.is_empty();
    match (previous.bullet, next.bullet) {
        _ if is_blank(previous) || is_blank(next) => "\n",
        (true, true) => "\n",
        (false, false) => "  \n  ",
        _ => "\n\n",
    }
}

/// What a span begins with.
fn first(span: &Span<'_>) -> Option<char> {
    match span {
        Span::Code(_) => Some('`'),
        Span::Strong(words) | Span::Text(words) => words.chars().next(),
    }
}

/// Writes a span, before whatever begins with this character.
fn write(out: &mut String, span: &Span<'_>, next: Option<char>) {
    match span {
        Span::Code(words) => code(out, words),
        Span::Strong(words) => strong(out, words, next),
        Span::Text(words) => text(out, words),
    }
}

/// Punctuation at either end stays outside: `**「李博」**` followed by a word would not be strong. What is in brackets at
/// the end is all inside, or with such a word after it all outside.
fn strong(out: &mut String, words: &str, next: Option<char>) {
    let inner = words.trim_matches(|c| !is_word(c));
    if inner.is_empty() {
        return text(out, words);
    }
    let start = words.find(is_word).unwrap_or(0);
    let mut end = start + inner.len();
    let mut rest = words[end..].chars();
    let bracket = rest.next().and_then(|close| Some((close, inner.rfind(opening(close)?)?)));
    if let Some((close, open)) = bracket {
        let ends = rest.next().or(next).is_none_or(|next| SEPARATORS.contains(next));
        end = if ends {
            end + close.len_utf8()
        } else {
            start + inner[..open].trim_end_matches(|c| !is_word(c)).len()
        };
    }
    text(out, &words[..start]);
    out.push_str("**");
    text(out, &words[start..end]);
    out.push_str("**");
    text(out, &words[end..]);
}

/// What surely ends a word, for every Markdown.
const SEPARATORS: &str = " ,.;:!?，。；：！？、";

/// The bracket that this one closes.
fn opening(closing: char) -> Option<char> {
    [('(', ')'), ('（', '）'), ('「', '」'), ('“', '”'), ('《', '》')]
        .into_iter()
        .find_map(|(open, close)| (close == closing).then_some(open))
}

/// Whether Markdown takes the character for a part of a word; circled letters are symbols to it.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}

/// The fence is longer than any run of backticks inside.
fn code(out: &mut String, words: &str) {
    let words = words.replace(char::is_control, "");
    let longest = words.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let touches = words.starts_with('`') || words.ends_with('`');
    let strips = words.starts_with(' ') && words.ends_with(' ') && !words.trim_matches(' ').is_empty();
    let space = if touches || strips { " " } else { "" };
    for part in [&fence, space, &words, space, &fence] {
        out.push_str(part);
    }
}

fn text(out: &mut String, words: &str) {
    for (index, c) in words.char_indices() {
        let (before, after) = (&words[..index], &words[index + c.len_utf8()..]);
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '$' | '^' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            ':' if after.starts_with("//") => out.push_str("&#58;"),
            '.' if ends_with_www(before) => out.push_str("&#46;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

fn ends_with_www(words: &str) -> bool {
    words.len() >= 3 && words.as_bytes()[words.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// Takes away the meaning that characters have only at an end of a line.
fn guard(out: &mut String, start: usize) {
    if out.len() > start + 1 && out.ends_with(' ') {
        out.pop();
        out.push_str("&#32;");
    }
    let line = &out[start..];
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if line.starts_with(' ') {
        out.replace_range(start..=start, "&#32;");
    } else if line.starts_with(['-', '+', '=', '#', ':']) {
        out.insert(start, '\\');
    } else if digits > 0 && line[digits..].starts_with(['.', ')']) {
        out.insert(start + digits, '\\');
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, proptest};
    use proptest::sample::select;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::escape;
    use super::markdown;

    #[rustfmt::skip]
    const TRICKS: [&str; 34] = [
        "[a](http://x)", "![a](b)", "<b>", "<!-- ", "<http://x.y>", "&amp;", "&#64;", "- ", "1. ", "# ",
        "---", "===", "> ", "```", "~~~", "    ", "***", "__", "~~", "| a |", "[^1]", "[ ] ", "$$", ": ",
        "\\", "[a]: b", "[!NOTE]", "{#id}", "@", "\u{a0}", "李博", "\n", "\r", "\0",
    ];

    /// What a reader sees of Markdown that is nothing but lines of text.
    fn read(markdown: &str) -> String {
        let mut seen = String::new();
        let options =
            Options::all() - Options::ENABLE_SMART_PUNCTUATION - Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Text(text) => seen.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                Event::HardBreak | Event::SoftBreak => {}
                other => panic!("{other:?} in {markdown:?}"),
            }
        }
        seen
    }

    fn check(text: &str) {
        assert_eq!(read(&markdown(&escape(text))), text.replace(char::is_control, ""));
    }

    fn html(markup: &str) -> String {
        Parser::new(&markdown(markup)).fold(String::new(), |seen, event| match event {
            Event::Text(text) => seen + &text,
            Event::Code(code) => seen + "{" + &code + "}",
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => seen + "|",
            Event::Start(Tag::Item) => seen + "•",
            Event::HardBreak | Event::SoftBreak => seen + "/",
            Event::End(TagEnd::Paragraph | TagEnd::List(_)) => seen + "¶",
            _ => seen,
        })
    }

    #[test]
    fn strong_is_strong_next_to_chinese_words() {
        assert_eq!(html("把**「李博」**删除"), "把「|李博|」删除¶");
        assert_eq!(html("**李博**？**不**"), "|李博|？|不|¶");
        assert_eq!(html("**…**"), "…¶");
        assert_eq!(html("**删除员工：李博（bob）**，销售部"), "|删除员工：李博（bob）|，销售部¶");
        assert_eq!(html("**李博（bob）**"), "|李博（bob）|¶");
        assert_eq!(html("**李博（bob）**走"), "|李博|（bob）走¶");
        assert_eq!(html("**Bob (bob).** `a`"), "|Bob (bob)|. {a}¶");
    }

    #[test]
    fn code_keeps_its_backticks_and_spaces() {
        assert_eq!(html(r"a `\`b\`\`` c"), "a {`b``} c¶");
        assert_eq!(html("` a `"), "{ a }¶");
        assert_eq!(html("`/delete @bob`"), "{/delete @bob}¶");
    }

    #[test]
    fn lines_stay_lines_and_lists_end() {
        assert_eq!(html("a\nb\n- c\n- d\ne\n\nf"), "a/b¶•c•d¶e¶f¶");
        assert_eq!(html("a\n- "), "a¶•¶");
    }

    #[test]
    fn nothing_is_a_link_or_a_mention() {
        let shown = markdown("see http://x.y www.x.y a@b.c @all");
        assert_eq!(shown, "see http&#58;//x.y www&#46;x.y a&#64;b.c &#64;all");
    }

    proptest! {
        #[test]
        fn text_stays_text(text in any::<String>()) {
            check(&text);
        }

        #[test]
        fn marks_stay_text(text in r#"[-+=#:>0-9.)(!\[\]{}<a/&;*_~`|$^"' \n\\^x]{0,14}"#) {
            check(&text);
        }

        #[test]
        fn known_tricks_stay_text(tricks in vec(select(&TRICKS[..]), 0..6)) {
            check(&tricks.concat());
        }

        #[test]
        fn code_stays_code(text in r"[` a\\*]{1,9}") {
            let escaped = text.replace('\\', r"\\").replace('`', r"\`");
            assert_eq!(html(&format!("x `{escaped}` y")), format!("x {{{text}}} y¶"));
        }
    }
}
