//! The program in a terminal: what it shows, and what it does not.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use regex::Regex;

use super::program::set_around;
use super::room::Room;

/// Nothing that is waited for takes this long.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the program sends to learn where the cursor is, and what a terminal answers.
const WHERE: &str = "\x1b[6n";
const HERE: &str = "\x1b[1;1R";

/// A terminal in which the program runs.
struct Terminal {
    program: Child,
    pty: Arc<Pty>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

#[derive(Default)]
struct Seen {
    text: String,
    /// Up to where it was waited for.
    read: usize,
    has_ended: bool,
}

impl Terminal {
    /// Runs the program in a terminal so wide.
    fn run(room: &Room, arguments: &[&str], columns: u16, change: impl FnOnce(Command) -> Command) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(Size::new(50, columns)).expect("its size");
        let command = Command::new(env!("CARGO_BIN_EXE_usher"))
            .args(arguments)
            .current_dir(room.path(""))
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm")
            .env_remove("LC_ALL");
        let command = set_around().fold(command, Command::env_remove);
        let program = change(command).spawn(pts).expect("the program");
        let terminal = Self { program, pty: Arc::new(pty), seen: Arc::default() };
        let (pty, seen) = (terminal.pty.clone(), terminal.seen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut rest = Vec::new();
            loop {
                let count = (&*pty).read(&mut bytes).unwrap_or(0);
                rest.extend_from_slice(&bytes[..count]);
                let whole = rest.len() - rest.utf8_chunks().last().map_or(0, |last| last.invalid().len());
                let text: String = String::from_utf8_lossy(&rest.drain(..whole).collect::<Vec<_>>()).into();
                for _ in text.matches(WHERE) {
                    (&*pty).write_all(HERE.as_bytes()).unwrap();
                }
                let mut seen_now = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen_now.text.push_str(&text);
                seen_now.has_ended = count == 0;
                seen.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        terminal
    }

    fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the program shows these words, after those that were waited for before.
    fn wait(&self, words: &str) {
        let (seen, news) = &*self.seen;
        let is_missing = |seen: &mut Seen| !seen.text[seen.read..].contains(words) && !seen.has_ended;
        let (mut seen, _) = news.wait_timeout_while(seen.lock().unwrap(), PATIENCE, is_missing).unwrap();
        let rest = &seen.text[seen.read..];
        let at = rest.find(words).unwrap_or_else(|| panic!("{words} is not in: {rest}"));
        seen.read += at + words.len();
    }

    /// Waits for the end; gives everything that was shown, and the exit status.
    fn end(mut self) -> (String, Option<i32>) {
        let (seen, news) = &*self.seen;
        let (seen, time) =
            news.wait_timeout_while(seen.lock().unwrap(), PATIENCE, |seen| !seen.has_ended).unwrap();
        assert!(!time.timed_out(), "it goes on: {}", seen.text);
        let status = self.program.wait().unwrap();
        (seen.text.clone(), status.code())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn a_secret_that_was_asked_for_before_the_start_is_not_shown() {
    let room = Room::with_demo();
    assert!(room.fed(&["passwd", "alice"], "a-long-secret\n").status.success());
    std::fs::write(room.path("usher.toml"), "confirm.secret_ttl = \"10m\"").unwrap();
    let asked = room.fed(
        &["chat"],
        "[ops] alice: /delete @bob handover=@carol approvals=cancel\n[ops] alice: /confirm {code}\n",
    );
    assert!(String::from_utf8(asked.stdout).unwrap().contains("<secret_request>"));
    let terminal = Terminal::run(&room, &["chat", "--as", "alice"], 80, |command| command);
    terminal.wait("›");
    terminal.press(":dm\r");
    terminal.wait("（不显示）：");
    // Whoever is somebody else is asked nothing; whoever comes back is asked again.
    terminal.press(":as carol\r");
    terminal.wait("›");
    terminal.press(":as alice\r");
    terminal.wait("（不显示）：");
    terminal.press("not-my-secret\r");
    terminal.wait("不正确");
    terminal.wait("（不显示）：");
    terminal.press("a-long-secret\r");
    terminal.wait("已删除");
    terminal.wait("›");
    // The line before.
    terminal.press("\x1b[A");
    terminal.wait(":as alice");
    terminal.press("\x15:quit\r");
    let (shown, status) = terminal.end();
    assert_eq!(status, Some(0), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_secret_that_is_typed_ahead_is_not_shown() {
    let room = Room::with_demo();
    assert!(room.fed(&["passwd", "alice"], "a-long-secret\n").status.success());
    let terminal = Terminal::run(&room, &["chat", "--as", "alice"], 80, |command| command);
    terminal.wait("›");
    terminal.press(":dm\r");
    terminal.wait("›");
    terminal.press("/delete @bob handover=@carol approvals=cancel\r");
    terminal.wait("确认 ");
    let code = room.reads(|tx| tx.operations())[0].code.to_string();
    // Nobody has to type the code.
    terminal.press("/confirm \t");
    terminal.wait(&format!("/confirm {code}"));
    terminal.press("\ra-long-secret\r");
    terminal.wait("已删除");
    terminal.wait("›");
    terminal.press("\x04");
    let (shown, status) = terminal.end();
    assert_eq!(status, Some(0), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_narrow_terminal_has_whole_commands_and_no_line_that_begins_with_what_closes() {
    let room = Room::with_demo();
    let terminal = Terminal::run(&room, &["chat"], 40, |command| command.env("NO_COLOR", "1"));
    terminal.wait("›");
    terminal.press(":help\r");
    terminal.wait("›");
    terminal.press("/delete @bob handover=@carol approvals=cancel\r");
    terminal.wait("无法撤销");
    terminal.wait("›");
    let code = |nth: usize| room.reads(|tx| tx.operations())[nth].code.to_string();
    let chinese = format!("确认 {}", code(0));
    for (line, answer) in
        [("/lang en", "English"), ("/cancel", "Cancelled"), ("/delete @sam", "/revoke-admin")]
    {
        terminal.press(&format!("{line}\r"));
        terminal.wait(answer);
        terminal.wait("›");
    }
    terminal.press("/delete @bob handover=@carol approvals=cancel\r");
    terminal.wait("undone");
    terminal.wait("›");
    let english = format!("confirm {}", code(1));
    terminal.press("\x04");
    let (shown, _) = terminal.end();
    assert!(shown.contains(&chinese) && shown.contains(&english), "{shown}");
    for line in shown.lines() {
        let line = line.trim_start_matches([' ', '│']);
        assert!(!line.starts_with(['，', '。', '：', '；', '、', '）', ')', ',', '.']), "{line}: {shown}");
    }
}

#[test]
fn nothing_is_coloured_where_nobody_wants_it() {
    let room = Room::with_demo();
    std::fs::write(room.path("odd.chat"), "[ops] alice: /whoami\n[ops] usher <answer>: nobody\n").unwrap();
    let colour = Regex::new("\x1b\\[([0-9]+;)*[39][0-9]m").unwrap();
    for arguments in [&["chat"][..], &["doctor"], &["replay", "odd.chat"]] {
        for (value, is_coloured) in [("1", false), ("", true)] {
            let change = |command: Command| command.env("NO_COLOR", value);
            let terminal = Terminal::run(&room, arguments, 80, change);
            if arguments == ["chat"] {
                terminal.wait("›");
                terminal.press("/show @bob\r");
                terminal.wait("李博");
                terminal.press("/re\t");
                terminal.wait("/revoke-admin");
                terminal.press("\x03");
                terminal.wait("›");
                terminal.press(":quit\r");
            }
            let shown = terminal.end().0;
            assert_eq!(colour.is_match(&shown), is_coloured, "{arguments:?}: {shown:?}");
        }
    }
}

#[test]
fn a_qr_code_that_has_no_room_is_given_as_words() {
    let room = Room::with_demo();
    let key = Regex::new("\n([A-Z2-7]{16,})\r").unwrap();
    for (columns, is_image) in [(40, false), (44, false), (45, true), (80, true)] {
        let terminal = Terminal::run(&room, &["totp", "bob"], columns, |command| command);
        terminal.wait(if is_image { "扫描上面的二维码" } else { "需要 45 列" });
        terminal.wait("6 位数字");
        terminal.press("\x04\r");
        let (shown, status) = terminal.end();
        assert_eq!(status, Some(1), "{shown}");
        assert_eq!(shown.contains('█'), is_image, "{shown}");
        assert_eq!(key.is_match(&shown), !is_image, "{shown}");
        assert!(shown.contains("otpauth://totp/"), "{shown}");
    }
}
