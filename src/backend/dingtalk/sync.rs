//! The whole organisation, read by walking its departments: no call gives everybody (common-errors). Its calls are free
//! but for those about approvals.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Display;

use serde_json::{Value, json};

use super::DingTalk;
use super::contacts::{ROOT, read_department, read_person};
use super::refusal::unknown;
use crate::dingtalk::{Error, boolean, list, number, text};
use crate::domain::{
    Approval, Department, DepartmentId, Fault, Member, Organisation, Person, PersonId, Roster, Sighting,
    Unknown,
};

/// How many people a page of a department has.
const PAGE: i64 = 100;
/// How often a reading is tried again when the platform is called too often, or gives no clear answer.
const TRIES: u32 = 5;
/// How many people who were not met on the walk are read one by one; the others have to wait for the next.
const MOST_MISSING: usize = 500;

/// How far a walk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Departments read.
    pub departments: usize,
    /// Departments known of by now.
    pub of: usize,
    /// People met.
    pub people: usize,
}

/// The organisation as it was when it was walked through.
#[derive(Clone, Debug)]
pub struct Snapshot {
    name: String,
    corp_id: String,
    owner: PersonId,
    /// From the top down.
    departments: Vec<Department>,
    people: BTreeMap<PersonId, (Person, BTreeSet<DepartmentId>)>,
    admins: Sighting,
    /// What is known to have gone since the last walk.
    gone: Vec<Sighting>,
    approvals: Vec<Sighting>,
}

impl DingTalk {
    /// Reads everything. `known` are the people and departments of the last walk: whoever is missing now is read again,
    /// for not to be met is not to be gone.
    ///
    /// # Errors
    /// When any part of it can't be read: half an organisation is none.
    pub async fn walk(
        &self,
        known: &Known,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Snapshot, Unknown> {
        let departments = self.tree().await?;
        let mut so_far = Progress { of: departments.len(), ..Progress::default() };
        let mut people: BTreeMap<PersonId, (Person, BTreeSet<DepartmentId>)> = BTreeMap::new();
        let mut owner = None;
        for department in &departments {
            let read = async { self.members(&department.id).await.map(Value::Array) };
            for user in list(&self.readings.of(self.about("members", &department.id), read).await?) {
                let Some(id) = text(&user["userid"]).map(PersonId::new) else { continue };
                if boolean(&user["boss"]) {
                    owner = Some(id.clone());
                }
                let read = || (read_person(&user, &id), BTreeSet::new());
                let (person, heads) = people.entry(id.clone()).or_insert_with(read);
                if !person.departments.contains(&department.id) {
                    person.departments.push(department.id.clone());
                    person.departments.sort();
                }
                if boolean(&user["leader"]) {
                    heads.insert(department.id.clone());
                }
            }
            so_far = Progress { departments: so_far.departments + 1, people: people.len(), ..so_far };
            progress(so_far);
        }
        self.index.known().people = people.keys().cloned().collect();
        let gone = self.missing(known, &departments, &people).await?;
        let mut approvals = Vec::new();
        for id in self.read_all_running().await? {
            match self.see_approval(&id, None).await {
                Ok(seen) => {
                    for sighting in seen {
                        match sighting {
                            // Somebody of an approval whom the walk did not meet.
                            Sighting::Person { person, supervises } => {
                                let heads = supervises.into_iter().collect();
                                people.entry(person.id.clone()).or_insert((person, heads));
                            }
                            Sighting::Approval(_) => approvals.push(sighting),
                            _ => {}
                        }
                    }
                }
                Err(Unknown(why)) => tracing::warn!(why, "an approval is left out"),
            }
        }
        // The whole takes minutes. Rights that end meanwhile, and are seen to, must not come back with what was read before.
        let owner = match owner {
            Some(owner) if self.is_owner(&owner).await? => owner,
            _ => self.find_owner(&mut people).await?,
        };
        let admins = self.admins().await?;
        let name = departments.first().map(|root| root.name.clone()).unwrap_or_default();
        let corp_id = self.corp_id.clone();
        Ok(Snapshot { name, corp_id, owner, departments, people, admins, gone, approvals })
    }

    /// Every department, from the top down (user-management-acquires-the-list-departments).
    async fn tree(&self) -> Result<Vec<Department>, Unknown> {
        let root = DepartmentId::new(ROOT);
        let Sighting::Department(top) = self.department(&root).await? else {
            return Err(Unknown("the organisation's root department can't be read".to_owned()));
        };
        let (mut found, mut queue) = (vec![top], VecDeque::from([root]));
        let mut met = BTreeSet::from([DepartmentId::new(ROOT)]);
        while let Some(parent) = queue.pop_front() {
            let body = json!({"dept_id": number(&json!(parent.as_str())), "language": "zh_CN"});
            let read = async {
                let answer = self.patiently("/topapi/v2/department/listsub", &body).await;
                answer.map(|mut answer| answer["result"].take())
            };
            for child in list(&self.readings.of(self.about("below", &parent), read).await?) {
                let Some(id) = text(&child["dept_id"]).map(DepartmentId::new) else { continue };
                if met.insert(id.clone()) {
                    let mut department = read_department(&child, &id);
                    department.parent = Some(parent.clone());
                    found.push(department);
                    queue.push_back(id);
                }
            }
        }
        Ok(found)
    }

    /// A department's own members (queries-the-complete-information-of-a-department-user).
    async fn members(&self, department: &DepartmentId) -> Result<Vec<Value>, Unknown> {
        let mut members = Vec::new();
        let mut cursor = 0;
        loop {
            let dept_id = number(&json!(department.as_str()));
            let body = json!({"dept_id": dept_id, "cursor": cursor, "size": PAGE, "language": "zh_CN"});
            let answer = self.patiently("/topapi/v2/user/list", &body).await?;
            let result = &answer["result"];
            members.extend(list(&result["list"]));
            match number(&result["next_cursor"]) {
                Some(next) if boolean(&result["has_more"]) && next > cursor => cursor = next,
                _ if boolean(&result["has_more"]) => {
                    return Err(Unknown(format!("the members of department {department} do not end")));
                }
                _ => return Ok(members),
            }
        }
    }

    /// The owner among the main admins, where the lists of departments do not tell.
    async fn find_owner(
        &self,
        people: &mut BTreeMap<PersonId, (Person, BTreeSet<DepartmentId>)>,
    ) -> Result<PersonId, Unknown> {
        for (id, level) in self.admin_levels().await? {
            if level == 1 && self.is_owner(&id).await? {
                for sighting in self.person(&id).await? {
                    if let Sighting::Person { person, supervises } = sighting {
                        people.entry(id.clone()).or_insert((person, supervises.into_iter().collect()));
                    }
                }
                return Ok(id);
            }
        }
        Err(Unknown("no main admin is marked as the organisation's owner".to_owned()))
    }

    /// Who and what was known and not met: read again, one by one.
    async fn missing(
        &self,
        known: &Known,
        departments: &[Department],
        people: &BTreeMap<PersonId, (Person, BTreeSet<DepartmentId>)>,
    ) -> Result<Vec<Sighting>, Unknown> {
        let mut gone = Vec::new();
        let missing = known.people.iter().filter(|id| !people.contains_key(id));
        for id in missing.take(MOST_MISSING) {
            gone.extend(self.person(id).await?.into_iter().filter(|s| matches!(s, Sighting::PersonGone(_))));
        }
        let there: BTreeSet<_> = departments.iter().map(|department| &department.id).collect();
        for id in known.departments.iter().filter(|id| !there.contains(id)).take(MOST_MISSING) {
            gone.extend(
                Some(self.department(id).await?).filter(|s| matches!(s, Sighting::DepartmentGone(_))),
            );
        }
        Ok(gone)
    }

    /// What a reading is about: this organisation's part of that kind.
    pub(super) fn about(&self, kind: &str, part: &dyn Display) -> String {
        format!("{} {kind} {part}", self.corp_id)
    }

    /// A reading that is tried again.
    async fn patiently(&self, path: &str, body: &Value) -> Result<Value, Unknown> {
        let mut tries = 0;
        loop {
            tries += 1;
            let pause = match self.old(path, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Error::Throttled(pause)) if tries < TRIES => pause.as_millis().unsigned_abs(),
                Err(Error::Unreachable(_) | Error::Unsure(_)) if tries < TRIES => 500_u64 << tries,
                Err(error) => return Err(unknown(&error)),
            };
            tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        }
    }
}

/// Who and what the local copy has.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The people who are here.
    pub people: BTreeSet<PersonId>,
    /// The departments.
    pub departments: BTreeSet<DepartmentId>,
}

impl Snapshot {
    /// How many people there are.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Who and what was met.
    pub fn known(&self) -> Known {
        Known {
            people: self.people.keys().cloned().collect(),
            departments: self.departments.iter().map(|department| department.id.clone()).collect(),
        }
    }

    /// The facts, each after those that it rests on.
    pub fn sightings(&self) -> Vec<Sighting> {
        let departments = self.departments.iter().cloned().map(Sighting::Department);
        let people = self.people.values().map(|(person, heads)| Sighting::Person {
            person: person.clone(),
            supervises: heads.iter().cloned().collect(),
        });
        departments
            .chain(people)
            .chain([Sighting::Owner(self.owner.clone()), self.admins.clone()])
            .chain(self.approvals.iter().cloned())
            .chain(self.gone.iter().cloned())
            .collect()
    }

    /// The organisation for a database that has none yet. Its language and time zone are DingTalk's home's.
    ///
    /// # Errors
    /// When its owner is not among its people.
    pub fn roster(&self) -> Result<Roster, Fault> {
        if !self.people.contains_key(&self.owner) {
            return Err(Fault(format!("the owner {} is in no department that can be read", self.owner)));
        }
        let admins = match &self.admins {
            Sighting::Admins(admins) => {
                let is_here = |id: &PersonId| self.people.contains_key(id) && *id != self.owner;
                admins.iter().filter(|(id, _)| is_here(id)).cloned().collect()
            }
            _ => Vec::new(),
        };
        let member =
            |person: &Person| Member { person: person.clone(), password_hash: None, totp_secret: None };
        let approval = |sighting: &Sighting| match sighting {
            Sighting::Approval(approval) => Some(approval.clone()),
            _ => None,
        };
        let approvals: Vec<Approval> = self.approvals.iter().filter_map(approval).collect();
        let heads = |(id, (_, heads)): (&PersonId, &(Person, BTreeSet<DepartmentId>))| {
            heads.iter().map(|department| (id.clone(), department.clone())).collect::<Vec<_>>()
        };
        Ok(Roster {
            organisation: Organisation {
                id: self.corp_id.clone(),
                name: self.name.clone(),
                locale: "zh".to_owned(),
                timezone: "Asia/Shanghai".to_owned(),
                owner: self.owner.clone(),
            },
            departments: self.departments.clone(),
            people: self.people.values().map(|(person, _)| member(person)).collect(),
            admins,
            supervisors: self.people.iter().flat_map(heads).collect(),
            approvals,
            handover: Vec::new(),
            groups: Vec::new(),
        })
    }
}
