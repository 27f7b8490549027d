//! Whom a name means where several people could be meant: the question stays until it is answered, its time is over,
//! another is asked, or an operation is opened there.

use super::Session;
use super::decision::{Decision, Outcome};
use crate::command::line::{self, Line};
use crate::command::lookup;
use crate::command::refusal::Refusal;
use crate::domain::{Change, Choice, Fault, PersonId, Phrase};

impl Session<'_, '_> {
    /// The command with the person that the number chooses; `None` when no question is open.
    pub(super) fn chosen(&mut self, number: usize) -> Result<Option<Outcome>, Fault> {
        let Some(choice) = self.open_choice()? else {
            return Ok(None);
        };
        let candidate = number.checked_sub(1).and_then(|index| choice.candidates.get(index));
        match (candidate, line::parse_text(&choice.command)) {
            (Some(person), Some(line)) => self.command(&line.pinned(choice.word, person)).map(Some),
            _ if self.secret_here()?.is_some() => Ok(None),
            _ => {
                let why = Phrase::new("bad-choice").number("count", choice.candidates.len());
                let mut decision = Decision::default();
                self.refuse(&mut decision, "", &Refusal::bad_argument(why));
                Ok(Some(decision.into()))
            }
        }
    }

    /// Ends the question that the command answers.
    pub(super) fn answer_choice(&self, line: &Line, decision: &mut Decision) -> Result<(), Fault> {
        if self.open_choice()?.is_some_and(|choice| answers(&choice, line)) {
            self.set_choice(None, decision);
        }
        Ok(())
    }

    /// Ends the question, if there is one.
    pub(super) fn end_choice(&self, decision: &mut Decision) -> Result<(), Fault> {
        if self.open_choice()?.is_some() {
            self.set_choice(None, decision);
        }
        Ok(())
    }

    /// Keeps which people the command could be about.
    pub(super) fn remember_choice(
        &self,
        line: &Line,
        word: usize,
        candidates: Vec<PersonId>,
        decision: &mut Decision,
    ) {
        let until = self.world.now + self.world.policy.confirm_ttl;
        self.set_choice(Some(Choice { command: line.to_text(), word, candidates, until }), decision);
    }

    fn open_choice(&self) -> Result<Option<Choice>, Fault> {
        let choice = self.world.view.choice(&self.sender.id, &self.heard.conversation)?;
        Ok(choice.filter(|choice| choice.until > self.world.now))
    }

    fn set_choice(&self, choice: Option<Choice>, decision: &mut Decision) {
        let (person, conversation) = (self.sender.id.clone(), self.heard.conversation.clone());
        decision.changes.push(Change::ChoiceSet { person, conversation, choice });
    }
}

/// Whether the command is the one that was asked about, with one of the people by id.
fn answers(choice: &Choice, line: &Line) -> bool {
    let Some(asked) = line::parse_text(&choice.command) else {
        return false;
    };
    let same_verb = lookup(&asked.verb).map(|spec| spec.name) == lookup(&line.verb).map(|spec| spec.name);
    let words = |line: Line| Line { verb: String::new(), ..line }.to_text();
    let said = words(line.clone());
    same_verb
        && choice.candidates.iter().any(|person| words(asked.clone().pinned(choice.word, person)) == said)
}
