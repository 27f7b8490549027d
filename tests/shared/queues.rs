//! The queues of a bot's loop, for a test that talks to it through them.

use tokio::sync::mpsc;
use usher::domain::{Delivery, MessageId};
use usher::runtime::bot::Event;
use usher::runtime::serve::Queues;

/// The other ends of a bot's queues.
pub(crate) struct Ends {
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) letters: mpsc::UnboundedReceiver<Vec<Delivery>>,
    pub(crate) settled: mpsc::UnboundedReceiver<Vec<MessageId>>,
}

/// Queues in which so many events may wait.
pub(crate) fn queues(room: usize) -> (Queues, Ends) {
    let (events, inbox) = mpsc::channel(room);
    let (mouth, letters) = mpsc::unbounded_channel();
    let (settling, settled) = mpsc::unbounded_channel();
    let queues = Queues { events: inbox, again: events.downgrade(), mouth, settled: settling };
    (queues, Ends { events, letters, settled })
}
