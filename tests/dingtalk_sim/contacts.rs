//! People, departments and admins: the old host's calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::Answer;
use super::gateway::event;
use super::organisation::{Organisation, User};
use super::state::{Call, Sim, now};

pub fn answer(sim: &Arc<Sim>, call: &Call) -> Option<Answer> {
    let user = call.text("userid");
    let state = sim.state();
    let organisation = &state.organisation;
    let department = call.number("dept_id").unwrap_or(1);
    let answer = match call.path.as_str() {
        "/topapi/v2/user/get" => match organisation.users.get(&user) {
            Some(found) => Answer::done(details(organisation, &user, found)),
            None => nobody(),
        },
        "/topapi/v2/user/getbymobile" => {
            let mobile = call.text("mobile");
            let found = organisation.users.iter().find(|(_, user)| user.mobile.as_deref() == Some(&mobile));
            found.map_or_else(nobody, |(id, _)| Answer::done(json!({"userid": id})))
        }
        "/topapi/user/listid" | "/topapi/user/listsimple" | "/topapi/v2/user/list"
            if !organisation.departments.contains_key(&department) =>
        {
            no_department()
        }
        "/topapi/user/listid" => {
            let ids: Vec<_> = members(organisation, department).map(|(id, _)| id).collect();
            Answer::done(json!({"userid_list": ids}))
        }
        "/topapi/user/listsimple" | "/topapi/v2/user/list" => page(organisation, call, department),
        "/topapi/user/count" => Answer::done(json!({"count": organisation.users.len()})),
        "/topapi/user/listadmin" => {
            let admins: Vec<_> = organisation
                .admins
                .iter()
                .map(|(id, (level, _))| json!({"userid": id, "sys_level": level}))
                .collect();
            Answer::done(admins.into())
        }
        "/topapi/user/get_admin_scope" => match organisation.admins.get(&user) {
            Some((_, scope)) => Answer::ok(json!({"errcode": 0, "errmsg": "ok", "dept_ids": scope})),
            None => Answer::old(60_121, "找不到该用户"),
        },
        "/topapi/v2/department/get" => match organisation.departments.get(&department) {
            Some(found) => Answer::done(json!({
                "dept_id": department, "name": found.name, "parent_id": found.parent,
                "dept_manager_userid_list": found.heads,
            })),
            None => no_department(),
        },
        "/topapi/v2/department/listsub" => {
            let below = organisation.departments.iter().filter(|(_, found)| found.parent == department);
            let below: Vec<_> = below
                .map(|(id, found)| json!({"dept_id": id, "name": found.name, "parent_id": department}))
                .collect();
            Answer::done(below.into())
        }
        "/topapi/v2/user/delete" => {
            drop(state);
            return Some(delete(sim, &user, "oapi"));
        }
        "/topapi/v2/department/update" => {
            drop(state);
            return Some(update(sim, call, department));
        }
        _ => return None,
    };
    Some(answer)
}

/// Takes somebody out of the organisation, and tells of it.
pub fn delete(sim: &Arc<Sim>, user: &str, reason: &'static str) -> Answer {
    let is_gone = sim.state().organisation.remove(user, reason);
    match is_gone {
        true => {
            event(sim, "user_leave_org", json!({"timeStamp": now().to_string(), "userId": [user]}));
            Answer::ok(json!({"errcode": 0, "errmsg": "ok", "request_id": "r-1"}))
        }
        false => nobody(),
    }
}

fn update(sim: &Arc<Sim>, call: &Call, department: i64) -> Answer {
    if department == 1 {
        return Answer::old(60_018, "根部门不允许更新");
    }
    let heads: BTreeSet<String> = match call.text("force_update_fields") == "dept_manager_userid_list" {
        true => BTreeSet::new(),
        false => call.text("dept_manager_userid_list").split(',').map(str::to_owned).collect(),
    };
    {
        let mut state = sim.state();
        let is_member = |id: &String| {
            state.organisation.users.get(id).is_some_and(|u| u.departments.contains(&department))
        };
        if !heads.iter().all(is_member) {
            return Answer::old(40_031, "userId列表包含不存在的用户");
        }
        let Some(found) = state.organisation.departments.get_mut(&department) else { return no_department() };
        found.heads = heads;
    }
    event(sim, "org_dept_modify", json!({"timeStamp": now().to_string(), "deptId": [department]}));
    Answer::ok(json!({"errcode": 0, "errmsg": "ok"}))
}

fn members(organisation: &Organisation, department: i64) -> impl Iterator<Item = (&String, &User)> {
    organisation.users.iter().filter(move |(_, user)| user.departments.contains(&department))
}

fn page(organisation: &Organisation, call: &Call, department: i64) -> Answer {
    let cursor = usize::try_from(call.number("cursor").unwrap_or(0)).unwrap_or(0);
    let size = usize::try_from(call.number("size").unwrap_or(100)).unwrap_or(100).min(100);
    let all: Vec<_> = members(organisation, department).collect();
    let shown = all.iter().skip(cursor).take(size);
    let is_full = call.path.starts_with("/topapi/v2/");
    let one = |(id, user): &(&String, &User)| match is_full {
        true => {
            let mut one = details(organisation, id, user);
            one["leader"] = json!(organisation.departments[&department].heads.contains(*id));
            one.as_object_mut().unwrap().remove("leader_in_dept");
            one
        }
        false => json!({"userid": id, "name": user.name}),
    };
    let list: Vec<_> = shown.map(one).collect();
    let has_more = cursor + list.len() < all.len();
    let mut result = json!({"has_more": has_more, "list": list});
    if has_more {
        result["next_cursor"] = json!(cursor + size);
    }
    Answer::done(result)
}

fn details(organisation: &Organisation, id: &str, user: &User) -> Value {
    let heads =
        |department: &i64| organisation.departments.get(department).is_some_and(|d| d.heads.contains(id));
    let leads: Vec<_> = user.departments.iter().map(|d| json!({"dept_id": d, "leader": heads(d)})).collect();
    let mut details = json!({
        "userid": id, "unionid": format!("un-{id}"), "name": user.name, "active": true,
        "admin": organisation.admins.contains_key(id), "boss": organisation.owner == id, "senior": false,
        "exclusive_account": false, "dept_id_list": user.departments, "leader_in_dept": leads,
    });
    if let Some(mobile) = &user.mobile {
        details["mobile"] = json!(mobile);
        details["state_code"] = json!("86");
    }
    if let Some(email) = &user.email {
        details["email"] = json!(email);
    }
    details
}

fn nobody() -> Answer {
    Answer::old(60_121, "找不到该用户")
}

fn no_department() -> Answer {
    Answer::old(60_003, "部门不存在")
}
