//! Keeping the copy of the organisation on DingTalk up to date: all of it at the start and on a timer, and what an
//! event is about at once.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use super::{Failure, world};
use crate::backend::dingtalk::{DingTalk, Known, Progress};
use crate::dingtalk::Happening;
use crate::domain::{Sighting, Span, Timestamp, Unknown};
use crate::runtime::bot::Event;
use crate::store::Store;

/// How many facts the bot takes at a time, so that it goes on listening between.
const BATCH: usize = 200;
/// How often it is made durable what the first copy has read: so much of it at most is read again.
const KEEP_EVERY: Duration = Duration::from_millis(200);
/// When a whole reading has failed, how long until the next.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// Reads the whole organisation into a database that has none; gives who and what it has, and when the first of it was
/// read. What was read is kept while it goes on: a program that ends before it is done goes on there, unless that is older
/// than a copy may be.
pub(super) async fn first_copy(
    dingtalk: &DingTalk,
    store: &mut Store,
    every: Span,
) -> Result<(Known, Timestamp), Failure> {
    let began = world::now();
    let (known, oldest) = store
        .transact(|tx| Ok((tx.readings(began - every, began)?, tx.oldest_reading()?)))
        .map_err(world::store_failed)?;
    if !known.is_empty() {
        tracing::info!(readings = known.len(), "going on where the first copy was interrupted");
    }
    dingtalk.readings().begin(known);
    let bar = bar();
    let snapshot = {
        let nothing = Known::default();
        let shown = |progress| show(&bar, progress);
        let mut walk = std::pin::pin!(dingtalk.walk(&nothing, &shown));
        let mut ticks = tokio::time::interval(KEEP_EVERY);
        loop {
            tokio::select! {
                snapshot = &mut walk => break snapshot,
                _ = ticks.tick() => keep(dingtalk, store)?,
            }
        }
    };
    bar.finish_and_clear();
    keep(dingtalk, store)?;
    dingtalk.readings().end();
    let snapshot = snapshot.map_err(|Unknown(why)| {
        Failure::Failed(format!(
            "the organisation can't be read from DingTalk: {why}; what was read is kept, and the next start goes on \
             there; `usher doctor` says what to mend"
        ))
    })?;
    let roster = snapshot.roster().map_err(|fault| Failure::Failed(fault.0))?;
    let name = &roster.organisation.name;
    store.transact(|tx| tx.replace(&roster, world::now())).map_err(world::store_failed)?;
    tracing::info!(
        organisation = name,
        people = snapshot.people(),
        "the organisation was read from DingTalk"
    );
    Ok((snapshot.known(), oldest.unwrap_or(began)))
}

/// Makes durable what was read since the last time.
fn keep(dingtalk: &DingTalk, store: &mut Store) -> Result<(), Failure> {
    let new = dingtalk.readings().take_new();
    if new.is_empty() {
        return Ok(());
    }
    store.transact(|tx| tx.keep_readings(&new, world::now())).map_err(world::store_failed)
}

fn bar() -> ProgressBar {
    let target = match std::io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} 部门 departments · {msg}");
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of as u64);
    bar.set_position(progress.departments as u64);
    bar.set_message(format!("{} 人 people", progress.people));
}

/// What keeps the copy up to date.
pub(super) struct Synchroniser {
    /// Where the organisation is.
    pub(super) dingtalk: Arc<DingTalk>,
    /// Who and what the copy has.
    pub(super) known: Known,
    /// How often all of it is read.
    pub(super) every: Span,
    /// How long the copy is good as it is.
    pub(super) good_for: Span,
}

impl Synchroniser {
    /// Goes on until the bot is gone.
    pub(super) async fn keep_up(
        mut self,
        mut happenings: mpsc::Receiver<Happening>,
        bot: mpsc::WeakSender<Event>,
    ) {
        let duration = |span: Span| Duration::from_millis(span.as_millis().unsigned_abs());
        let every = duration(self.every);
        let mut wait = duration(self.good_for);
        loop {
            let next = tokio::time::sleep(wait);
            tokio::pin!(next);
            loop {
                tokio::select! {
                    () = &mut next => break,
                    happening = happenings.recv() => {
                        let Some(happening) = happening else { return };
                        match self.dingtalk.after(&happening).await {
                            Ok(seen) => tell(&bot, seen).await,
                            Err(Unknown(why)) => {
                                tracing::warn!(why, "what happened can't be read; the next synchronisation will");
                            }
                        }
                    }
                }
            }
            match self.dingtalk.walk(&self.known, &|_| ()).await {
                Ok(snapshot) => {
                    self.known = snapshot.known();
                    tracing::info!(people = snapshot.people(), "synchronised with DingTalk");
                    tell(&bot, snapshot.sightings()).await;
                    wait = every;
                }
                Err(Unknown(why)) => {
                    tracing::warn!(why, "the organisation can't be read from DingTalk; it is tried again");
                    wait = AGAIN.min(every);
                }
            }
        }
    }
}

/// Hands facts to the bot, a few at a time. A bot that is gone needs none.
async fn tell(bot: &mpsc::WeakSender<Event>, seen: Vec<Sighting>) {
    for some in seen.chunks(BATCH) {
        let Some(bot) = bot.upgrade() else { return };
        if bot.send(Event::Seen(some.to_vec())).await.is_err() {
            return;
        }
    }
}
