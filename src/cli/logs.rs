//! Where the log goes: to standard error, as text or JSON, as much as `RUST_LOG` says; what the libraries would tell of the
//! words that they carry is never in it.

use std::fmt::Debug;
use std::io;

use tracing::{Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::world;
use crate::wording::markup::Colours;

/// What the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Begins to log; `usual` is what is logged unless `RUST_LOG` says otherwise.
pub(super) fn begin(format: Format, usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let is_coloured = world::colours(&io::stderr()) == Colours::On;
    subscriber(format, is_coloured, filter, io::stderr).init();
}

/// Writes what happens, each event as one line.
fn subscriber<W>(
    format: Format,
    is_coloured: bool,
    filter: EnvFilter,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Whoever carries words between the platform and us would write all of them down, if asked for that much.
    let discreet = filter_fn(|about| about.target().starts_with("usher") || *about.level() <= Level::INFO);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        Format::Text => {
            let fields = debug_fn(|writer, field, value| match field.name() {
                "message" => write!(writer, "{}", one_line(value)),
                name => write!(writer, "{name}={}", one_line(value)),
            });
            Box::new(log.with_ansi(is_coloured).fmt_fields(fields.delimited(" ")).finish().with(discreet))
        }
        Format::Json => Box::new(log.json().finish().with(discreet)),
    }
}

/// A value so that it neither ends its line nor steers a terminal: it may hold what others wrote.
fn one_line(value: &dyn Debug) -> String {
    let mut line = String::new();
    for letter in format!("{value:?}").chars() {
        match letter {
            '\u{2028}' | '\u{2029}' => line.extend(letter.escape_unicode()),
            _ if letter.is_control() => line.extend(letter.escape_default()),
            _ => line.push(letter),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::{Format, subscriber};
    use tracing_subscriber::EnvFilter;

    /// Everything that somebody might write to make a line of the log their own.
    const FORGERY: &str = "a\n2026-11-22T01:00:00Z  INFO usher: done\r\n\
        \u{1b}[2K\u{1b}[31mb\u{9b}1A\u{7}c\u{85}d\u{2028}e\u{2029}f\u{b}g\"}\n{\"level\":\"INFO\"}";

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written of two events, of which everything that can be is the forgery.
    fn log(format: Format, is_coloured: bool) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let filter = EnvFilter::new("info");
        let log = subscriber(format, is_coloured, filter, move || writer.clone());
        tracing::subscriber::with_default(log, || {
            let span = tracing::info_span!("span", shown = %FORGERY, debugged = ?FORGERY);
            let _inside = span.enter();
            tracing::error!(shown = %FORGERY, debugged = ?FORGERY, text = FORGERY, "{FORGERY}");
            tracing::warn!("the last");
        });
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_the_log_whatever_people_write() {
        for is_coloured in [false, true] {
            let written = log(Format::Text, is_coloured);
            let lines: Vec<_> = written.split_inclusive('\n').collect();
            assert_eq!(lines.len(), 2, "{written}");
            assert_eq!(lines[0].matches("usher: done").count(), 6, "all of it is there: {written}");
            // The colours of the log's own.
            let ours =
                ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[3m", "\u{1b}[31mERROR", "\u{1b}[33m WARN"];
            let ours = if is_coloured { &ours[..] } else { &[] };
            for line in lines {
                let rest = ours.iter().fold(line.replacen('\n', "", 1), |line, ours| line.replace(ours, ""));
                let is_plain = |letter: char| !letter.is_control() && !"\u{2028}\u{2029}".contains(letter);
                assert!(rest.chars().all(is_plain), "{rest:?}");
            }
        }
    }

    #[test]
    fn an_event_is_one_line_of_json_whatever_people_write() {
        let written = log(Format::Json, true);
        let lines: Vec<_> = written.split_inclusive('\n').collect();
        assert_eq!(lines.len(), 2, "{written}");
        let event: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(event["level"], "ERROR");
        for field in ["message", "shown", "text"] {
            assert_eq!(event["fields"][field], FORGERY, "{field}");
        }
    }
}
