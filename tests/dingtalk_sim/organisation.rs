//! The organisation on the platform, made from an organisation file: its departments have numbers there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use usher::domain::Timestamp;

/// A department.
#[derive(Clone, Debug)]
pub struct Department {
    pub name: String,
    pub parent: i64,
    pub heads: BTreeSet<String>,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub departments: BTreeSet<i64>,
}

/// An approver's part of an approval.
#[derive(Clone, Debug)]
pub struct Task {
    pub id: i64,
    pub user: String,
    pub status: &'static str,
    pub result: &'static str,
    pub finished: Option<i64>,
}

/// An approval.
#[derive(Clone, Debug)]
pub struct Instance {
    pub template: String,
    pub title: String,
    pub originator: String,
    pub status: &'static str,
    pub result: &'static str,
    pub created: i64,
    pub tasks: Vec<Task>,
    pub records: Vec<Value>,
    /// Whether its template lets people withdraw what runs.
    pub may_be_withdrawn: bool,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    pub departments: BTreeMap<i64, Department>,
    pub users: BTreeMap<String, User>,
    pub left: Vec<(String, &'static str)>,
    pub owner: String,
    /// Each admin's level, and the departments of a sub admin.
    pub admins: BTreeMap<String, (i64, Vec<i64>)>,
    pub instances: BTreeMap<String, Instance>,
}

impl Organisation {
    pub fn of(file: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut all = Self { owner: text(&file["owner"]), ..Self::default() };
        let root =
            Department { name: text(&file["organisation"]["name"]), parent: 0, heads: BTreeSet::new() };
        all.departments.insert(1, root);
        let mut numbers: BTreeMap<String, i64> = BTreeMap::new();
        for (at, department) in (101..).zip(list(&file["departments"])) {
            let id = text(&department["id"]);
            numbers.insert(id.clone(), id.parse().unwrap_or(at));
        }
        let number = |id: &Value| numbers.get(id.as_str().unwrap_or_default()).copied().unwrap_or(1);
        for department in list(&file["departments"]) {
            let (name, parent) = (text(&department["name"]), number(&department["parent"]));
            let department_id = number(&department["id"]);
            all.departments.insert(department_id, Department { name, parent, heads: BTreeSet::new() });
        }
        for person in list(&file["people"]) {
            let departments: BTreeSet<_> = list(&person["departments"]).iter().map(number).collect();
            let user = User {
                name: text(&person["name"]),
                mobile: person["phone"].as_str().map(|phone| phone.trim_start_matches("+86").to_owned()),
                email: person["email"].as_str().map(str::to_owned),
                departments: if departments.is_empty() { BTreeSet::from([1]) } else { departments },
            };
            all.users.insert(text(&person["id"]), user);
        }
        for admin in list(&file["admins"]) {
            let level = if admin["level"] == "main" { 1 } else { 2 };
            let scope = list(&admin["departments"]).iter().map(number).collect();
            all.admins.insert(text(&admin["person"]), (level, scope));
        }
        all.admins.insert(all.owner.clone(), (1, Vec::new()));
        for supervisor in list(&file["supervisors"]) {
            let department = all.departments.get_mut(&number(&supervisor["department"])).unwrap();
            department.heads.insert(text(&supervisor["person"]));
        }
        for (at, approval) in (0..).zip(list(&file["approvals"])) {
            all.instances.insert(text(&approval["id"]), Instance::of(&approval, at));
        }
        all
    }

    /// Somebody leaves, and whatever they were ends.
    pub fn remove(&mut self, user: &str, reason: &'static str) -> bool {
        if self.users.remove(user).is_none() {
            return false;
        }
        self.admins.remove(user);
        for department in self.departments.values_mut() {
            department.heads.remove(user);
        }
        self.left.push((user.to_owned(), reason));
        true
    }

    /// How many tasks wait on somebody.
    pub fn waiting_on(&self, user: &str) -> usize {
        let running = self.instances.values().filter(|instance| instance.status == "RUNNING");
        running
            .flat_map(|instance| &instance.tasks)
            .filter(|t| t.user == user && t.status == "RUNNING")
            .count()
    }

    pub fn json(&self) -> Value {
        let users: BTreeMap<_, _> = self.users.iter().map(|(id, user)| (id, &user.name)).collect();
        let admins: BTreeMap<_, _> = self.admins.iter().map(|(id, (level, _))| (id, level)).collect();
        let instances: BTreeMap<_, _> = self
            .instances
            .iter()
            .map(|(id, instance)| (id, json!({"status": instance.status, "records": instance.records})))
            .collect();
        let heads: BTreeMap<_, _> =
            self.departments.iter().map(|(id, department)| (id.to_string(), &department.heads)).collect();
        json!({
            "users": users, "admins": admins, "owner": self.owner, "approvals": instances, "heads": heads,
            "left": self.left.iter().map(|(id, reason)| json!({"userid": id, "reason": reason})).collect::<Vec<_>>(),
        })
    }
}

impl Instance {
    fn of(approval: &Value, at: i64) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut has_running = false;
        let mut tasks = Vec::new();
        for (step, number) in list(&approval["steps"]).iter().zip(1..) {
            let status = step["status"].as_str().unwrap_or("pending");
            let (status, result) = match status {
                "approved" => ("COMPLETED", "AGREE"),
                "rejected" => ("COMPLETED", "REFUSE"),
                // Later approvers have no task before it is their turn.
                _ if has_running => continue,
                _ => ("RUNNING", "NONE"),
            };
            has_running |= status == "RUNNING";
            let finished = step["at"].as_str().and_then(Timestamp::parse).map(Timestamp::as_millis);
            tasks.push(Task {
                id: 811_000 + at * 100 + number,
                user: text(&step["approver"]),
                status,
                result,
                finished,
            });
        }
        let (status, result) = match approval["status"].as_str().unwrap_or("pending") {
            "approved" => ("COMPLETED", "agree"),
            "rejected" => ("COMPLETED", "refuse"),
            "cancelled" => ("TERMINATED", ""),
            _ => ("RUNNING", ""),
        };
        let created = approval["created"].as_str().and_then(Timestamp::parse).map_or(0, Timestamp::as_millis);
        let may_be_withdrawn = approval["cancellable_by"] != "nobody";
        Self {
            template: text(&approval["template"]),
            title: text(&approval["title"]),
            originator: text(&approval["originator"]),
            status,
            result,
            created,
            tasks,
            records: Vec::new(),
            may_be_withdrawn,
        }
    }
}

pub fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A time as approvals have it: to the minute.
pub fn minute(millis: i64) -> String {
    let text = Timestamp::from_millis(millis).rfc3339("UTC");
    format!("{}Z", &text[..16])
}
