//! An organisation that is far away: it is asked and called over a line that is slow and loses answers, and keeps its own
//! account of what it was called for.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::{mpsc, oneshot};
use usher::backend::Backend;
use usher::domain::{
    Backing, CallFailure, Change, Code, Embedded, Evidence, Job, PersonId, Phrase, Sighting, Span, Target,
    Timestamp, Unknown, Way,
};

use super::oracle::ensure;

/// Whatever was asked is answered in this time; the program's own patience with a line is not longer.
const LONGEST_ANSWER: Span = Span::from_secs(30);
/// In this time a call takes effect of which the answer is lost.
const LONGEST_EFFECT: Span = Span::from_secs(10);

/// One step of one operation.
type Errand = (Code, usize);

/// What the program asks, and where the answer goes.
pub(crate) enum Question {
    LookUp(Target, oneshot::Sender<Result<Vec<Sighting>, Unknown>>),
    Call(Job, oneshot::Sender<Result<(), CallFailure>>),
    Check(Job, oneshot::Sender<Result<Evidence, Unknown>>),
}

/// The program's end of the line.
pub(crate) struct Line(pub(crate) mpsc::UnboundedSender<Question>);

impl Line {
    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> T {
        let (answer, answered) = oneshot::channel();
        // Who is dead asks nobody, and hears nothing.
        let _ = self.0.send(question(answer));
        match answered.await {
            Ok(answer) => answer,
            Err(_) => std::future::pending().await,
        }
    }
}

impl Backend for Line {
    async fn look_up(&self, target: &Target) -> Result<Vec<Sighting>, Unknown> {
        self.ask(|answer| Question::LookUp(target.clone(), answer)).await
    }

    async fn call(&self, job: &Job) -> Result<(), CallFailure> {
        self.ask(|answer| Question::Call(job.clone(), answer)).await
    }

    async fn check(&self, job: &Job) -> Result<Evidence, Unknown> {
        self.ask(|answer| Question::Check(job.clone(), answer)).await
    }
}

/// It does everything but handing over, which is Usher's own matter.
struct FarAway;

impl Backing for FarAway {
    fn way(&self, step: &Change) -> Way {
        match step {
            Change::HandedOver { .. } => Way::Here,
            _ => Way::Call,
        }
    }

    fn looks_up(&self) -> bool {
        true
    }
}

/// An organisation that is far away, or here.
pub(crate) fn backing(is_remote: bool) -> Box<dyn Backing> {
    if is_remote { Box::new(FarAway) } else { Box::new(Embedded) }
}

/// An answer that is on its way.
#[derive(Debug)]
pub(crate) enum Answer {
    LookedUp(oneshot::Sender<Result<Vec<Sighting>, Unknown>>, Result<Vec<Sighting>, Unknown>),
    Called(Errand, oneshot::Sender<Result<(), CallFailure>>, Result<(), CallFailure>),
    Checked(Errand, oneshot::Sender<Result<Evidence, Unknown>>, Result<Evidence, Unknown>),
}

/// The far end of the line.
#[derive(Default)]
pub(crate) struct Far {
    /// Until when the line is bad.
    bad: Option<Timestamp>,
    /// What will take effect, and when.
    coming: Vec<(Timestamp, Job)>,
    done: BTreeSet<Errand>,
    pub(crate) gone: BTreeSet<PersonId>,
    /// The steps whose last call may have been carried out, for all that the program was told.
    unread: BTreeSet<Errand>,
    /// How often each step was called.
    calls: BTreeMap<Errand, u32>,
    /// The rare states that were reached.
    pub(crate) reached: Vec<&'static str>,
}

impl Far {
    /// The line is bad until then.
    pub(crate) fn disturb(&mut self, until: Timestamp) {
        self.bad = Some(until);
    }

    /// Somebody asks; gives the answer, and after how long it comes.
    pub(crate) fn hear(
        &mut self,
        question: Question,
        now: Timestamp,
        below: &mut impl FnMut(u64) -> u64,
    ) -> Result<(Answer, Span), String> {
        self.take_effect(now);
        let is_bad = self.bad.is_some_and(|until| now < until);
        let longest = if is_bad { LONGEST_ANSWER } else { Span::from_millis(500) };
        let mut up_to =
            |span: Span| Span::from_millis(1 + below(span.as_millis().unsigned_abs()).cast_signed());
        let after = up_to(longest);
        let late = up_to(LONGEST_EFFECT);
        let is_dumb = is_bad && below(2) == 0;
        let answer = match question {
            Question::LookUp(target, answer) => {
                let shown = match &target {
                    _ if is_dumb && below(3) == 0 => Err(Unknown("the line is dead".to_owned())),
                    Target::Person(id) if self.gone.contains(id) => {
                        Ok(vec![Sighting::PersonGone(id.clone())])
                    }
                    _ => Ok(Vec::new()),
                };
                Answer::LookedUp(answer, shown)
            }
            Question::Call(job, answer) => {
                let errand = (job.code.clone(), job.position);
                self.begin(&errand)?;
                let fate = if is_bad { below(8) } else { 0 };
                let (said, then) = match fate {
                    0..2 => (Ok(()), Some(Span::ZERO)),
                    2 => (unsure(), Some(Span::ZERO)),
                    3 => (unsure(), Some(late)),
                    4 => (unsure(), None),
                    5 => (Ok(()), None),
                    6 => (Err(CallFailure::Later(Span::from_secs(1 + below(300).cast_signed()))), None),
                    _ => (Err(refused()), None),
                };
                self.reached.extend(match (&said, then) {
                    (Err(CallFailure::Unsure(_)), Some(_)) => {
                        Some("a call was carried out and its answer lost")
                    }
                    (Err(CallFailure::Unsure(_)), None) => Some("a call was lost"),
                    (Err(CallFailure::Later(_)), _) => Some("a call was put off"),
                    (Err(CallFailure::Refused { .. }), _) => Some("a call was refused"),
                    (Ok(()), None) => Some("a call was said to be carried out and was not"),
                    (Ok(()), Some(_)) => None,
                });
                self.coming.extend(then.map(|then| (now + then, job)));
                Answer::Called(errand, answer, said)
            }
            Question::Check(job, answer) => {
                let errand = (job.code.clone(), job.position);
                let shown = match self.done.contains(&errand) {
                    _ if is_dumb => Err(Unknown("the line is dead".to_owned())),
                    true => Ok(Evidence::Done),
                    false => Ok(Evidence::NotYet),
                };
                Answer::Checked(errand, answer, shown)
            }
        };
        Ok((answer, after))
    }

    /// A step is called: not one that may have been carried out, for all that the program knows.
    fn begin(&mut self, errand: &Errand) -> Result<(), String> {
        let (code, step) = errand;
        let is_unread = !self.unread.insert(errand.clone());
        ensure(!is_unread, || format!("step {step} of {code} is called again and was not read"))?;
        ensure(!self.done.contains(errand), || format!("step {step} of {code} is done twice"))?;
        let is_coming = self.coming.iter().any(|(_, job)| (&job.code, job.position) == (code, *step));
        ensure(!is_coming, || format!("step {step} of {code} is called while it is being done"))?;
        let calls = self.calls.entry(errand.clone()).or_default();
        *calls += 1;
        if *calls > 1 {
            self.reached.push("a call was made again");
        }
        Ok(())
    }

    /// What was to take effect by now has.
    fn take_effect(&mut self, now: Timestamp) {
        for (_, job) in self.coming.extract_if(.., |(at, _)| *at <= now) {
            if let Change::PersonDeparted { person, .. } = &job.step {
                self.gone.insert(person.clone());
            }
            self.done.insert((job.code, job.position));
        }
    }

    /// An answer arrives.
    pub(crate) fn answer(&mut self, answer: Answer) {
        // Who is dead hears nothing.
        let _ = match answer {
            Answer::LookedUp(to, shown) => to.send(shown).is_ok(),
            Answer::Called(errand, to, said) => {
                if matches!(said, Err(CallFailure::Later(_) | CallFailure::Refused { .. })) {
                    self.unread.remove(&errand);
                }
                to.send(said).is_ok()
            }
            Answer::Checked(errand, to, shown) => {
                if shown.is_ok() {
                    self.unread.remove(&errand);
                }
                to.send(shown).is_ok()
            }
        };
    }

    /// Whether all steps of an operation that were called are done, and any was.
    pub(crate) fn has_done(&self, code: &Code) -> bool {
        let mut called = self.calls.keys().filter(|(of, _)| of == code).peekable();
        called.peek().is_some() && called.all(|errand| self.done.contains(errand))
    }
}

fn unsure() -> Result<(), CallFailure> {
    Err(CallFailure::Unsure("no answer".to_owned()))
}

fn refused() -> CallFailure {
    CallFailure::Refused { error: "refused", why: Phrase::new("plain").text("text", "no") }
}
