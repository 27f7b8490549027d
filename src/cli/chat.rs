//! `usher chat`: talk to the bot in this terminal.

use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::{Failure, world};
use crate::adapter::Sink;
use crate::adapter::terminal::{Lines, Written};
use crate::config::Config;
use crate::runtime::bot::{Bot, Event};
use crate::runtime::clock::SystemClock;
use crate::runtime::dispatcher::Dispatcher;
use crate::runtime::serve::{MAX_WAITING, deliver, serve};
use crate::store::Store;

/// What `usher chat` is told.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Arguments {
    /// The database; a new one gets the demo organisation [default: usher.db]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// The settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Talks until the input ends.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = world::config(arguments.config.as_deref())?;
    let path = arguments.db.clone().unwrap_or_else(world::default_database);
    let mut store = world::open(&path)?;
    if world::is_new(&mut store)? {
        world::import_demo(&mut store)?;
    }
    if std::io::stdin().is_terminal() {
        return Err(Failure::Usage("the terminal is not here yet".to_owned()));
    }
    let session = format!("t{:016x}", world::chance()?.bits());
    let lines = Lines::new(BufReader::new(std::io::stdin()), session);
    let sink = Written(std::io::stdout());
    let bad_lines = talk(store, &config, sink, move |events| read_all(lines, &events))?;
    match bad_lines {
        0 => Ok(()),
        _ => Err(Failure::Usage(String::new())),
    }
}

/// Hands every line's message in; gives how many lines were none.
fn read_all<R: std::io::BufRead>(mut lines: Lines<R>, events: &mpsc::Sender<Event>) -> usize {
    let mut bad = 0;
    while let Some(next) = lines.next(world::now) {
        match next {
            Ok(heard) => {
                if events.blocking_send(Event::Heard(heard)).is_err() {
                    break;
                }
            }
            Err(why) => {
                eprintln!("usher: {why}");
                bad += 1;
            }
        }
    }
    bad
}

/// Runs the bot beside a listener on a thread of its own, until the listener has nothing more to hand in and
/// everything that it did is handled; gives what the listener gives.
pub(super) fn talk<T: Send + 'static>(
    store: Store,
    config: &Config,
    sink: impl Sink,
    listen: impl FnOnce(mpsc::Sender<Event>) -> T + Send + 'static,
) -> Result<T, Failure> {
    let bot = Bot::new(store, config.policy.clone(), world::chance()?).map_err(world::store_failed)?;
    let dispatcher = Dispatcher::new(config.give_up);
    let (events, inbox) = mpsc::channel(MAX_WAITING);
    let (mouth, letters) = mpsc::unbounded_channel();
    let (again, report) = (events.downgrade(), events.downgrade());
    let listener = std::thread::spawn(move || listen(events));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Failure::Failed(format!("the program can't start its tasks: {error}")))?;
    let served = runtime.block_on(async {
        let serving = serve(bot, inbox, again, mouth, SystemClock);
        let delivering = deliver(sink, dispatcher, letters, report, SystemClock);
        let (served, unreported) = tokio::join!(serving, delivering);
        let mut bot = served?;
        bot.handle(unreported, world::now())
    });
    served.map_err(world::store_failed)?;
    listener.join().map_err(|_| Failure::Failed("the listener stopped unexpectedly".to_owned()))
}
