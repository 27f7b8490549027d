//! Kills the running program at random moments while admins talk with it, and checks what is left.
//!
//! `USHER_KILLS=300 cargo test --test kill` kills more often.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of a real process takes real time"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use regex::Regex;
use serde_json::{Value, json};
use usher::domain::{Code, Memory, PersonStatus, State};
use usher::store::Store;

/// Who talks where: nobody shares a conversation, so that every answer tells whose it is.
const ADMINS: [(&str, &str); 3] = [("olivia", "ops"), ("alice", "rd-group"), ("mei", "sales-group")];

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

static HEADER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[([^\]]+)\] usher <(\w+)>: ?(.*)$").unwrap());
static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("确认 ([A-Z0-9]{4})").unwrap());
static OPEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("- ([A-Z0-9]{4}) ").unwrap());

#[test]
fn a_killed_program_goes_on_where_it_was() {
    let kills = std::env::var("USHER_KILLS").map_or(25, |kills| kills.parse().unwrap());
    let room = tempfile::tempdir().unwrap();
    let db = prepare(room.path(), kills);
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_122);
    let mut talk = Talk::new(kills);
    for _ in 0..kills {
        let answers = chance.next_u32() % 24;
        let delay = Duration::from_micros(u64::from(chance.next_u32() % 12_000));
        talk.live(&db, Some((answers, delay)));
    }
    talk.is_ending = true;
    talk.live(&db, None);
    let reported: usize = talk.admins.iter().map(|admin| admin.done.len()).sum();
    let (waiting, asked) = (talk.waiting, talk.asked_again);
    println!(
        "{kills} kills: {waiting} waiting dialogues hit, {asked} of them while a password was asked for; {reported} reported done, {} lines read",
        talk.lines
    );
    check(&db, &talk);
    assert!(waiting > 0, "no kill hit a waiting dialogue");
    assert!(reported > 0, "nothing was ever done");
}

/// The demo organisation, with so many more people that nobody runs out of work.
fn prepare(room: &Path, kills: usize) -> PathBuf {
    let mut file: Value = serde_json::from_str(usher::exchange::demo()).unwrap();
    for (admin, _) in ADMINS {
        for number in 0..people(kills) {
            let (id, name) = (person(admin, number), format!("{admin} 的同事 {number}"));
            let member = json!({"id": id, "name": name, "departments": ["hq"]});
            file["people"].as_array_mut().unwrap().push(member);
        }
    }
    let (organisation, db) = (room.join("acme.json"), room.join("usher.db"));
    std::fs::write(&organisation, file.to_string()).unwrap();
    let imported = usher().arg("import").arg(&organisation).arg("--db").arg(&db).status().unwrap();
    assert!(imported.success());
    db
}

fn people(kills: usize) -> usize {
    kills + 20
}

fn person(admin: &str, number: usize) -> String {
    format!("{admin}-{number}")
}

/// With room for all the deletions that the test asks for.
fn usher() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.env("USHER_LIMITS_IRREVERSIBLE_PER_HOUR", "100000").env_remove("USHER_KILLS");
    command
}

/// What is asked of the program, over and over, each time about the next person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Grant,
    Revoke,
    Delete,
}

impl Task {
    fn at(step: usize) -> Self {
        [Self::Grant, Self::Revoke, Self::Delete][step % 3]
    }

    fn request(self, person: &str) -> String {
        match self {
            Self::Grant => format!("/grant-admin @{person} level=sub departments=rd permissions=people"),
            Self::Revoke => format!("/revoke-admin @{person}"),
            Self::Delete => format!("/delete @{person}"),
        }
    }

    /// What its report says, as no other task's does.
    fn report(self) -> &'static str {
        match self {
            Self::Grant => "设为管理员",
            Self::Revoke => "的管理员权限",
            Self::Delete => "已删除",
        }
    }
}

/// An admin, who knows what was seen and nothing else.
struct Admin {
    id: &'static str,
    group: &'static str,
    /// The codes of the tasks that were reported done, in order.
    done: Vec<Code>,
    code: Option<Code>,
    /// Whether the program has said, in this life, what it still waits for.
    is_oriented: bool,
    is_idle: bool,
}

/// What an admin answers.
enum Reaction {
    Nothing,
    Say(String),
    Whisper(String),
}

impl Admin {
    fn person(&self) -> String {
        person(self.id, self.done.len() / 3)
    }

    fn task(&self) -> Task {
        Task::at(self.done.len())
    }

    fn next(&mut self, is_ending: bool, most: usize) -> Reaction {
        self.code = None;
        self.is_idle = is_ending || self.done.len() / 3 >= most;
        if self.is_idle { Reaction::Nothing } else { Reaction::Say(self.task().request(&self.person())) }
    }
}

/// Everything that was said, over all lives of the program.
struct Talk {
    admins: Vec<Admin>,
    /// How many messages of each kind were printed for each conversation.
    printed: BTreeMap<(String, String), usize>,
    last: (String, String),
    people: usize,
    is_ending: bool,
    waiting: usize,
    asked_again: usize,
    lines: usize,
}

impl Talk {
    fn new(kills: usize) -> Self {
        let admin = |(id, group)| Admin {
            id,
            group,
            done: Vec::new(),
            code: None,
            is_oriented: false,
            is_idle: false,
        };
        Self {
            admins: ADMINS.map(admin).into(),
            printed: BTreeMap::new(),
            last: Default::default(),
            people: people(kills),
            is_ending: false,
            waiting: 0,
            asked_again: 0,
            lines: 0,
        }
    }

    /// One life of the program: until so many answers came and then a moment later, or until all is done.
    fn live(&mut self, db: &Path, end: Option<(u32, Duration)>) {
        let (mut child, mut input, lines) = start(db);
        for admin in &mut self.admins {
            (admin.is_oriented, admin.is_idle) = (false, false);
            // A program that is gone already is noticed below.
            let _ = writeln!(input, "[{}] {}: /pending", admin.group, admin.id);
        }
        let mut answers = 0;
        while end.is_none_or(|(most, _)| answers < most) && !self.admins.iter().all(|admin| admin.is_idle) {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    answers += u32::from(HEADER.is_match(&line));
                    self.read(&line, &mut input);
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the program stopped by itself"),
                Err(RecvTimeoutError::Timeout) => panic!("no answer after {:?}", self.last),
            }
        }
        match end {
            Some((_, delay)) => {
                std::thread::sleep(delay);
                child.kill().unwrap();
            }
            None => drop(input),
        }
        // What it printed before it died was seen, too, but nobody can answer it any more.
        for line in lines {
            self.read(&line, &mut std::io::sink());
        }
        let status = child.wait().unwrap();
        assert_eq!(status.success(), end.is_none(), "{status}");
    }

    fn read(&mut self, line: &str, input: &mut impl Write) {
        self.lines += 1;
        let text = match HEADER.captures(line) {
            Some(header) => {
                self.last = (header[1].to_owned(), header[2].to_owned());
                *self.printed.entry(self.last.clone()).or_default() += 1;
                header[3].to_owned()
            }
            None => line.to_owned(),
        };
        let (to, kind) = self.last.clone();
        let talks_here = |admin: &Admin| to == admin.group || to == format!("dm {}", admin.id);
        let Some(index) = self.admins.iter().position(talks_here) else { return };
        let reaction = self.react(index, to.starts_with("dm "), &kind, &text);
        let Admin { id, group, .. } = self.admins[index];
        let _ = match reaction {
            Reaction::Nothing => Ok(()),
            Reaction::Say(text) => writeln!(input, "[{group}] {id}: {text}"),
            Reaction::Whisper(text) => writeln!(input, "[dm] {id}: {text}"),
        };
    }

    fn react(&mut self, index: usize, is_direct: bool, kind: &str, text: &str) -> Reaction {
        let admin = &mut self.admins[index];
        let password = || Reaction::Whisper(format!("{}-demo-1", ADMINS[index].0));
        match kind {
            "secret_request" if is_direct && admin.is_oriented && !text.starts_with(' ') => password(),
            "secret_request" | "secret_pending" | "notice" => Reaction::Nothing,
            _ if is_direct => Reaction::Nothing,
            "confirm_request" => {
                let Some(code) = CODE.captures(text) else { return Reaction::Nothing };
                admin.code = Code::parse(&code[1]);
                if admin.is_oriented {
                    Reaction::Say(format!("确认 {}", &code[1]))
                } else {
                    Reaction::Nothing
                }
            }
            "done" if !text.contains(admin.task().report()) => Reaction::Nothing,
            "done" if !text.contains(&format!("（{}）", admin.person())) => Reaction::Nothing,
            "done" => {
                admin.done.push(admin.code.clone().unwrap());
                if admin.is_oriented { admin.next(self.is_ending, self.people) } else { Reaction::Nothing }
            }
            "answer" if admin.is_oriented => Reaction::Nothing,
            "answer" if text.contains("没有待确认") => {
                admin.is_oriented = true;
                admin.next(self.is_ending, self.people)
            }
            "answer" => {
                let Some(code) = OPEN.captures(text) else { return Reaction::Nothing };
                assert_eq!(admin.code, Code::parse(&code[1]), "a code that was never shown is open");
                admin.is_oriented = true;
                self.waiting += 1;
                Reaction::Say(format!("确认 {}", &code[1]))
            }
            "rejected" if text.starts_with(' ') => Reaction::Nothing,
            // The program was killed while it asked for the password.
            "rejected"
                if admin.task() == Task::Delete && text.contains(admin.code.as_ref().unwrap().as_str()) =>
            {
                self.asked_again += 1;
                password()
            }
            _ => panic!("{} is told {kind}: {text}", admin.id),
        }
    }
}

fn start(db: &Path) -> (Child, ChildStdin, Receiver<String>) {
    let mut child =
        usher().args(["chat", "--db"]).arg(db).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    (child, input, lines)
}

/// What was reported is what is there, and it was all said and recorded, once.
fn check(db: &Path, talk: &Talk) {
    let mut store = Store::open(db).unwrap();
    assert_eq!(store.find_damage().unwrap(), None);
    let reported: BTreeSet<Code> = talk.admins.iter().flat_map(|admin| admin.done.clone()).collect();
    store
        .transact(|tx| {
            let entries = tx.verify_audit()?.expect("the audit log is sound");
            let operations = tx.operations()?;
            assert!(operations.iter().all(|operation| operation.state.is_final()), "something is left open");
            let done: BTreeSet<Code> = operations
                .iter()
                .filter(|operation| operation.state == State::Done)
                .map(|operation| operation.code.clone())
                .collect();
            assert_eq!(done, reported, "done and reported done");
            let mut recorded = BTreeMap::<_, usize>::new();
            for entry in tx.audit_before(i64::MAX, None, usize::MAX)? {
                // What is done at the machine itself, such as the import, has no code.
                if let (Some(code), "done") = (entry.record.code, entry.record.outcome.as_str()) {
                    *recorded.entry(code).or_default() += 1;
                }
            }
            assert!(recorded.values().all(|times| *times == 1), "something was done twice: {recorded:?}");
            assert_eq!(recorded.into_keys().collect::<BTreeSet<_>>(), done, "done and recorded done");
            check_letters(tx, talk)?;
            let roster = tx.export()?;
            for admin in &talk.admins {
                for number in 0..talk.people {
                    let id = person(admin.id, number);
                    let steps = admin.done.len().saturating_sub(3 * number).min(3);
                    let member = roster.people.iter().find(|member| member.person.id.as_str() == id).unwrap();
                    let status = if steps == 3 { PersonStatus::Departed } else { PersonStatus::Active };
                    assert_eq!(member.person.status, status, "{id} after {steps} tasks");
                    let is_admin = roster.admins.iter().any(|(admin, _)| admin.as_str() == id);
                    assert_eq!(is_admin, steps == 1, "{id} after {steps} tasks");
                }
            }
            println!("{entries} audit entries, {} operations, {} of them done", operations.len(), done.len());
            Ok::<_, usher::domain::Fault>(())
        })
        .unwrap();
}

/// Nothing waits in the outbox, and every message was printed at least once.
fn check_letters(tx: &usher::store::Tx<'_>, talk: &Talk) -> Result<(), usher::domain::Fault> {
    let counts = tx.letter_counts()?;
    assert_eq!((counts.queued, counts.dead), (0, 0));
    let mut sent = BTreeMap::<_, usize>::new();
    for letter in tx.letters(usize::MAX)? {
        *sent.entry((letter.to.to_string().replace(':', " "), letter.kind)).or_default() += 1;
    }
    for (letter, count) in &sent {
        let printed = talk.printed.get(letter).copied().unwrap_or_default();
        assert!(printed >= *count, "{letter:?}: {count} sent, {printed} printed");
    }
    let printed: usize = talk.printed.values().sum();
    println!("{} messages sent, {} of them printed again", counts.sent, printed as u64 - counts.sent);
    Ok(())
}
