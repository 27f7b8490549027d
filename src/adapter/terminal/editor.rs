//! The interactive terminal: a line editor for what one says, and messages printed above it as they arrive.
//!
//! Nothing is delivered again, a repeat can't be dropped, and no message is too long. The history stays in
//! memory, and a secret is neither shown nor kept in it: whether one is being asked, the bot's memory is asked before
//! each line.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode as hide_keys};
use reedline::{
    ColumnarMenu, Completer, CompletionResult, Emacs, ExternalPrinter, KeyCode, KeyModifiers, MenuBuilder,
    Prompt, PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Signal, Span,
    Suggestion, default_emacs_keybindings,
};

use super::files::save;
use super::hidden::{self, Hidden};
use super::page::{Page, Typing};
use super::screen::{Cast, Seat, block};
use super::words::{ScreenWord, completions, screen_word};
use crate::adapter::transcript::pieces;
use crate::adapter::{Sink, Undelivered};
use crate::domain::{
    Body, Conversation, Delivery, GroupId, Heard, MessageId, Origin, PersonId, Phrase, Timestamp,
};
use crate::wording::markup::{Colours, fitted};
use crate::wording::{Language, Wording};

/// How many messages may wait to be printed.
const MAX_PRINTED: usize = 10_000;

/// What the terminal asks of the bot's memory, whenever it has to know.
pub trait Insight: Send + Sync {
    /// Whether a secret is being asked of the person: then nothing of what they say in private may be shown.
    fn is_asked(&self, person: &PersonId) -> bool;
    /// The codes of what the person can confirm or cancel in this place, each with what it is for.
    fn codes(&self, person: &PersonId, place: &Conversation) -> Vec<(String, String)>;
}

/// What the editor and the printer share.
#[derive(Clone)]
pub struct Stage {
    cast: Arc<Cast>,
    seat: Arc<Mutex<Seat>>,
    insight: Arc<dyn Insight>,
    wording: Arc<Wording>,
    language: Language,
    colours: Colours,
}

impl Stage {
    /// A stage with this cast, on which one sits here first.
    pub fn new(
        cast: Cast,
        seat: Seat,
        insight: Arc<dyn Insight>,
        language: Language,
        colours: Colours,
    ) -> Self {
        Self {
            cast: Arc::new(cast),
            seat: Arc::new(Mutex::new(seat)),
            insight,
            wording: Arc::new(Wording::new()),
            language,
            colours,
        }
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is typed now may be a secret.
    fn is_asked_here(&self) -> bool {
        let seat = self.seat().clone();
        seat.place == Conversation::Direct(seat.who.clone()) && self.insight.is_asked(&seat.who)
    }

    fn say(&self, phrases: &[Phrase]) -> String {
        let text = self.wording.say(self.language, "UTC", phrases);
        fitted(&text, width(), self.colours).join("\n")
    }

    /// The first screen: what this is, who and where one is, and what to try.
    pub fn welcome(&self, organisation: &str) -> String {
        let seat = self.seat().clone();
        let mut lines = vec![
            Phrase::new("screen-title").text("organisation", organisation),
            Phrase::new("screen-seat")
                .text("name", self.cast.person(&seat.who))
                .text("place", self.cast.place(&seat.place)),
        ];
        if !self.cast.passwords.is_empty() {
            lines.push(Phrase::new("screen-try"));
            for (command, what) in [
                ("/show @bob", "screen-try-show"),
                ("/revoke-admin @sam", "screen-try-revoke"),
                ("/delete @tom", "screen-try-delete"),
                (":dm", "screen-try-dm"),
            ] {
                lines.push(Phrase::new(what).code("command", command));
            }
        }
        let other = self.cast.people.iter().map(|(id, _)| id).find(|id| **id != seat.who);
        let group = self.cast.groups.last().map(|(id, _)| id);
        lines.push(
            Phrase::new("screen-switch")
                .code("as", format!(":as {}", other.unwrap_or(&seat.who)))
                .code("in", format!(":in {}", group.map_or("…", GroupId::as_str))),
        );
        self.say(&lines)
    }
}

/// Prints deliveries, above what is being typed.
pub struct Printed {
    stage: Stage,
    page: Arc<Mutex<Page>>,
    folder: PathBuf,
}

impl Sink for Printed {
    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let stage = &self.stage;
        let seat = stage.seat().clone();
        let mut text = block(&stage.cast, &seat, delivery, width(), stage.colours);
        if let Some(file) = &delivery.attachment {
            let path = save(&self.folder, file).map_err(Undelivered::later)?;
            text.push_str(&format!("\n → {}", path.display()));
        }
        self.page.lock().unwrap_or_else(PoisonError::into_inner).show(text)
    }
}

/// The terminal's width in columns; where it does not tell, the usual one.
fn width() -> usize {
    let told = crossterm::terminal::size().ok().filter(|(columns, _)| *columns > 0);
    told.map_or(80, |(columns, _)| usize::from(columns))
}

/// The line editor. As long as it is there, the terminal is left to itself: it shows what is typed only in the editor, and
/// not what is typed ahead, which may be a secret.
pub struct Desk {
    stage: Stage,
    page: Arc<Mutex<Page>>,
    editor: Reedline,
    session: String,
    said: usize,
}

impl Desk {
    /// A desk and the sink that prints above its line; the session's name makes its messages' ids unlike
    /// those of any other session. Files that go with messages are written into the folder.
    pub fn new(stage: Stage, session: String, folder: PathBuf) -> (Self, Printed) {
        let printer = ExternalPrinter::new(MAX_PRINTED);
        let page = Arc::new(Mutex::new(Page::new(printer.sender())));
        let printed = Printed { stage: stage.clone(), page: page.clone(), folder };
        let menu = ColumnarMenu::default().with_name("completion");
        let mut keys = default_emacs_keybindings();
        keys.add_binding(
            KeyModifiers::NONE,
            KeyCode::Tab,
            ReedlineEvent::UntilFound(vec![
                ReedlineEvent::Menu("completion".to_owned()),
                ReedlineEvent::MenuNext,
            ]),
        );
        let editor = Reedline::create()
            .with_external_printer(printer)
            .with_ansi_colors(stage.colours == Colours::On)
            .with_completer(Box::new(Completions(stage.clone())))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            // What can only be one thing is put in at once, and what several begin with alike as far as that goes.
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_edit_mode(Box::new(Emacs::new(keys)))
            .use_bracketed_paste(true);
        (Self { stage, page, editor, session, said: 0 }, printed)
    }

    /// The next message that is said; `None` when one leaves. What was said before must have been handled: only then is
    /// it known whether a secret is asked.
    pub fn next(&mut self, now: impl Fn() -> Timestamp) -> Option<Heard> {
        hide_keys().ok()?;
        loop {
            let line = if self.stage.is_asked_here() { self.secret()? } else { self.line()? };
            let Some(line) = line else { continue };
            match screen_word(&line, &self.stage.cast) {
                Some(ScreenWord::Quit) => return None,
                Some(word) => self.turn(&word),
                None if line.trim().is_empty() => {}
                None => return Some(self.heard(&line, now())),
            }
        }
    }

    /// Reads a line; inner `None` when there is something else to do first.
    #[allow(clippy::option_option, reason = "leaving and going on are different")]
    fn line(&mut self) -> Option<Option<String>> {
        let seat = self.stage.seat().clone();
        let who = self.stage.cast.person(&seat.who);
        let prompt = Place(format!("{who} @ {} ", self.stage.cast.place(&seat.place)));
        self.page().turn_to(Typing::Line).ok()?;
        let read = self.editor.read_line(&prompt);
        hide_keys().ok()?;
        self.page().turn_to(Typing::Nothing).ok()?;
        match read {
            Ok(Signal::Success(line)) => Some(Some(line)),
            Ok(Signal::CtrlD) | Err(_) => None,
            Ok(_) => Some(None),
        }
    }

    /// Reads a secret without showing it. Whoever wants to do something else types it here just as well.
    #[allow(clippy::option_option, reason = "leaving and going on are different")]
    fn secret(&mut self) -> Option<Option<String>> {
        let mut question = String::new();
        if let Some(password) = self.stage.cast.passwords.get(&self.stage.seat().who) {
            question = self.stage.say(&[Phrase::new("screen-demo-secret").code("password", password)]) + "\n";
        }
        question.push_str(&self.stage.say(&[Phrase::new("screen-secret")]));
        question.push(' ');
        self.page().turn_to(Typing::Secret(question)).ok()?;
        let typed = hidden::line();
        self.page().turn_to(Typing::Nothing).ok()?;
        match typed.ok()? {
            Hidden::Again => Some(None),
            Hidden::Leave => None,
            Hidden::Line(typed) => Some(Some(typed)),
        }
    }

    /// Prints what the screen itself has to say; a terminal that is gone is noticed at the next line.
    fn tell(&self, text: String) {
        let _ = self.page().show(text);
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&mut self, line: &str, now: Timestamp) -> Heard {
        self.said += 1;
        let seat = self.stage.seat();
        Heard {
            id: MessageId::new(format!("{}-{}", self.session, self.said)),
            conversation: seat.place.clone(),
            sender: seat.who.clone(),
            body: Body::new(pieces(line, None)),
            sent_at: now,
            origin: Origin::FirstHand,
        }
    }

    /// Does what was said to the screen itself.
    fn turn(&self, word: &ScreenWord) {
        let stage = self.stage.clone();
        let mut seat = stage.seat();
        match word {
            ScreenWord::As(person) => {
                if matches!(seat.place, Conversation::Direct(_)) {
                    seat.place = Conversation::Direct(person.clone());
                }
                seat.who = person.clone();
            }
            ScreenWord::Direct => seat.place = Conversation::Direct(seat.who.clone()),
            ScreenWord::In(place) => seat.place = place.clone(),
            ScreenWord::Help => self.tell(stage.say(&[Phrase::new("screen-help")])),
            ScreenWord::Where => self.tell(listed(&stage.cast.groups)),
            ScreenWord::Who => self.tell(listed(&stage.cast.people)),
            ScreenWord::Unknown(near) => {
                let phrase = match near {
                    Some(near) => Phrase::new("did-you-mean").code("what", near),
                    None => Phrase::new("screen-unknown"),
                };
                self.tell(stage.say(&[phrase]));
            }
            ScreenWord::Quit => {}
        }
    }
}

/// Ids and names, a line each.
fn listed<T: std::fmt::Display>(all: &[(T, String)]) -> String {
    all.iter().map(|(id, name)| format!("  {id}  {name}")).collect::<Vec<_>>().join("\n")
}

impl Drop for Desk {
    fn drop(&mut self) {
        // A terminal that is gone needs none of this.
        let _ = disable_raw_mode();
    }
}

/// Completes from the cast, the table of commands and what is open.
struct Completions(Stage);

impl Completer for Completions {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let stage = &self.0;
        let seat = stage.seat().clone();
        let codes = || stage.insight.codes(&seat.who, &seat.place);
        let (start, found) = completions(&line[..pos], &stage.cast, codes);
        let suggestions: Vec<_> = found
            .into_iter()
            .map(|(value, description)| Suggestion {
                append_whitespace: !value.ends_with('='),
                description: (!description.is_empty()).then_some(description),
                span: Span::new(start, pos),
                value,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// The prompt: who and where one is.
struct Place(String);

impl Prompt for Place {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("› ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("  ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("({}) ", search.term))
    }
}
