//! Who talks with the program: what they want next and what they answer. They know what they saw, and nothing else.

use std::sync::LazyLock;

use regex::Regex;
use usher::domain::Code;

static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("确认 ([A-Z0-9]{4})").unwrap());
static OPEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("- ([A-Z0-9]{4}) ").unwrap());

/// What is asked of the program about one person after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Grant,
    Revoke,
    CancelApprovals,
    Delete,
    Close,
}

/// What is done to the people of an admin, each in turn.
pub(crate) const OF_ADMINS: &[Task] = &[Task::Grant, Task::Revoke, Task::CancelApprovals, Task::Delete];
/// What they do who close their accounts, one after the other.
pub(crate) const OF_LEAVERS: &[Task] = &[Task::CancelApprovals, Task::Close];

impl Task {
    fn request(self, person: &str) -> String {
        match self {
            Self::Grant => format!("/grant-admin @{person} level=sub departments=rd permissions=people"),
            Self::Revoke => format!("/revoke-admin @{person}"),
            Self::CancelApprovals => format!("/cancel-approval --from @{person}"),
            Self::Delete => format!("/delete @{person}"),
            Self::Close => "/close-account --no-backup".to_owned(),
        }
    }

    /// What its report says, as no other task's does.
    fn report(self, person: &str) -> [String; 2] {
        let words = match self {
            Self::Grant => "设为管理员",
            Self::Revoke => "的管理员权限",
            Self::CancelApprovals => "个审批",
            Self::Delete => "已删除",
            // Who is gone has no name any more.
            Self::Close => return ["账号已注销".to_owned(), String::new()],
        };
        [words.to_owned(), format!("（{person}）")]
    }

    fn needs_password(self) -> bool {
        matches!(self, Self::Delete | Self::Close)
    }
}

/// What somebody answers.
pub(crate) enum Reaction {
    Nothing,
    Say(String),
    Whisper(String),
}

/// An admin in a group of their own, or, without a group, all those who close their accounts.
pub(crate) struct Actor {
    /// Whose people they are: the admin's id, or the beginning of those of who leave.
    pub(crate) name: &'static str,
    group: Option<&'static str>,
    pub(crate) tasks: &'static [Task],
    pub(crate) people: usize,
    /// The codes of the tasks that were reported done, in order.
    pub(crate) done: Vec<Code>,
    code: Option<Code>,
    /// Whether the program has said, in this life, what it still waits for.
    is_oriented: bool,
    pub(crate) is_idle: bool,
    /// How often a waiting dialogue was hit, and how often a password was being asked for then.
    pub(crate) hits: [usize; 2],
}

/// The people whom somebody's tasks are about.
pub(crate) fn person(name: &str, number: usize) -> String {
    format!("{name}-{number}")
}

impl Actor {
    pub(crate) fn admin(name: &'static str, group: &'static str, people: usize) -> Self {
        Self::new(name, Some(group), OF_ADMINS, people)
    }

    pub(crate) fn leavers(name: &'static str, people: usize) -> Self {
        Self::new(name, None, OF_LEAVERS, people)
    }

    fn new(name: &'static str, group: Option<&'static str>, tasks: &'static [Task], people: usize) -> Self {
        Self {
            name,
            group,
            tasks,
            people,
            done: Vec::new(),
            code: None,
            is_oriented: false,
            is_idle: false,
            hits: [0; 2],
        }
    }

    /// Whom the task is about that comes next.
    fn person(&self) -> String {
        person(self.name, self.done.len() / self.tasks.len())
    }

    fn task(&self) -> Task {
        self.tasks[self.done.len() % self.tasks.len()]
    }

    fn speaker(&self) -> String {
        if self.group.is_some() { self.name.to_owned() } else { self.person() }
    }

    /// Where the program is spoken to, as it names it.
    fn place(&self) -> String {
        self.group.map_or_else(|| format!("dm {}", self.speaker()), str::to_owned)
    }

    pub(crate) fn is_told(&self, to: &str) -> bool {
        to == self.place() || to == format!("dm {}", self.speaker())
    }

    /// The line in which a reaction reaches the program.
    pub(crate) fn line(&self, reaction: Reaction) -> Option<String> {
        let group = self.group.unwrap_or("dm");
        match reaction {
            Reaction::Nothing => None,
            Reaction::Say(text) => Some(format!("[{group}] {}: {text}", self.speaker())),
            Reaction::Whisper(text) => Some(format!("[dm] {}: {text}", self.speaker())),
        }
    }

    /// Begins to talk with a program that has just begun to run.
    pub(crate) fn greet(&mut self, is_ending: bool) -> Reaction {
        self.is_oriented = false;
        self.is_idle = is_ending && self.is_out_of_people();
        if self.is_out_of_people() { self.next(is_ending) } else { Reaction::Say("/pending".to_owned()) }
    }

    fn is_out_of_people(&self) -> bool {
        self.done.len() >= self.people * self.tasks.len()
    }

    fn next(&mut self, is_ending: bool) -> Reaction {
        self.code = None;
        self.is_idle = is_ending || self.is_out_of_people();
        if self.is_idle { Reaction::Nothing } else { Reaction::Say(self.task().request(&self.person())) }
    }

    fn password(&self) -> Reaction {
        Reaction::Whisper(format!("{}-demo-1", self.speaker()))
    }

    /// What is answered to a line of a message of this kind that came here.
    pub(crate) fn react(&mut self, to: &str, kind: &str, text: &str, is_ending: bool) -> Reaction {
        match kind {
            "secret_request" if self.is_oriented && !text.starts_with(' ') => self.password(),
            "secret_request" | "secret_pending" | "notice" | "task" => Reaction::Nothing,
            _ if to != self.place() => Reaction::Nothing,
            "confirm_request" => {
                let Some(code) = CODE.captures(text) else { return Reaction::Nothing };
                self.code = Code::parse(&code[1]);
                if self.is_oriented {
                    Reaction::Say(format!("确认 {}", &code[1]))
                } else {
                    Reaction::Nothing
                }
            }
            "done" => self.hear_of_an_end(text, is_ending),
            "answer" if self.is_oriented => Reaction::Nothing,
            "answer" if text.contains("没有未完成") => {
                self.is_oriented = true;
                self.next(is_ending)
            }
            "answer" => {
                let Some(code) = OPEN.captures(text) else { return Reaction::Nothing };
                assert_eq!(self.code, Code::parse(&code[1]), "a code that was never shown is open");
                self.is_oriented = true;
                self.hits[0] += 1;
                Reaction::Say(format!("确认 {}", &code[1]))
            }
            "rejected" if text.starts_with(' ') => Reaction::Nothing,
            // The program was killed while it asked for the password.
            "rejected"
                if self.task().needs_password() && text.contains(self.code.as_ref().unwrap().as_str()) =>
            {
                self.hits[1] += 1;
                self.password()
            }
            _ => panic!("{} is told {kind}: {text}", self.speaker()),
        }
    }

    fn hear_of_an_end(&mut self, text: &str, is_ending: bool) -> Reaction {
        let speaker = self.speaker();
        if !self.task().report(&self.person()).iter().all(|words| text.contains(words)) {
            return Reaction::Nothing;
        }
        self.done.push(self.code.clone().unwrap());
        // Whoever comes after somebody who left has asked for nothing yet.
        self.is_oriented |= self.speaker() != speaker;
        if self.is_oriented { self.next(is_ending) } else { Reaction::Nothing }
    }
}
