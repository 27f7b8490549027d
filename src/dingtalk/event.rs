//! What DingTalk tells of the organisation: events are hints, and what they are about is read anew.

use serde_json::Value;

use super::lenient::{text, texts};
use crate::domain::{ApprovalId, DepartmentId, PersonId};

/// Something that happened in the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Somebody became an admin, or ceased to be one.
    Admins,
    /// An approval moved.
    Approval(ApprovalId),
    /// Departments were made, changed or removed.
    Departments(Vec<DepartmentId>),
    /// People came, changed or left.
    People(Vec<PersonId>),
}

impl Happening {
    /// Reads an event by its type and its data; `None` for one that is of no concern.
    ///
    /// Sources: address-book-user-resignation, address-book-user-change, user-is-set-as-administrator,
    /// address-book-user-canceled-setting-administrator, event-bpms-instance-change, event-bpms-task-change,
    /// http-callback-overview.
    pub fn read(kind: &str, data: &Value) -> Option<Self> {
        // In an older form of what is posted, names begin with a capital.
        let ids = |name: &str, old: &str| texts(data.get(name).unwrap_or(&data[old]));
        let people = || ids("userId", "UserId").into_iter().map(PersonId::new).collect();
        Some(match kind {
            "org_admin_add" | "org_admin_remove" => Self::Admins,
            "user_add_org" | "user_leave_org" | "user_modify_org" | "user_active_org" => {
                Self::People(people())
            }
            "org_dept_create" | "org_dept_modify" | "org_dept_remove" => {
                Self::Departments(ids("deptId", "DeptId").into_iter().map(DepartmentId::new).collect())
            }
            "bpms_instance_change" | "bpms_task_change" => {
                Self::Approval(ApprovalId::new(text(&data["processInstanceId"])?))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Happening;
    use crate::domain::PersonId;

    #[test]
    fn one_person_and_several_are_read() {
        for data in [json!({"userId": ["u1"]}), json!({"userId": "u1"}), json!({"UserId": ["u1"]})] {
            let read = Happening::read("user_leave_org", &data);
            assert_eq!(read, Some(Happening::People(vec![PersonId::new("u1")])));
        }
        assert_eq!(Happening::read("chat_update_title", &json!({})), None);
    }
}
