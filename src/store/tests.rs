//! The room as a whole: one file for each thing that is promised.

mod audit;
mod changes;
mod closing;
mod open;
mod organisation;
mod outbox;
mod plans;
mod tidying;
mod transactions;

use tempfile::TempDir;

use super::{NewLetter, Store, Tx};
use crate::domain::{
    Approval, ApprovalId, ApprovalStatus, ApprovalStep, Cancellable, Change, Code, Conversation, Department,
    DepartmentId, Fault, Grant, Group, GroupId, Level, Member, Operation, Organisation, Permission, Person,
    PersonId, PersonStatus, Record, Roster, State, StepStatus, Target, Timestamp, Topic,
};

/// A store that vanishes with the test.
struct Scratch {
    directory: TempDir,
    store: Store,
}

impl Scratch {
    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("usher.db")).unwrap();
        Self { directory, store }
    }

    fn with_acme() -> Self {
        let mut scratch = Self::empty();
        scratch.ok(|tx| tx.replace(&acme(), at(0)));
        scratch
    }

    fn ok<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> T {
        self.store.transact(work).unwrap()
    }

    /// The words of the fault in which applying the change ends.
    fn fault(&mut self, change: &Change) -> String {
        self.store.transact(|tx| tx.apply(change, at(1))).unwrap_err().0
    }

    fn apply(&mut self, change: &Change) {
        self.ok(|tx| tx.apply(change, at(1)));
    }

    /// Changes rows behind the store's back, as only another program could while this one does not run.
    fn tamper(&mut self, sql: &str) {
        self.store.connection.execute_batch(sql).unwrap();
        self.store.recall.clear();
    }

    fn count(&mut self, sql: &'static str) -> i64 {
        self.ok(|tx| tx.value(sql, []))
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn ops() -> Conversation {
    Conversation::Group(GroupId::new("ops"))
}

fn code() -> Code {
    Code::parse("K7Q2").unwrap()
}

fn member(id: &str, name: &str, departments: &[&str]) -> Member {
    let departments = departments.iter().map(|id| DepartmentId::new(*id)).collect();
    let phone = Some(format!("+86138{id}"));
    let person = Person {
        id: person(id),
        name: name.into(),
        phone,
        email: None,
        departments,
        status: PersonStatus::Active,
    };
    Member { person, password_hash: None, totp_secret: None }
}

/// A small organisation with something of everything; its lists are in the order of an export.
fn acme() -> Roster {
    let sales = DepartmentId::new("sales");
    let scope = Grant {
        level: Level::Sub,
        departments: vec![sales.clone()],
        permissions: [Permission::People, Permission::Approvals].into_iter().collect(),
    };
    let main = Grant { level: Level::Main, departments: Vec::new(), permissions: scope.permissions };
    Roster {
        organisation: Organisation {
            id: "acme".into(),
            name: "Acme 科技".into(),
            locale: "zh".into(),
            timezone: "Asia/Shanghai".into(),
            owner: person("olivia"),
        },
        departments: vec![
            Department {
                id: DepartmentId::new("east"),
                name: "华东".into(),
                parent: Some(sales.clone()),
                group: None,
            },
            Department {
                id: sales.clone(),
                name: "销售部".into(),
                parent: None,
                group: Some(GroupId::new("s")),
            },
        ],
        people: vec![
            member("alice", "Alice", &[]),
            member("bob", "李博", &["east", "sales"]),
            member("dave", "Dave Ng", &["sales"]),
            member("olivia", "Olivia", &[]),
        ],
        admins: vec![(person("alice"), main), (person("dave"), scope)],
        supervisors: vec![(person("dave"), sales)],
        approvals: vec![approval("A-1", "bob", &["dave", "alice"]), approval("A-2", "dave", &["bob", "bob"])],
        handover: vec![(person("bob"), vec!["合同".into(), "a list".into()])],
        groups: vec![
            Group { id: GroupId::new("all"), name: "全员群".into(), topics: vec![Topic::Departure] },
            Group { id: GroupId::new("ops"), name: "管理群".into(), topics: vec![] },
        ],
    }
}

/// A pending approval whose first step is decided.
fn approval(id: &str, originator: &str, approvers: &[&str]) -> Approval {
    let step = |(position, approver): (i64, &&str)| ApprovalStep {
        approver: person(approver),
        status: if position == 0 { StepStatus::Approved } else { StepStatus::Pending },
        at: (position == 0).then_some(at(5)),
    };
    Approval {
        id: ApprovalId::new(id),
        template: "expense".into(),
        title: "差旅报销".into(),
        originator: person(originator),
        status: ApprovalStatus::Pending,
        created: at(3),
        cancellable_by: Cancellable::OriginatorOrAdmin,
        steps: (0..).zip(approvers).map(step).collect(),
    }
}

fn operation(code: Code, state: State) -> Operation {
    Operation {
        code,
        verb: "delete".into(),
        command: "delete @bob".into(),
        requester: person("alice"),
        conversation: ops(),
        target: Target::Person(person("bob")),
        irreversible: true,
        shown: "digest".into(),
        state,
        created: at(10),
    }
}

fn letter(to: &Conversation) -> NewLetter<'_> {
    NewLetter {
        to,
        kind: "notice",
        fields: "{}",
        text: "Done.",
        in_reply_to: None,
        attachment: None,
        created: at(7),
    }
}

fn record(action: &str) -> Record {
    Record {
        actor: person("alice"),
        action: action.into(),
        target: Some("bob".into()),
        code: Some(code()),
        conversation: Some(ops()),
        outcome: "done".into(),
    }
}
