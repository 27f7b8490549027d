//! The bot and its mouth together, until nobody has anything more to say.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::bot::{Bot, Event};
use super::clock::Clock;
use super::dispatcher::Dispatcher;
use super::mouth::deliver;
use super::serve::{Queues, serve};
use crate::adapter::Sink;
use crate::backend::Backend;
use crate::domain::{Fault, MessageId};

/// Where events come in, and where it is told which messages need not come again.
#[derive(Debug)]
pub struct Ends {
    /// What wakes the bot.
    pub events: mpsc::Receiver<Event>,
    /// The other end: what is found out, and what became of deliveries, comes in there.
    pub again: mpsc::WeakSender<Event>,
    /// Messages of which everything that follows is durable.
    pub settled: mpsc::UnboundedSender<Vec<MessageId>>,
}

/// Runs until every sender of events is gone, and everything that they sent is handled and delivered once.
///
/// # Errors
/// When the store fails: a bot that can't remember must not act.
pub async fn run(
    bot: Bot,
    dispatcher: Dispatcher,
    sink: impl Sink,
    backend: Arc<impl Backend>,
    ends: Ends,
    clock: impl Clock + Clone,
) -> Result<Bot, Fault> {
    let Ends { events, again, settled } = ends;
    let (mouth, letters) = mpsc::unbounded_channel();
    let queues = Queues { events, again: again.clone(), mouth, settled };
    let serving = serve(bot, queues, backend, clock.clone());
    let delivering = deliver(sink, dispatcher, letters, again, clock.clone());
    let (served, unreported) = tokio::join!(serving, delivering);
    let mut bot = served?;
    bot.handle(&unreported, clock.now())?;
    Ok(bot)
}
