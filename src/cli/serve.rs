//! `usher serve`: the bot on its chat platform, until it is stopped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::status::Status;
use super::synchronise::{Synchroniser, first_copy};
use super::{Failure, platform, world};
use crate::adapter::dingtalk::{Door, Ear, Incoming, Mouth, Settled, Taken, Webhooks};
use crate::backend::dingtalk::{DingTalk, Ways};
use crate::backend::{Backend, Nobody};
use crate::config::{Config, DingTalk as Settings, Holder};
use crate::dingtalk::{Client, Envelope, Happening};
use crate::domain::{Backing, Embedded, MessageId, Span};
use crate::runtime::bot::{Bot, Event};
use crate::runtime::clock::SystemClock;
use crate::runtime::dispatcher::Dispatcher;
use crate::runtime::run::{Ends, run};
use crate::runtime::serve::MAX_WAITING;
use crate::store::Store;

/// How often the calls are noted that count against the organisation's month: a crash forgets no more than these.
const COUNT_EVERY: Duration = Duration::from_secs(2);

/// What `usher serve` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The settings [default: usher.toml in the working directory, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database [default: usher.db]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

/// Serves until SIGTERM or SIGINT; what was taken by then is finished.
pub(super) fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let config = world::config(arguments.config.as_deref())?;
    let client = platform::client(&config.dingtalk)?;
    let envelope = platform::envelope(&config.dingtalk)?;
    let db = arguments.db.clone().unwrap_or_else(world::default_database);
    // Whoever is refused must not find a database where there was none.
    if config.dingtalk.holder == Holder::Embedded && !db.exists() {
        return Err(nobody_yet(&db));
    }
    let mut store = world::open(&db)?;
    let runtime = world::runtime()?;
    runtime.block_on(async {
        let is_new = world::is_new(&mut store)?;
        if !is_new {
            let mismatch = store.transact(|tx| platform::mismatch(tx, &config.dingtalk));
            if let Some(why) = mismatch.map_err(world::store_failed)? {
                return Err(Failure::Usage(format!("{}: {why}", db.display())));
            }
        }
        match config.dingtalk.holder {
            Holder::Embedded if is_new => Err(nobody_yet(&db)),
            Holder::Embedded => {
                let house = House { config: &config, client, envelope, db, synchroniser: None };
                house.live(store, Box::new(Embedded), Arc::new(Nobody)).await
            }
            Holder::DingTalk => {
                let settings = &config.dingtalk;
                let dingtalk = Arc::new(DingTalk::new(client.clone(), settings.corp_id.clone(), settings.hr));
                let every = settings.sync_every;
                let (known, good_for) = match is_new {
                    true => {
                        let (known, since) = first_copy(&dingtalk, &mut store, every).await?;
                        (known, (since + every - world::now()).max(Span::ZERO))
                    }
                    // Nobody knows what happened meanwhile.
                    false => (platform::known(&mut store)?, Span::ZERO),
                };
                store.transact(|tx| tx.mark_copy()).map_err(world::store_failed)?;
                let synchroniser = Synchroniser { dingtalk: dingtalk.clone(), known, every, good_for };
                let house = House { config: &config, client, envelope, db, synchroniser: Some(synchroniser) };
                house.live(store, Box::new(Ways), dingtalk).await
            }
        }
    })
}

/// Why nobody is served from a database that has no organisation, or is not there.
fn nobody_yet(db: &Path) -> Failure {
    Failure::Usage(format!(
        "{0}: there is no organisation yet; take your own in with `usher import staff.csv --db {0} --owner ID --name \
         NAME`, or set `dingtalk.organisation = \"dingtalk\"`",
        db.display()
    ))
}

/// Everything that serves together.
struct House<'a> {
    config: &'a Config,
    client: Arc<Client>,
    envelope: Option<Envelope>,
    db: PathBuf,
    synchroniser: Option<Synchroniser>,
}

impl House<'_> {
    async fn live(
        self,
        store: Store,
        backing: Box<dyn Backing>,
        backend: Arc<impl Backend>,
    ) -> Result<(), Failure> {
        let Self { config, client, envelope, db, synchroniser } = self;
        let mut bot = Bot::with(store, backing, config.policy.clone(), world::chance()?)
            .map_err(world::store_failed)?;
        if let Some(file) = world::head_file(config, bot.store())? {
            bot.note_head_in(file);
        }
        let settings = &config.dingtalk;
        let webhooks = Arc::new(Webhooks::default());
        let custom = platform::custom_robots(settings)?;
        let mouth = Mouth::new(client.clone(), webhooks.clone(), platform::robot(settings), custom);
        if let Err(error) = mouth.route().await {
            tracing::warn!(%error, "DingTalk does not know where to post presses of buttons; it is told again later");
        }
        let (events, inbox) = mpsc::channel(MAX_WAITING);
        let (hear, heard) = mpsc::channel(MAX_WAITING);
        let (settled, mut durable) = mpsc::unbounded_channel::<Vec<MessageId>>();
        let (happened, happenings) = mpsc::channel(MAX_WAITING);
        let is_connected = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        if !config.status.is_empty() {
            let status = Status::begin(is_connected.clone(), db)?;
            tasks.spawn(status.show(listen(&config.status).await?));
        }
        let waiting = Settled::default();
        let noting = waiting.clone();
        tasks.spawn(async move {
            while let Some(messages) = durable.recv().await {
                noting.note(&messages);
            }
        });
        let inward = Inward { client: client.clone(), webhooks, hear, settled: waiting, is_connected };
        inward.open(settings, envelope, &mut tasks).await?;
        tasks.spawn(count(client.clone(), config.dingtalk.monthly_calls.into(), events.downgrade()));
        if let Some(synchroniser) = synchroniser {
            tasks.spawn(synchroniser.keep_up(happenings, events.downgrade()));
        }
        let ends = Ends { events: inbox, again: events.downgrade(), settled };
        tasks.spawn(take_in(heard, events, happened));
        let dispatcher = Dispatcher::new(config.give_up);
        tracing::info!("serving");
        let serving = run(bot, dispatcher, mouth, backend, ends, SystemClock::start());
        beside(serving, tasks).await?.map_err(world::store_failed)?;
        tracing::info!("stopped; everything is kept");
        Ok(())
    }
}

/// The ends of what comes in from DingTalk.
struct Inward {
    client: Arc<Client>,
    webhooks: Arc<Webhooks>,
    hear: mpsc::Sender<Incoming>,
    settled: Settled,
    is_connected: Arc<AtomicBool>,
}

impl Inward {
    /// Lets it come: over a Stream connection, or by HTTP.
    async fn open(
        self,
        settings: &Settings,
        envelope: Option<Envelope>,
        tasks: &mut JoinSet<()>,
    ) -> Result<(), Failure> {
        let Self { client, webhooks, hear, settled, is_connected } = self;
        let corp_id = settings.corp_id.clone();
        let mut chance = world::chance()?;
        let chance = Box::new(move || chance.bits());
        if settings.listen.is_empty() {
            let ear = Ear { client, corp_id, webhooks, hear, settled, is_connected, chance };
            tasks.spawn(ear.listen());
            return Ok(());
        }
        if envelope.is_none() && settings.holder == Holder::DingTalk {
            tracing::warn!("no events come by HTTP: changes on DingTalk show at the next synchronisation");
        }
        let door = Door {
            client_id: settings.client_id.clone(),
            client_secret: platform::client_secret(settings)?,
            corp_id,
            envelope,
            webhooks,
            hear,
            settled,
            now: world::now,
            taken: Taken::default(),
            chance: Mutex::new(chance),
        };
        let listener = listen(&settings.listen).await?;
        is_connected.store(true, Ordering::Relaxed);
        tasks.spawn(async move {
            if let Err(error) = door.listen(listener).await {
                tracing::error!(%error, "nothing comes in any more");
                is_connected.store(false, Ordering::Relaxed);
            }
        });
        Ok(())
    }
}

/// Serves while these tasks go on. One that panics ends the program, which would be deaf or know nothing new without it:
/// what was accepted is kept, and whoever looks after the program starts it again.
async fn beside<T>(serving: impl Future<Output = T>, mut tasks: JoinSet<()>) -> Result<T, Failure> {
    let mut serving = std::pin::pin!(serving);
    loop {
        tokio::select! {
            served = &mut serving => return Ok(served),
            Some(ended) = tasks.join_next() => ended.map_err(|error| {
                Failure::Failed(format!("a part of the program broke ({error}); everything is kept: start it again"))
            })?,
        }
    }
}

/// Hands on what comes in until the program is to stop: then the bot finishes what it has, and nothing more is taken.
async fn take_in(
    mut heard: mpsc::Receiver<Incoming>,
    events: mpsc::Sender<Event>,
    happened: mpsc::Sender<Happening>,
) {
    let mut stop = std::pin::pin!(stop());
    loop {
        let incoming = tokio::select! {
            () = &mut stop => return,
            incoming = heard.recv() => incoming,
        };
        match incoming {
            Some(Incoming::Heard(heard)) => {
                if events.send(Event::Heard(heard)).await.is_err() {
                    return;
                }
            }
            // What happened is a hint only; whoever is behind reads everything anyway.
            Some(Incoming::Happened(happening)) => drop(happened.try_send(happening)),
            None => return,
        }
    }
}

/// Notes how many of the month's calls were made.
async fn count(client: Arc<Client>, limit: u64, bot: mpsc::WeakSender<Event>) {
    let mut noted = 0;
    loop {
        tokio::time::sleep(COUNT_EVERY).await;
        let counted = client.counted();
        let Some(bot) = bot.upgrade() else { return };
        if counted > noted && bot.send(Event::Counted(counted - noted, limit)).await.is_ok() {
            noted = counted;
        }
    }
}

/// Ends when the program is asked to stop.
async fn stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn listen(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Usage(format!("{address}: can't listen there: {error}")))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::task::JoinSet;

    use super::beside;

    #[tokio::test]
    async fn a_part_that_panics_ends_the_program_and_one_that_comes_to_its_end_does_not() {
        let mut tasks = JoinSet::new();
        tasks.spawn(ready(()));
        tasks.spawn(pending());
        let serving = async {
            tokio::task::yield_now().await;
            "served"
        };
        assert_eq!(beside(serving, tasks).await.ok(), Some("served"));
        let mut tasks = JoinSet::new();
        tasks.spawn(pending());
        tasks.spawn(async { panic!("a part breaks") });
        assert!(beside(pending::<()>(), tasks).await.is_err());
    }
}
