//! Messages as HTML, for places that show a subset of it.
//!
//! No adapter shows messages so; the contract has the form beside plain text and Markdown, for a platform that takes no
//! other. Until there is one, it is held by the tests below and by `tests/fuzz/render.rs`.

use super::{Span, lines};

/// The message as HTML: no character of its words is ever a tag or an entity.
pub fn html(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len() + markup.len() / 2);
    let mut previous = None;
    for line in lines(markup) {
        out.push_str(match (previous, line.bullet) {
            (None, true) | (Some(false), true) => "<ul><li>",
            (Some(true), true) => "</li><li>",
            (Some(true), false) => "</li></ul>",
            (Some(false), false) => "<br>",
            (None, false) => "",
        });
        for span in &line.spans {
            write(&mut out, span);
        }
        previous = Some(line.bullet);
    }
    if previous == Some(true) {
        out.push_str("</li></ul>");
    }
    out
}

fn write(out: &mut String, span: &Span<'_>) {
    let (open, close) = match span {
        Span::Code(_) => ("<code>", "</code>"),
        Span::Strong(_) => ("<strong>", "</strong>"),
        Span::Text(_) => ("", ""),
    };
    out.push_str(open);
    for c in span.words().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.push_str(close);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::super::escape;
    use super::html;

    fn decoded(html: &str) -> String {
        html.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[test]
    fn lines_and_items_are_structure() {
        let shown = html("**A** & `<b>`\nc\n- d\n- e\nf");
        let expected = "<strong>A</strong> &amp; <code>&lt;b&gt;</code><br>c<ul><li>d</li><li>e</li></ul>f";
        assert_eq!(shown, expected);
        assert_eq!(html("- a"), "<ul><li>a</li></ul>");
    }

    proptest! {
        #[test]
        fn text_stays_text(text in any::<String>()) {
            let text = text.replace(char::is_control, "");
            let shown = html(&escape(&text));
            assert!(!shown.contains(['<', '>', '"']), "{shown}");
            assert_eq!(decoded(&shown), text);
        }
    }
}
