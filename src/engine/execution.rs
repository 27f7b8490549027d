//! Carrying an operation out: at once where the local copy is all that changes, else step by step with a backend.
//!
//! [`crate::domain::Step`] has the table of a step's states. Nothing is asked of the backend before the state that says
//! so is durable, and no call is made a second time before the backend was read.

use super::World;
use super::decision::{Decision, entry};
use super::ending::close;
use super::steps::{concerns, is_end_of, is_left_to_change, step_phrase, step_word};
use crate::command::plan::Plan;
use crate::command::words;
use crate::domain::{
    CallFailure, Change, Code, Content, Evidence, Fault, Job, Operation, Phrase, Request, Sighting, Span,
    State, Step, StepState, Timestamp, Unknown, Way,
};

/// How long an answer of the backend is waited for before the step is read again.
const LEASE: Span = Span::from_secs(60);
/// How long nothing is read after an answer was lost: the call may still be under way.
const AFTER_LOSS: Span = Span::from_secs(2);
/// How often a call is made.
const MAX_CALLS: u32 = 3;
/// The waits between two readings; the last is repeated.
const WAITS: [Span; 7] = [
    Span::from_secs(1),
    Span::from_secs(2),
    Span::from_secs(5),
    Span::from_secs(15),
    Span::from_secs(60),
    Span::from_mins(5),
    Span::from_mins(30),
];
/// How often a call that is not seen done is read back before it is made again.
const LOOKS: u32 = 5;

/// Carries a confirmed operation out. Where every step is a change of the local copy, it is done, and everybody is
/// told, in this very decision.
pub(super) fn begin(
    world: &World<'_>,
    operation: &Operation,
    plan: Plan,
    decision: &mut Decision,
) -> Result<(), Fault> {
    let step = |(position, change): (usize, Change)| {
        let way = world.backing.way(&change);
        Step::new(position, change, way)
    };
    let mut steps: Vec<_> = plan.steps.into_iter().enumerate().map(step).collect();
    if steps.iter().all(|step| step.way == Way::Here) {
        for step in &steps {
            call_off_requests_of_who_leaves(world, operation, &step.change, decision)?;
        }
        decision.changes.extend(steps.into_iter().map(|step| step.change));
        return close(world, operation, plan.closing, decision);
    }
    decision.moves(operation, State::Executing, world.now);
    decision.records.push(entry(operation, State::Executing.as_str().to_owned()));
    decision.changes.push(Change::StepsIntended {
        code: operation.code.clone(),
        steps: steps.clone(),
        closing: plan.closing,
    });
    if let Some(first) = steps.iter().find(|step| step.way == Way::Call) {
        let text = Phrase::new("progress-backend").phrase("what", words::summary(world.view, operation)?);
        say_progress(operation, first, "backend", vec![text], decision);
    }
    advance(world, operation, &mut steps, decision)
}

/// Decides what follows from the answer to a call.
///
/// # Errors
/// When the store can't answer.
pub fn called(
    world: &World<'_>,
    code: &Code,
    position: usize,
    answer: &Result<(), CallFailure>,
) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    let Some((operation, mut steps)) = current(world, code, position)? else { return Ok(decision) };
    let step = &mut steps[position];
    if step.way != Way::Call {
        return Ok(decision);
    }
    match answer {
        Ok(()) => look(world, &operation, step, &mut decision),
        Err(CallFailure::Later(span)) => {
            step.state = StepState::Intended;
            step.calls = step.calls.saturating_sub(1);
            step.next_at = Some(world.now + *span);
            moved(&operation, step, &mut decision);
        }
        Err(CallFailure::Refused { error, why }) => {
            fail(world, &operation, &steps, error, why.clone(), &mut decision)?;
        }
        Err(CallFailure::Unsure(_)) => {
            step.next_at = Some(world.now + AFTER_LOSS);
            moved(&operation, step, &mut decision);
        }
    }
    Ok(decision)
}

/// Decides what follows from what the backend shows of a step.
///
/// # Errors
/// When the store can't answer.
pub fn checked(
    world: &World<'_>,
    code: &Code,
    position: usize,
    answer: &Result<Evidence, Unknown>,
) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    let Some((operation, mut steps)) = current(world, code, position)? else { return Ok(decision) };
    let step = &mut steps[position];
    match answer {
        Ok(Evidence::Done) => {
            step.state = StepState::Verified;
            step.next_at = None;
            moved(&operation, step, &mut decision);
            let change = step.change.clone();
            call_off_requests_of_who_leaves(world, &operation, &change, &mut decision)?;
            if is_left_to_change(world, &change)? {
                decision.changes.push(change);
            }
            advance(world, &operation, &mut steps, &mut decision)?;
        }
        // The call was put off meanwhile: it was not carried out, and its time is set.
        Ok(Evidence::NotYet) | Err(_) if step.state == StepState::Intended => {}
        Ok(Evidence::NotYet) if is_over(world, step) => {
            give_up(world, &operation, &steps, position, &mut decision)?;
        }
        Ok(Evidence::NotYet) if step.way == Way::Call && step.looks >= LOOKS => {
            if step.calls < MAX_CALLS {
                call(world, &operation, step, &mut decision);
            } else {
                fail(
                    world,
                    &operation,
                    &steps,
                    "not_verified",
                    Phrase::new("failed-not-verified"),
                    &mut decision,
                )?;
            }
        }
        Ok(Evidence::NotYet) | Err(Unknown(_)) => {
            wait(world, step);
            moved(&operation, step, &mut decision);
        }
    }
    Ok(decision)
}

/// Decides what follows when what became of a step can't be kept: its operation ends.
///
/// # Errors
/// When the store can't answer.
pub fn broken(world: &World<'_>, code: &Code) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    if let Some(operation) = world.view.operation(code)?.filter(|found| found.state == State::Executing) {
        let steps = world.view.steps(code)?;
        fail(world, &operation, &steps, "internal", Phrase::new("failed-not-kept"), &mut decision)?;
    }
    Ok(decision)
}

/// Decides what follows from facts that the backend has shown: the local copy says the same, and whatever waits for
/// such a fact is read at once.
///
/// # Errors
/// When the store can't answer.
pub fn seen(world: &World<'_>, sightings: &[Sighting]) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    let mut waiting = Vec::new();
    for operation in world.view.executing()? {
        let steps = world.view.steps(&operation.code)?;
        waiting
            .extend(steps.into_iter().find(|s| s.state != StepState::Verified).map(|step| (operation, step)));
    }
    for sighting in sightings {
        let is_our_doing = waiting.iter().any(|(_, step)| is_end_of(sighting, &step.change));
        if !is_our_doing {
            decision.changes.push(Change::Seen(sighting.clone()));
        }
    }
    for (operation, mut step) in waiting {
        let is_concerned = sightings.iter().any(|sighting| concerns(sighting, &step.change));
        match step.state {
            _ if !is_concerned => {}
            StepState::Called => look(world, &operation, &mut step, &mut decision),
            // Done by somebody else, maybe: then there is nothing left to call.
            StepState::Intended | StepState::Verified => {
                decision.requests.push(Request::Check(job(&operation, &step)));
            }
        }
    }
    Ok(decision)
}

/// Goes on with the steps whose time has come.
pub(super) fn go_on(world: &World<'_>, decision: &mut Decision) -> Result<(), Fault> {
    for (code, position) in world.view.due_steps(world.now)? {
        let Some((operation, mut steps)) = current(world, &code, position)? else { continue };
        let step = &mut steps[position];
        if is_over(world, step) {
            give_up(world, &operation, &steps, position, decision)?;
        } else if step.state == StepState::Intended {
            call(world, &operation, step, decision);
        } else {
            let is_last = deadline(world, step).is_some_and(|deadline| deadline <= world.now);
            if !is_last
                && step.remind_at.is_some_and(|at| at <= world.now)
                && let Way::Person(guide) = &step.way
            {
                let mut text = vec![
                    Phrase::new("progress-reminder").phrase("what", words::summary(world.view, &operation)?),
                ];
                text.extend(guide.iter().cloned());
                step.remind_at = Some(world.now + world.policy.guided_remind);
                say_progress(&operation, step, "person", text, decision);
            }
            look(world, &operation, step, decision);
        }
    }
    Ok(())
}

/// The operation and its steps, while this step is the one that it waits for.
fn current(world: &World<'_>, code: &Code, position: usize) -> Result<Option<(Operation, Vec<Step>)>, Fault> {
    let Some(operation) = world.view.operation(code)?.filter(|found| found.state == State::Executing) else {
        return Ok(None);
    };
    let steps = world.view.steps(code)?;
    let first = steps.iter().find(|step| step.state != StepState::Verified);
    let is_current = first.is_some_and(|step| step.position == position);
    Ok(is_current.then_some((operation, steps)))
}

/// Begins the first step that is not verified; with none left, the operation is done.
fn advance(
    world: &World<'_>,
    operation: &Operation,
    steps: &mut [Step],
    decision: &mut Decision,
) -> Result<(), Fault> {
    for step in steps.iter_mut().filter(|step| step.state != StepState::Verified) {
        match step.way.clone() {
            Way::Here => {
                step.state = StepState::Verified;
                moved(operation, step, decision);
                if is_left_to_change(world, &step.change)? {
                    decision.changes.push(step.change.clone());
                }
            }
            Way::Call => {
                call(world, operation, step, decision);
                return Ok(());
            }
            Way::Person(guide) => {
                let until = world.now + world.policy.guided_ttl;
                step.state = StepState::Called;
                step.since = Some(world.now);
                step.remind_at = Some(world.now + world.policy.guided_remind);
                wait(world, step);
                moved(operation, step, decision);
                let what = words::summary(world.view, operation)?;
                let mut text = vec![Phrase::new("progress-person").phrase("what", what)];
                text.extend(guide);
                text.push(Phrase::new("progress-person-then").time("until", until));
                say_progress(operation, step, "person", text, decision);
                return Ok(());
            }
        }
    }
    let closing = world.view.closing(&operation.code)?;
    decision.changes.push(Change::StepsEnded { code: operation.code.clone() });
    close(world, operation, closing.unwrap_or_default().dated(world.now), decision)
}

/// Makes the call, once it is durable that it may have been made.
fn call(world: &World<'_>, operation: &Operation, step: &mut Step, decision: &mut Decision) {
    step.state = StepState::Called;
    step.calls += 1;
    step.looks = 0;
    step.since = step.since.or(Some(world.now));
    step.next_at = Some(world.now + LEASE);
    moved(operation, step, decision);
    decision.requests.push(Request::Call(job(operation, step)));
}

/// Reads the step back.
fn look(world: &World<'_>, operation: &Operation, step: &mut Step, decision: &mut Decision) {
    step.looks = step.looks.saturating_add(1);
    step.next_at = Some(world.now + LEASE);
    moved(operation, step, decision);
    decision.requests.push(Request::Check(job(operation, step)));
}

/// When a step is read for the last time.
fn deadline(world: &World<'_>, step: &Step) -> Option<Timestamp> {
    step.since.map(|since| since + world.policy.guided_ttl)
}

/// Whether a step's time is over. What may have been done is read once more then, however long nothing ran.
fn is_over(world: &World<'_>, step: &Step) -> bool {
    let Some(deadline) = deadline(world, step).filter(|deadline| *deadline <= world.now) else {
        return false;
    };
    step.state == StepState::Intended || step.next_at.is_some_and(|next| next > deadline)
}

/// Ends an operation whose step was not seen done in time.
fn give_up(
    world: &World<'_>,
    operation: &Operation,
    steps: &[Step],
    position: usize,
    decision: &mut Decision,
) -> Result<(), Fault> {
    let (error, why) = match steps[position].way {
        Way::Person(_) => ("not_done_in_time", "failed-not-done-in-time"),
        Way::Call | Way::Here => ("not_verified", "failed-not-verified"),
    };
    fail(world, operation, steps, error, Phrase::new(why), decision)
}

/// Lets the step rest until it is read again, or somebody is to be reminded.
fn wait(world: &World<'_>, step: &mut Step) {
    let index = usize::try_from(step.looks).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let next = world.now + WAITS[index];
    // What is past is no time to wait for.
    let reminder = step.remind_at.filter(|at| *at > world.now);
    let last = deadline(world, step).filter(|deadline| *deadline > world.now);
    step.next_at = [Some(next), reminder, last].into_iter().flatten().min();
}

fn job(operation: &Operation, step: &Step) -> Job {
    let (code, requester) = (operation.code.clone(), operation.requester.clone());
    Job { code, position: step.position, requester, step: step.change.clone() }
}

fn moved(operation: &Operation, step: &Step, decision: &mut Decision) {
    decision.changes.push(Change::StepMoved { code: operation.code.clone(), step: Box::new(step.clone()) });
}

/// The operation can't go on. What the backend has done already stays, and is said.
fn fail(
    world: &World<'_>,
    operation: &Operation,
    steps: &[Step],
    error: &'static str,
    why: Phrase,
    decision: &mut Decision,
) -> Result<(), Fault> {
    decision.changes.push(Change::StepsEnded { code: operation.code.clone() });
    decision.ends(operation, State::Failed, error, world.now);
    let mut text =
        vec![Phrase::new("failed-remote").phrase("what", words::summary(world.view, operation)?), why];
    let done: Vec<_> =
        steps.iter().filter(|step| step.state == StepState::Verified).map(step_phrase).collect();
    if !done.is_empty() {
        text.push(Phrase::new("failed-kept").list("steps", done));
    }
    text.push(Phrase::new("failed-again").code("fix", &operation.command));
    let content = Content::Failed {
        operation: operation.verb.clone(),
        code: operation.code.clone(),
        target: operation.target.clone(),
        error,
    };
    decision.say(operation.conversation.clone(), content, text);
    Ok(())
}

fn say_progress(
    operation: &Operation,
    step: &Step,
    waiting_for: &'static str,
    text: Vec<Phrase>,
    decision: &mut Decision,
) {
    let content = Content::Progress {
        operation: operation.verb.clone(),
        code: operation.code.clone(),
        target: operation.target.clone(),
        step: step_word(&step.change),
        waiting_for,
    };
    decision.say(operation.conversation.clone(), content, text);
}

/// What somebody who leaves had asked for is called off.
fn call_off_requests_of_who_leaves(
    world: &World<'_>,
    but: &Operation,
    change: &Change,
    decision: &mut Decision,
) -> Result<(), Fault> {
    let (Change::AccountClosed { person, .. } | Change::PersonDeparted { person, .. }) = change else {
        return Ok(());
    };
    let open = world.view.open_of(person)?;
    for open in open.into_iter().filter(|open| open.state.is_waiting() && open.code != but.code) {
        decision.moves(&open, State::Cancelled, world.now);
        let text = Phrase::new("cancelled-departed").phrase("what", words::summary(world.view, &open)?);
        decision.say(open.conversation.clone(), Content::cancelled(&open), vec![text]);
    }
    Ok(())
}
