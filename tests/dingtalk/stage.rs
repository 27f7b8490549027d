//! The program beside a DingTalk of its own: started, stopped and killed, spoken to and listened to.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use usher::dingtalk::{Client, Settings};
use usher::domain::Timestamp;

use crate::dingtalk_sim::{self, CLIENT_ID, CLIENT_SECRET, CORP_ID, EVENT_AES_KEY, EVENT_TOKEN, Sim, post};
use crate::program::usher;

/// No answer takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// So long nothing is said where nothing is to be said.
const SILENCE: Duration = Duration::from_millis(600);

/// The program, the platform, and how many of its messages were read.
pub(crate) struct Stage {
    pub(crate) sim: Sim,
    pub(crate) room: TempDir,
    program: Option<Child>,
    pub(crate) read: u64,
    /// Where the program listens, when everything is posted to it.
    base: Option<String>,
}

impl Stage {
    /// A platform with this organisation, and the program's settings for it; nothing is started yet.
    pub(crate) async fn open(settings: &str, organisation: &Value) -> Self {
        let sim = Sim::start(0, organisation).await;
        let room = tempfile::tempdir().unwrap();
        let address = sim.address();
        let settings = format!(
            "[dingtalk]\nclient_id = \"{CLIENT_ID}\"\ncorp_id = \"{CORP_ID}\"\norganisation = \"dingtalk\"\n\
             api = \"{address}\"\noapi = \"{address}\"\n{settings}"
        );
        std::fs::write(room.path().join("usher.toml"), settings).unwrap();
        Self { sim, room, program: None, read: 0, base: None }
    }

    /// The same, with everything posted instead of sent over a connection.
    pub(crate) async fn open_by_http(settings: &str, organisation: &Value) -> Self {
        // Whoever else asks for a port meanwhile gets another one.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let base = format!("http://{free}");
        let settings = format!(
            "listen = \"{free}\"\npublic_url = \"{base}\"\nevent_aes_key_file = \"aes-key\"\n\
             event_token_file = \"token\"\n{settings}"
        );
        let mut stage = Self::open(&settings, organisation).await;
        std::fs::write(stage.room.path().join("aes-key"), format!("{EVENT_AES_KEY}\n")).unwrap();
        std::fs::write(stage.room.path().join("token"), EVENT_TOKEN).unwrap();
        stage.base = Some(base);
        stage
    }

    /// Starts both, with the demo organisation on the platform.
    pub(crate) async fn new(settings: &str) -> Self {
        let mut stage = Self::open(settings, &demo()).await;
        stage.start().await;
        stage
    }

    /// Starts both, and gives these people passwords.
    pub(crate) async fn with_passwords(settings: &str, organisation: &Value, people: &[&str]) -> Self {
        let mut stage = Self::open(settings, organisation).await;
        stage.start_with_passwords(people).await;
        stage
    }

    /// Starts the program, and gives these people passwords.
    pub(crate) async fn start_with_passwords(&mut self, people: &[&str]) {
        self.start().await;
        self.stop().await;
        for person in people {
            let mut passwd =
                command(self.room.path(), &["passwd", person]).stdin(Stdio::piped()).spawn().unwrap();
            let twice = format!("{0}\n{0}\n", password(person));
            passwd.stdin.take().unwrap().write_all(twice.as_bytes()).unwrap();
            assert!(passwd.wait().unwrap().success());
        }
        self.start().await;
    }

    /// Starts both, with the demo organisation on the platform; Alice has a password.
    pub(crate) async fn with_password(settings: &str) -> Self {
        Self::with_passwords(settings, &demo(), &["alice"]).await
    }

    /// Starts the program, and waits until it is connected.
    pub(crate) async fn start(&mut self) {
        self.spawn();
        self.connected().await;
    }

    /// Starts the program, with everything that it can be asked to log in a file, and waits until it is connected.
    pub(crate) async fn start_telling(&mut self, log: File) {
        let mut serve = command(self.room.path(), &["serve"]);
        self.program = Some(serve.env("RUST_LOG", "trace").stderr(log).spawn().unwrap());
        self.connected().await;
    }

    /// Starts the program.
    pub(crate) fn spawn(&mut self) {
        self.program = Some(command(self.room.path(), &["serve"]).spawn().unwrap());
    }

    pub(crate) async fn connected(&self) {
        let since = Instant::now();
        while !self.is_connected().await {
            assert!(since.elapsed() < PATIENCE, "nobody connects");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether the program is there: connected, or answering as the console wants it.
    async fn is_connected(&self) -> bool {
        match &self.base {
            Some(base) => self.sim.control("http", json!({"base": base})).await["check"] == true,
            None => self.sim.control("state", Value::Null).await["connections"] != 0,
        }
    }

    /// Posts to the program what may not be DingTalk's; gives the status and the answer.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, String)], body: &Value) -> (u16, Value) {
        post(&format!("{}{path}", self.base.as_ref().unwrap()), headers, body).await
    }

    /// Stops the program as the machine does, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        let mut program = self.program.take().unwrap();
        let id = program.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = tokio::task::spawn_blocking(move || program.wait().unwrap()).await.unwrap();
        assert!(status.success(), "it stops well: {status}");
        self.disconnected().await;
    }

    pub(crate) async fn disconnected(&self) {
        let since = Instant::now();
        while self.sim.control("state", Value::Null).await["connections"] != 0 {
            assert!(since.elapsed() < PATIENCE, "the connection stays");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the program ends by itself; gives whether it ended well.
    pub(crate) async fn ended(&mut self) -> bool {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.program.as_mut().unwrap().try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.program = None;
        self.disconnected().await;
        status.success()
    }

    pub(crate) async fn kill(&mut self) {
        let mut program = self.program.take().unwrap();
        program.kill().unwrap();
        program.wait().unwrap();
        self.disconnected().await;
    }

    pub(crate) async fn say(&self, place: &str, sender: &str, text: &str, mentions: &[&str]) -> Value {
        let message = json!({"conversation": place, "sender": sender, "text": text, "mentions": mentions});
        self.sim.control("say", message).await
    }

    /// The next message that holds this text, whatever else comes before it.
    pub(crate) async fn hear(&mut self, text: &str) -> Value {
        let since = Instant::now();
        let mut heard = Vec::new();
        loop {
            let sent = self.sim.control_after(self.read).await;
            for message in sent["messages"].as_array().unwrap() {
                self.read += 1;
                let says = message["text"].as_str().unwrap();
                if says.contains(text) && message["via"] != "card_update" {
                    return message.clone();
                }
                heard.push(format!("{}: {says}", message["via"]));
            }
            assert!(since.elapsed() < PATIENCE, "nobody says {text:?}, but {heard:#?}");
        }
    }

    /// Nothing more is said. That a card shows how things stand is no message, and comes when it comes.
    pub(crate) async fn hear_nothing(&mut self) {
        tokio::time::sleep(SILENCE).await;
        let sent = self.sent().await;
        let new = sent.iter().skip(self.read as usize).filter(|message| message["via"] != "card_update");
        let new: Vec<_> = new.collect();
        assert!(new.is_empty(), "{new:#?}");
    }

    /// Everything that was said.
    pub(crate) async fn sent(&self) -> Vec<Value> {
        self.sim.control("sent", Value::Null).await["messages"].as_array().unwrap().clone()
    }

    /// Lets everything be said that is to be said.
    pub(crate) async fn drain(&mut self) {
        loop {
            tokio::time::sleep(SILENCE).await;
            let sent = self.sent().await.len() as u64;
            if sent == self.read {
                return;
            }
            self.read = sent;
        }
    }

    /// How often a path was called.
    pub(crate) async fn calls(&self, path: &str) -> usize {
        let calls = self.sim.control("calls", Value::Null).await;
        calls["calls"].as_array().unwrap().iter().filter(|call| call["path"] == path).count()
    }

    /// Waits until a path is called.
    pub(crate) async fn called(&self, path: &str) {
        self.called_more(path, 0).await;
    }

    /// Waits until a path is called more often than so many times.
    pub(crate) async fn called_more(&self, path: &str, times: usize) {
        let since = Instant::now();
        while self.calls(path).await <= times {
            assert!(since.elapsed() < PATIENCE, "nobody calls {path}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until a path is called about somebody.
    pub(crate) async fn called_with(&self, path: &str, person: &str) {
        let since = Instant::now();
        let is_it = |call: &Value| call["path"] == path && call["body"]["userid"] == person;
        loop {
            let calls = self.sim.control("calls", Value::Null).await;
            if calls["calls"].as_array().unwrap().iter().any(is_it) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "nobody calls {path} about {person}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn fault(&self, path: &str, kind: &str, times: u64) {
        self.sim.control("fault", json!({"path": path, "kind": kind, "times": times})).await;
    }

    /// Asks for a deletion and confirms it by typing; the answer to the password is the test's.
    pub(crate) async fn delete(&mut self, person: &str) {
        self.say("ops", "alice", "/删除", &[person]).await;
        let asked = self.hear("无法撤销").await;
        self.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
        self.hear("在这里输入你的密码").await;
        self.say("dm", "alice", &password("alice"), &[]).await;
    }

    /// Whether a frame was acknowledged.
    pub(crate) async fn is_acknowledged(&self, frame: &Value) -> bool {
        let acks = self.sim.control("acks", Value::Null).await;
        acks["acks"].as_array().unwrap().iter().any(|ack| ack["headers"]["messageId"] == *frame)
    }

    pub(crate) async fn acknowledged(&self, frame: &Value) {
        let since = Instant::now();
        while !self.is_acknowledged(frame).await {
            assert!(since.elapsed() < PATIENCE, "{frame} is not acknowledged");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The organisation that the simulator and the program come with.
pub(crate) fn demo() -> Value {
    serde_json::from_str(usher::exchange::demo()).unwrap()
}

/// The demo organisation, in which one more approval is pending: of whom, and on whom it waits.
pub(crate) fn demo_with(approval: &str, originator: &str, approver: &str) -> Value {
    let mut organisation = demo();
    let approval = json!({
        "id": approval, "template": "expense", "title": "显示器", "originator": originator, "status": "pending",
        "created": "2026-11-16T10:00:00+08:00", "cancellable_by": "originator_or_admin",
        "steps": [{"approver": approver, "status": "pending"}],
    });
    organisation["approvals"].as_array_mut().unwrap().push(approval);
    organisation
}

/// What calls the platform's API.
pub(crate) fn client(sim: &Sim) -> Arc<Client> {
    let settings = Settings {
        api: sim.address(),
        oapi: sim.address(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned().into(),
    };
    Arc::new(Client::new(settings, || Timestamp::from_millis(dingtalk_sim::now())).unwrap())
}

/// Somebody's password.
pub(crate) fn password(person: &str) -> String {
    format!("{person}-secret-1")
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            program.kill().unwrap();
            program.wait().unwrap();
        }
    }
}

pub(crate) fn command(room: &Path, arguments: &[&str]) -> Command {
    let mut command = usher();
    command.current_dir(room).args(arguments).env("USHER_DINGTALK_CLIENT_SECRET", CLIENT_SECRET);
    command.env("RUST_LOG", "error").stdout(Stdio::null());
    command
}

/// What the doctor says of one thing, while everything else goes on.
pub(crate) async fn diagnosis(room: &Path, name: &str) -> Value {
    let doctor = command(room, &["doctor", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let output = tokio::task::spawn_blocking(|| doctor.wait_with_output().unwrap()).await.unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let checks = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    checks.into_iter().find(|check| check["check"] == name).unwrap()
}

/// The code that a confirmation asks for.
pub(crate) fn code(message: &Value) -> String {
    let text = message["text"].as_str().unwrap();
    text.split("确认 ").nth(1).unwrap()[..4].to_owned()
}
