//! `usher chat`: talk to the bot in this terminal.

use std::collections::BTreeMap;
use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{Failure, world};
use crate::adapter::Sink;
use crate::adapter::terminal::{Answers, Cast, Desk, Insight, Lines, Seat, Stage, Written};
use crate::backend::Nobody;
use crate::config::{Config, Holder};
use crate::domain::names::nearest;
use crate::domain::{
    Conversation, Directory, Fault, Group, GroupId, Memory, MessageId, Organisation, Person, PersonId, Phrase,
};
use crate::runtime::bot::{Bot, Event};
use crate::runtime::clock::SystemClock;
use crate::runtime::dispatcher::Dispatcher;
use crate::runtime::run::{Ends, run};
use crate::runtime::secrets;
use crate::runtime::serve::MAX_WAITING;
use crate::store::{Reader, Store, Tx};
use crate::wording::{Language, Wording};

/// What would be done here, DingTalk would know nothing of.
const ELSEWHERE: &str = "the organisation is on DingTalk: run `usher serve` and talk to the bot there, for here only the copy \
                         would change · 组织在钉钉上，这里只会改到本地副本：请运行 `usher serve`，在钉钉里操作";

/// What `usher chat` is told.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct Arguments {
    /// The database; a new one gets the demo organisation [default: usher.db]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// The settings [default: usher.toml in the working directory, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who to be, by id [default: the owner, in the demo alice]
    #[arg(long = "as", value_name = "PERSON")]
    who: Option<String>,
    /// Where to be: a group's id [default: the first one]
    #[arg(long = "in", value_name = "GROUP")]
    place: Option<String>,
}

/// Talks until the input ends.
pub(super) fn chat(arguments: &Arguments) -> Result<(), Failure> {
    let config = world::config(arguments.config.as_deref())?;
    if config.dingtalk.holder == Holder::DingTalk {
        return Err(Failure::Usage(ELSEWHERE.to_owned()));
    }
    let path = arguments.db.clone().unwrap_or_else(world::default_database);
    let mut store = world::open(&path)?;
    if world::is_copy(&mut store)? {
        return Err(Failure::Usage(ELSEWHERE.to_owned()));
    }
    if world::is_new(&mut store)? {
        world::import_demo(&mut store)?;
        eprintln!("usher: {}", made_demo(&path.display().to_string()));
    }
    let mut folder = path.clone().into_os_string();
    folder.push(".files");
    let folder = PathBuf::from(folder);
    let session = format!("t{:016x}", world::chance()?.bits());
    let is_screen = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if is_screen || arguments.who.is_some() || arguments.place.is_some() {
        let organisation = store.transact(|tx| tx.organisation()).map_err(world::store_failed)?;
        // Of a pipe every line says by itself who speaks and where; still, a wrong name is not passed over.
        let insight = Arc::new(Beside(Mutex::new(world::open_to_read(&path)?)));
        let stage = stage(&mut store, insight, arguments, &organisation)?;
        if is_screen {
            println!("{}\n", stage.welcome(&organisation.name));
            let (desk, sink) = Desk::new(stage, session, folder);
            return talk(store, &config, sink, move |events, settled| say_all(desk, &events, settled))
                .map(drop);
        }
    }
    let answers = Answers::default();
    let lines = Lines::new(BufReader::new(std::io::stdin()), session, answers.clone());
    let sink = Written::new(std::io::stdout(), folder, answers.clone());
    let example = store.transact(|tx| example(tx)).map_err(world::store_failed)?;
    let (bad_lines, unsent) =
        talk(store, &config, sink, move |events, _| read_all(lines, &example, &events))?;
    match (answers.trouble(), bad_lines) {
        (Some(why), _) if unsent > 0 => Err(Failure::Failed(format!(
            "messages that could not be written: {unsent} ({why}); they are kept, and come first at the next start"
        ))),
        (_, 0) => Ok(()),
        _ => Err(Failure::Usage(String::new())),
    }
}

/// What is told whoever may have meant to see their own people. No list is taken into a demo: its people would stay.
fn made_demo(db: &str) -> String {
    format!(
        "{db} is new and has a demo organisation. For your own people, delete it first, then · {db} 是新建的，里面是演示组织；\
         要用自己的人员名单，请先删除它，再运行: usher import staff.csv --db {db} --owner ID --name NAME"
    )
}

/// A line that is right here, said by the owner.
fn example(tx: &Tx<'_>) -> Result<String, Fault> {
    let owner = tx.organisation()?.owner.clone();
    let groups = tx.groups()?;
    let group = groups.iter().find(|group| group.id.as_str() == "ops").or(groups.first());
    Ok(group
        .map_or_else(|| format!("[dm] {owner}: /whoami"), |group| format!("[{}] {owner}: /help", group.id)))
}

/// Who is there, who one is, and where.
fn stage(
    store: &mut Store,
    insight: Arc<dyn Insight>,
    arguments: &Arguments,
    organisation: &Organisation,
) -> Result<Stage, Failure> {
    let roster = store.transact(|tx| tx.export()).map_err(world::store_failed)?;
    let language = Language::parse(&organisation.locale).unwrap_or(Language::Zh);
    let direct = Wording::new().say(language, "UTC", &[Phrase::new("in-direct")]);
    let people: Vec<_> =
        roster.people.into_iter().map(|member| member.person).filter(Person::is_active).collect();
    let mut cast = Cast {
        passwords: demo_passwords(store, &people)?,
        people: people.into_iter().map(|person| (person.id, person.name)).collect(),
        groups: groups(roster.groups),
        direct,
    };
    cast.groups.sort_by_key(|(id, _)| id.as_str() != "ops");
    let demo_admin = cast.passwords.keys().next().cloned();
    let who = match &arguments.who {
        None => demo_admin.unwrap_or_else(|| organisation.owner.clone()),
        Some(id) => known(id, cast.people.iter().map(|(id, _)| id.clone()), PersonId::as_str)?,
    };
    let group = match &arguments.place {
        None => cast.groups[0].0.clone(),
        Some(id) => known(id, cast.groups.iter().map(|(id, _)| id.clone()), GroupId::as_str)?,
    };
    let place = Conversation::Group(group);
    let colours = world::colours(&std::io::stdout());
    Ok(Stage::new(cast, Seat { who, place }, insight, language, colours))
}

/// The groups that one can go to: where there is none yet, as after taking a staff list in, one to bind and to talk in.
fn groups(known: Vec<Group>) -> Vec<(GroupId, String)> {
    let mut groups: Vec<_> = known.into_iter().map(|group| (group.id, group.name)).collect();
    if groups.is_empty() {
        groups.push((GroupId::new("ops"), "ops".to_owned()));
    }
    groups
}

/// The one that was named, or a refusal with the nearest.
fn known<T>(
    name: &str,
    mut all: impl Iterator<Item = T> + Clone,
    as_str: fn(&T) -> &str,
) -> Result<T, Failure> {
    let ids: Vec<_> = all.clone().map(|id| as_str(&id).to_owned()).collect();
    all.find(|id| as_str(id) == name).ok_or_else(|| {
        let hint =
            nearest(name, ids.iter().map(String::as_str)).map(|near| format!("; did you mean {near}?"));
        Failure::Usage(format!("{name} is not there{}", hint.unwrap_or_default()))
    })
}

/// The demo's passwords, of those people who still have them: they may be shown.
fn demo_passwords(store: &mut Store, people: &[Person]) -> Result<BTreeMap<PersonId, String>, Failure> {
    let mut passwords = BTreeMap::new();
    for person in people {
        let credentials = store.transact(|tx| tx.credentials(&person.id)).map_err(world::store_failed)?;
        let password = format!("{}-demo-1", person.id);
        // Of a real organisation, whose passwords take long to compare, none is tried.
        let is_demo =
            credentials.filter(|known| known.password_hash.as_deref().is_some_and(secrets::is_token));
        if is_demo.is_some_and(|known| secrets::judge(&password, &known, world::now()).password) {
            passwords.insert(person.id.clone(), password);
        }
    }
    Ok(passwords)
}

/// The bot's memory, read beside the bot.
struct Beside(Mutex<Reader>);

impl Beside {
    fn read<T>(&self, read: impl Fn(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(read)
    }
}

impl Insight for Beside {
    fn is_asked(&self, person: &PersonId) -> bool {
        // Where it can't be told, it may be one.
        self.read(|tx| tx.asking_secret(person)).map_or(true, |asking| asking.is_some())
    }

    fn codes(&self, person: &PersonId, place: &Conversation) -> Vec<(String, String)> {
        let open = self.read(|tx| tx.waiting_in(person, place)).unwrap_or_default();
        open.map(|open| (open.code.to_string(), format!("{} {}", open.verb, open.target)))
            .into_iter()
            .collect()
    }
}

/// Where it is told which messages are handled.
type Settled = mpsc::UnboundedReceiver<Vec<MessageId>>;

/// Hands in what is said at the desk until one leaves, each message once the one before it is handled.
fn say_all(mut desk: Desk, events: &mpsc::Sender<Event>, mut settled: Settled) {
    while let Some(heard) = desk.next(world::now) {
        let id = heard.id.clone();
        if events.blocking_send(Event::Heard(heard)).is_err() {
            break;
        }
        while settled.blocking_recv().is_some_and(|ids| !ids.contains(&id)) {}
    }
}

/// Hands every line's message in; gives how many lines were none, each of which is answered with the example.
fn read_all<R: std::io::BufRead>(mut lines: Lines<R>, example: &str, events: &mpsc::Sender<Event>) -> usize {
    let mut bad = 0;
    while let Some(next) = lines.next(world::now) {
        match next {
            Ok(heard) => {
                if events.blocking_send(Event::Heard(heard)).is_err() {
                    break;
                }
            }
            Err(why) => {
                eprintln!("usher: {why}; for example · 例如 `{example}`");
                bad += 1;
            }
        }
    }
    bad
}

/// Runs the bot beside a listener on a thread of its own, until the listener has nothing more to hand in and
/// everything that it did is handled; gives what the listener gives, and how many messages still wait to be delivered.
pub(super) fn talk<T: Send + 'static>(
    store: Store,
    config: &Config,
    sink: impl Sink,
    listen: impl FnOnce(mpsc::Sender<Event>, Settled) -> T + Send + 'static,
) -> Result<(T, u64), Failure> {
    let mut bot = Bot::new(store, config.policy.clone(), world::chance()?).map_err(world::store_failed)?;
    if let Some(file) = world::head_file(config, bot.store())? {
        bot.note_head_in(file);
    }
    let dispatcher = Dispatcher::new(config.give_up);
    let (events, inbox) = mpsc::channel(MAX_WAITING);
    let (settle, settled) = mpsc::unbounded_channel();
    let ends = Ends { events: inbox, again: events.downgrade(), settled: settle };
    let listener = std::thread::spawn(move || listen(events, settled));
    let mut bot = world::runtime()?
        .block_on(run(bot, dispatcher, sink, Arc::new(Nobody), ends, SystemClock::start()))
        .map_err(world::store_failed)?;
    let unsent = bot.store().transact(|tx| tx.letter_counts()).map_err(world::store_failed)?.queued;
    let said =
        listener.join().map_err(|_| Failure::Failed("the listener stopped unexpectedly".to_owned()))?;
    Ok((said, unsent))
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::domain::{Group, GroupId};

    #[test]
    fn there_is_always_a_group_to_go_to() {
        assert_eq!(groups(Vec::new()), [(GroupId::new("ops"), "ops".to_owned())]);
        let all = Group { id: GroupId::new("all"), name: "全员群".into(), topics: Vec::new() };
        assert_eq!(groups(vec![all]), [(GroupId::new("all"), "全员群".to_owned())]);
    }
}
