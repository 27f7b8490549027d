//! Whoever closes their account through the program is in no byte of its files afterwards, also when it is killed; and
//! what is said in private, or may be a secret, never reaches a file or a log.
//!
//! `USHER_KILLS=300 cargo test --test erasure` kills more often.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of a real process takes real time"
)]

#[path = "shared/lines.rs"]
mod lines;
#[path = "shared/program.rs"]
mod program;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use program::usher;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use usher::domain::{Directory, PersonId, PersonStatus};
use usher::store::{Reader, Store};

const ID: &str = "w7";
const PASSWORD: &str = "the-door-is-red";
/// What must not be found, in UTF-8, once the account is closed.
const MARKS: [&str; 3] = ["Wanda Unmistakable", "+4912345678901", "wanda@unmistakable.example"];

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The demo organisation with Wanda, for whom something waits, and whose end somebody is told of.
fn prepare(room: &Path) -> PathBuf {
    let mut file: Value = serde_json::from_str(usher::exchange::demo()).unwrap();
    let wanda = json!({"id": ID, "name": MARKS[0], "phone": MARKS[1], "email": MARKS[2],
                       "departments": ["sales-east"], "password": PASSWORD});
    file["people"].as_array_mut().unwrap().push(wanda);
    file["handover"]
        .as_array_mut()
        .unwrap()
        .push(json!({"person": ID, "items": ["the key of the red door"]}));
    let groups = file["groups"].as_array_mut().unwrap();
    groups.iter_mut().find(|group| group["id"] == "ops").unwrap()["topics"] = json!(["account_closed"]);
    let (organisation, db) = (room.join("organisation.json"), room.join("usher.db"));
    std::fs::write(&organisation, file.to_string()).unwrap();
    let imported = usher().arg("import").arg(&organisation).arg("--db").arg(&db).status().unwrap();
    assert!(imported.success());
    db
}

/// One life of the program.
struct Life {
    child: Child,
    talk: Talk,
}

/// What it is told, and what it says.
struct Talk {
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Talk {
    fn with(child: &mut Child) -> Self {
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { input, lines: lines::lines(output) }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Reads until this is said; gives the line.
    fn hear(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{words}: {error}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Wanda has a copy made, and somebody else asks about her and gets no further.
    fn prelude(&mut self) {
        self.say(&format!("[ops] alice: /delete @{ID} handover=@dave note=\"{} has the key\"", MARKS[0]));
        self.hear("[ops] usher <confirm_request>");
        self.say(&format!("[dm] {ID}: /backup"));
        self.hear(&format!("[dm {ID}] usher <answer>"));
    }

    /// Wanda asks to close her account, up to the password.
    fn ask(&mut self) {
        self.say(&format!("[dm] {ID}: /close-account --no-backup"));
        self.hear(&format!("[dm {ID}] usher <confirm_request>"));
        let how = self.hear("确认 ");
        let code = how.split("确认 ").nth(1).unwrap().chars().take(4).collect::<String>();
        self.say(&format!("[dm] {ID}: 确认 {code}"));
        self.hear(&format!("[dm {ID}] usher <secret_request>"));
    }

    fn prove(&mut self) {
        self.say(&format!("[dm] {ID}: {PASSWORD}"));
    }
}

impl Life {
    fn start(db: &Path) -> Self {
        let mut chat = usher();
        chat.args(["chat", "--db"]).arg(db).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = chat.spawn().unwrap();
        let talk = Talk::with(&mut child);
        Self { child, talk }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The marks that are in any of the database's files.
fn found(db: &Path) -> Vec<&'static str> {
    let mut bytes = Vec::new();
    for suffix in ["", "-wal", "-shm"] {
        let mut path = db.as_os_str().to_owned();
        path.push(suffix);
        bytes.extend(std::fs::read(path).unwrap_or_default());
    }
    let is_in = |mark: &&str| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    MARKS.into_iter().filter(is_in).collect()
}

fn status(db: &Path) -> PersonStatus {
    let person = Reader::open(db).unwrap().read(|tx| tx.person(&PersonId::new(ID))).unwrap();
    person.unwrap().status
}

/// Waits until nothing is found, however the moments of a delivery and of a reading fall.
fn is_soon_clean(db: &Path) {
    let begin = Instant::now();
    while !found(db).is_empty() {
        assert!(begin.elapsed() < PATIENCE, "{:?} are left", found(db));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts the program on what a killed one left; says whether the account was closed by then.
fn revive(db: &Path) -> bool {
    let mut life = Life::start(db);
    life.talk.say("[ops] olivia: /whoami");
    life.talk.hear("[ops] usher <answer>");
    let is_closed = match status(db) {
        PersonStatus::Active => {
            assert_eq!(found(db), MARKS, "nothing is half erased");
            life.talk.say(&format!("[dm] {ID}: /cancel"));
            life.talk.hear("usher <cancelled>");
            life.talk.ask();
            life.talk.prove();
            life.talk.hear(&format!("[dm {ID}] usher <done>"));
            false
        }
        _ => true,
    };
    is_soon_clean(db);
    life.kill();
    is_closed
}

#[test]
fn a_closed_account_is_in_no_byte_of_the_files() {
    let kills = std::env::var("USHER_KILLS").map_or(16, |kills| kills.parse().unwrap());
    let room = tempfile::tempdir().unwrap();
    let prepared = prepare(room.path());
    assert_eq!(found(&prepared), MARKS, "the search finds them before");
    let db = room.path().join("a.db");
    std::fs::copy(&prepared, &db).unwrap();
    let mut life = Life::start(&db);
    life.talk.prelude();
    life.talk.ask();
    assert_eq!(found(&db), MARKS);
    let begin = Instant::now();
    life.talk.prove();
    life.talk.hear("usher <done>");
    life.talk.hear("[ops] usher <notice>");
    let mut takes = begin.elapsed();
    is_soon_clean(&db);
    life.kill();
    assert_eq!(found(&db), Vec::<&str>::new());

    let mut chance = ChaCha8Rng::seed_from_u64(20_261_127);
    let mut closed = 0;
    for kill in 0..kills {
        let db = room.path().join(format!("{kill}.db"));
        std::fs::copy(&prepared, &db).unwrap();
        let mut life = Life::start(&db);
        life.talk.prelude();
        life.talk.ask();
        life.talk.prove();
        // From before the password is compared until some time after everybody was told.
        std::thread::sleep(takes.mul_f64(f64::from(chance.next_u32() % 140) / 100.0));
        life.kill();
        let is_closed = revive(&db);
        closed += u32::from(is_closed);
        // It was measured at one moment, and others may be busier or less so.
        takes = takes.mul_f64(if is_closed { 0.9 } else { 1.0 / 0.9 });
        let mut store = Store::open(&db).unwrap();
        store.transact(|tx| tx.verify_audit()).unwrap().expect("the audit log is sound");
        drop(store);
        assert_eq!(found(&db), Vec::<&str>::new());
        assert_eq!(status(&db), PersonStatus::Closed);
    }
    println!("{kills} kills within about {takes:?}: {closed} after the account was closed");
    assert!(closed > 0 && closed < kills, "{closed} of {kills}: no kill came before, or none after");
}

#[test]
fn what_is_said_in_private_reaches_no_file_and_no_log() {
    let room = tempfile::tempdir().unwrap();
    let db = prepare(room.path());
    let private = ["a dream about a red door", "the-door-is-blue", "i meant the-door-is-green", PASSWORD];
    let mut chat = usher();
    chat.args(["chat", "--db"]).arg(&db).env("RUST_LOG", "trace");
    let mut child = chat.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut talk = Talk::with(&mut child);
    talk.say(&format!("[dm] {ID}: {}", private[0]));
    talk.hear(&format!("[dm {ID}] usher <answer>"));
    talk.ask();
    talk.say(&format!("[dm] {ID}: {}", private[1]));
    talk.hear("usher <secret_rejected>");
    talk.say(&format!("[ops] {ID}: {}", private[2]));
    talk.prove();
    talk.hear("usher <done>");
    drop(talk.input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("DEBUG"), "everything that can be logged is: {log}");
    let mut bytes = std::fs::read(&db).unwrap();
    for suffix in ["-wal", "-shm", "-lock"] {
        bytes.extend(std::fs::read(room.path().join(format!("usher.db{suffix}"))).unwrap_or_default());
    }
    bytes.extend(output.stderr);
    let is_kept = |words: &str| bytes.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(is_kept(ID) && is_kept("secret"), "the search finds what is there: the audit log's words");
    for words in private {
        assert!(!is_kept(words), "{words:?} is kept");
    }
}
