//! People, departments and admins: the old family's calls, and what their answers say.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::DingTalk;
use super::refusal::unknown;
use crate::dingtalk::{Error, boolean, list, number, text, texts};
use crate::domain::names::{MAX_NAME, visible};
use crate::domain::{
    Department, DepartmentId, Grant, Level, Permission, Permissions, Person, PersonId, PersonStatus,
    Sighting, Unknown,
};

/// The department at the top; its name is the organisation's.
pub(super) const ROOT: &str = "1";
/// How many readings are made at once: the platform takes 20 a second.
const AT_ONCE: usize = 4;

/// Whether the answer says that there is no such person in the organisation (common-errors).
pub(super) fn is_nobody(error: &Error) -> bool {
    matches!(error, Error::Refused { code, .. }
        if matches!(code.as_str(), "60121" | "33012" | "empNotExists" | "user.not.exist" | "userNotExist"))
}

fn is_no_department(error: &Error) -> bool {
    matches!(error, Error::Refused { code, .. } if matches!(code.as_str(), "60003" | "40009"))
}

impl DingTalk {
    pub(super) async fn old(&self, path: &str, body: Value) -> Result<Value, Error> {
        self.client.call_old(path, &body).await
    }

    /// Somebody as they stand, after the departments that they are in; or that they are gone (query-user-details).
    pub(super) async fn person(&self, id: &PersonId) -> Result<Vec<Sighting>, Unknown> {
        let user = match self.user(id).await {
            Ok(user) => user,
            Err(error) if is_nobody(&error) => return Ok(vec![Sighting::PersonGone(id.clone())]),
            Err(error) => return Err(unknown(&error)),
        };
        let mut seen = Vec::new();
        for department in texts(&user["dept_id_list"]) {
            seen.push(self.department(&DepartmentId::new(department)).await?);
        }
        let supervises = list(&user["leader_in_dept"])
            .iter()
            .filter(|place| boolean(&place["leader"]))
            .filter_map(|place| text(&place["dept_id"]).map(DepartmentId::new))
            .collect();
        seen.push(Sighting::Person { person: read_person(&user, id), supervises });
        if boolean(&user["boss"]) {
            seen.push(Sighting::Owner(id.clone()));
        }
        Ok(seen)
    }

    async fn user(&self, id: &PersonId) -> Result<Value, Error> {
        let body = json!({"userid": id.as_str(), "language": "zh_CN"});
        self.old("/topapi/v2/user/get", body).await.map(|mut answer| answer["result"].take())
    }

    /// Whether they own the organisation.
    pub(super) async fn is_owner(&self, id: &PersonId) -> Result<bool, Unknown> {
        self.user(id).await.map(|user| boolean(&user["boss"])).map_err(|error| unknown(&error))
    }

    /// A department as it stands, or that it is gone (query-department-details0-v2).
    pub(super) async fn department(&self, id: &DepartmentId) -> Result<Sighting, Unknown> {
        let body = json!({"dept_id": number(&json!(id.as_str())), "language": "zh_CN"});
        match self.old("/topapi/v2/department/get", body).await {
            Ok(answer) => Ok(Sighting::Department(read_department(&answer["result"], id))),
            Err(error) if is_no_department(&error) => Ok(Sighting::DepartmentGone(id.clone())),
            Err(error) => Err(unknown(&error)),
        }
    }

    /// Who heads a department.
    pub(super) async fn heads(&self, id: &DepartmentId) -> Result<BTreeSet<PersonId>, Error> {
        let body = json!({"dept_id": number(&json!(id.as_str())), "language": "zh_CN"});
        let answer = self.old("/topapi/v2/department/get", body).await?;
        Ok(texts(&answer["result"]["dept_manager_userid_list"]).into_iter().map(PersonId::new).collect())
    }

    /// Takes a department's head away, maybe for another (address-book-update-department): the list is always
    /// the whole new one, and an empty one has a form of its own.
    pub(super) async fn change_supervisor(
        &self,
        department: &DepartmentId,
        from: &PersonId,
        to: Option<&PersonId>,
    ) -> Result<(), Error> {
        let mut heads = self.heads(department).await?;
        heads.remove(from);
        heads.extend(to.cloned());
        let id = number(&json!(department.as_str()));
        let body = match heads.is_empty() {
            true => json!({"dept_id": id, "force_update_fields": "dept_manager_userid_list"}),
            false => {
                let all: Vec<_> = heads.iter().map(PersonId::as_str).collect();
                json!({"dept_id": id, "dept_manager_userid_list": all.join(",")})
            }
        };
        self.old("/topapi/v2/department/update", body).await.map(drop)
    }

    /// Every admin's id and level, 1 for main and 2 for sub (query-the-administrator-list).
    pub(super) async fn admin_levels(&self) -> Result<Vec<(PersonId, i64)>, Unknown> {
        let answer = self.old("/topapi/user/listadmin", json!({})).await.map_err(|error| unknown(&error))?;
        let read =
            |admin: &Value| Some((PersonId::new(text(&admin["userid"])?), number(&admin["sys_level"])?));
        let listed = list(&answer["result"]);
        let admins: Vec<_> = listed.iter().filter_map(read).collect();
        // Every organisation has its owner at least: an empty or half-read list is an answer that says nothing.
        match admins.is_empty() || admins.len() < listed.len() {
            true => Err(Unknown("the list of admins can't be read".to_owned())),
            false => Ok(admins),
        }
    }

    pub(super) async fn admin_level(&self, id: &PersonId) -> Result<Option<i64>, Unknown> {
        let levels = self.admin_levels().await?;
        Ok(levels.into_iter().find(|(admin, _)| admin == id).map(|(_, level)| level))
    }

    /// Every admin with their rights. DingTalk shows where a sub admin may manage people
    /// (query-permissions-of-the-administrator-address-book), and nothing else of what they may.
    pub(super) async fn admins(&self) -> Result<Sighting, Unknown> {
        let levels = self.admin_levels().await?;
        let read = |(id, level): (PersonId, i64)| async move {
            let departments = match level {
                1 => Vec::new(),
                _ => self.scope(&id).await?,
            };
            let permissions = match departments.is_empty() {
                true => Permissions::default(),
                false => Permissions::from_iter([Permission::People]),
            };
            let level = if level == 1 { Level::Main } else { Level::Sub };
            Ok::<_, Unknown>((id, Grant { level, departments, permissions }))
        };
        let mut admins: Vec<_> =
            stream::iter(levels).map(read).buffer_unordered(AT_ONCE).try_collect().await?;
        admins.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Sighting::Admins(admins))
    }

    async fn scope(&self, id: &PersonId) -> Result<Vec<DepartmentId>, Unknown> {
        let answer = self.old("/topapi/user/get_admin_scope", json!({"userid": id.as_str()})).await;
        let mut departments: Vec<_> = match answer {
            Ok(answer) => texts(&answer["dept_ids"]).into_iter().map(DepartmentId::new).collect(),
            Err(error) => return Err(unknown(&error)),
        };
        departments.sort();
        Ok(departments)
    }

    /// Ends somebody's employment by Smart HR, at once and with everything handed to their operator.
    pub(super) async fn terminate_employment(&self, person: &PersonId, by: &PersonId) -> Result<(), Error> {
        let reasons = self.client.call_new(Method::GET, "/v1.0/hrm/dismission/reasons", &[], None).await?;
        let reason = text(&reasons["result"]["voluntaryList"][0]["id"]).unwrap_or_else(|| "1".to_owned());
        let body = json!({
            "userId": person.as_str(),
            "optUserId": by.as_str(),
            "lastWorkDate": self.client.now().as_millis(),
            "terminationReasonVoluntary": [reason],
            "dismissionMemo": "Usher",
            "aflowHandOverUserId": by.as_str(),
            "docNoteHandoverUserId": by.as_str(),
            "dingPanHandoverUserId": by.as_str(),
        });
        let path = "/v1.0/hrm/processes/terminateAndHandOver";
        self.client.call_new(Method::POST, path, &[], Some(&body)).await.map(drop)
    }
}

/// A person of user/get or v2/user/list.
pub(super) fn read_person(user: &Value, id: &PersonId) -> Person {
    let mut departments: Vec<_> = texts(&user["dept_id_list"]).into_iter().map(DepartmentId::new).collect();
    departments.sort();
    departments.dedup();
    Person {
        id: id.clone(),
        name: name_of(user, id.as_str()),
        phone: phone(user),
        email: text(&user["email"]).or_else(|| text(&user["org_email"])),
        departments,
        status: PersonStatus::Active,
    }
}

/// The name as it is shown, or the id where nothing of it is: somebody is found by typing what is seen, and what joins or
/// varies emoji, or can't be seen for another reason, can't be typed.
fn name_of(named: &Value, id: &str) -> String {
    let name = text(&named["name"]).unwrap_or_default();
    match visible(&name).trim() {
        "" => id.to_owned(),
        name => name.chars().take(MAX_NAME).collect(),
    }
}

/// The phone in international form; none where the application may not see it.
fn phone(user: &Value) -> Option<String> {
    let mobile = text(&user["mobile"])?;
    if mobile.starts_with('+') {
        return Some(mobile);
    }
    let country = text(&user["state_code"]).unwrap_or_else(|| "86".to_owned());
    Some(format!("+{}{mobile}", country.trim_start_matches('+')))
}

pub(super) fn read_department(department: &Value, id: &DepartmentId) -> Department {
    Department {
        id: id.clone(),
        name: name_of(department, id.as_str()),
        parent: text(&department["parent_id"]).filter(|_| id.as_str() != ROOT).map(DepartmentId::new),
        // The department's own chat has another kind of id there, to which a robot can't send.
        group: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read_department, read_person};
    use crate::domain::{DepartmentId, PersonId};

    #[test]
    fn a_person_is_read_whatever_is_left_out() {
        let id = PersonId::new("u1");
        let person = read_person(
            &json!({"name": "李博", "mobile": "13800000002", "state_code": "86", "dept_id_list": ["2", 1, 2]}),
            &id,
        );
        assert_eq!(person.phone.as_deref(), Some("+8613800000002"));
        assert_eq!(person.departments, ["1", "2"].map(DepartmentId::new));
        assert_eq!(read_person(&json!({}), &id).name, "u1");
        assert_eq!(read_person(&json!({"name": "\u{200b} \u{2064}"}), &id).name, "u1");
    }

    #[test]
    fn a_name_is_what_is_seen_of_it() {
        let read = |name: &str| read_person(&json!({"name": name}), &PersonId::new("u1")).name;
        assert_eq!(read("Ann \u{2764}\u{fe0f}"), "Ann \u{2764}", "as it can be typed");
        assert_eq!(read("\u{1f468}\u{200d}\u{1f467} 李博"), "\u{1f468}\u{1f467} 李博");
        assert_eq!(read("A\u{202e}nn\nLee"), "Ann Lee");
    }

    #[test]
    fn the_root_department_has_none_above() {
        let read = |id: &str| read_department(&json!({"name": "x", "parent_id": 1}), &DepartmentId::new(id));
        assert_eq!((read("1").parent, read("7").parent), (None, Some(DepartmentId::new("1"))));
    }
}
