//! Approvals: templates, lists, details, comments, withdrawal and handing on, with the platform's own rules.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::Answer;
use super::gateway::event;
use super::organisation::{Instance, Task, minute};
use super::state::{Call, Sim, now};

/// Nothing can be withdrawn so soon.
const TOO_YOUNG: i64 = 15_000;

pub fn answer(sim: &Arc<Sim>, call: &Call) -> Option<Answer> {
    Some(match call.path.as_str() {
        "/v1.0/workflow/processInstances" => {
            let id = call.asked("processInstanceId").unwrap_or_default();
            match sim.state().organisation.instances.get(&id) {
                // The official samples have this truth as a text.
                Some(found) => Answer::ok(json!({"success": "true", "result": details(&id, found)})),
                None => Answer::new(400, "processInstanceNotExist", "审批实例不存在"),
            }
        }
        "/v1.0/workflow/processInstances/terminate" => terminate(sim, call),
        "/v1.0/workflow/processInstances/comments" => comment(sim, call),
        "/v1.0/workflow/processes/instanceIds/query" => list(sim, call),
        "/v1.0/workflow/processes/userVisibilities/templates" => {
            let state = sim.state();
            let mut codes: Vec<_> =
                state.organisation.instances.values().map(|i| i.template.clone()).collect();
            codes.sort();
            codes.dedup();
            let forms: Vec<_> = codes.iter().map(|code| json!({"name": code, "processCode": code})).collect();
            Answer::ok(json!({"result": {"processList": forms}}))
        }
        "/v1.0/workflow/processes/todoTasks/numbers" => {
            let user = call.asked("userId").unwrap_or_default();
            let state = sim.state();
            match state.organisation.users.contains_key(&user) {
                true => Answer::ok(json!({"result": state.organisation.waiting_on(&user), "success": true})),
                false => Answer::new(400, "userNotExist", "用户不存在"),
            }
        }
        "/v1.0/workflow/tasks/redirect" => redirect(sim, call),
        _ => return None,
    })
}

fn details(id: &str, instance: &Instance) -> Value {
    let task = |task: &Task| {
        let mut shown = json!({
            "taskId": task.id, "userId": task.user, "status": task.status, "result": task.result,
            "createTime": minute(instance.created), "activityId": "a",
        });
        if let Some(at) = task.finished {
            shown["finishTime"] = json!(minute(at));
        }
        shown
    };
    json!({
        "title": instance.title, "businessId": format!("2026{id}"), "status": instance.status,
        "result": instance.result, "createTime": minute(instance.created), "finishTime": "",
        "originatorUserId": instance.originator, "originatorDeptId": "-1", "originatorDeptName": "",
        "approverUserIds": [], "ccUserIds": [], "operationRecords": instance.records,
        "tasks": instance.tasks.iter().map(task).collect::<Vec<_>>(), "formComponentValues": [],
        "bizAction": "NONE", "attachedProcessInstanceIds": [],
    })
}

fn terminate(sim: &Arc<Sim>, call: &Call) -> Answer {
    let id = call.text("processInstanceId");
    let Some(is_system) = call.body["isSystem"].as_bool() else {
        return Answer::new(400, "invalidInstanceTerminateIsSystem", "isSystem");
    };
    {
        let mut state = sim.state();
        let Some(found) = state.organisation.instances.get_mut(&id) else {
            return Answer::new(400, "aflowProcessInstNotExist", "实例不存在");
        };
        if found.status != "RUNNING" || now() - found.created < TOO_YOUNG {
            return Answer::new(400, "aflowProcessInstStatusException", "实例状态不正确");
        }
        if !is_system && call.text("operatingUserId") != found.originator {
            return Answer::new(400, "invalidInstanceTerminateOperatingUserId", "operatingUserId");
        }
        if !found.may_be_withdrawn {
            return Answer::new(400, "internalError", "820008 您没有任务处理的权限");
        }
        found.status = "TERMINATED";
        found.tasks.iter_mut().filter(|t| t.status == "RUNNING").for_each(|t| t.status = "TERMINATED");
        let remark = call.text("remark");
        found.records.push(json!({"type": "TERMINATE_PROCESS_INSTANCE", "remark": remark}));
    }
    event(sim, "bpms_instance_change", json!({"processInstanceId": id, "type": "terminate"}));
    Answer::ok(json!({"result": true, "success": true}))
}

fn comment(sim: &Sim, call: &Call) -> Answer {
    let mut state = sim.state();
    let user = call.text("commentUserId");
    if !state.organisation.users.contains_key(&user) {
        return Answer::new(400, "userNotExist", "用户不存在");
    }
    match state.organisation.instances.get_mut(&call.text("processInstanceId")) {
        Some(found) => {
            let record = json!({"type": "ADD_REMARK", "userId": user, "remark": call.text("text")});
            found.records.push(record);
            Answer::ok(json!({"result": true, "success": true}))
        }
        None => Answer::new(400, "aflowProcessInstNotExist", "实例不存在"),
    }
}

fn list(sim: &Sim, call: &Call) -> Answer {
    let state = sim.state();
    let template = call.text("processCode");
    let is_listed =
        |list: &Value, text: &str| list.as_array().is_none_or(|items| items.iter().any(|item| item == text));
    let found: Vec<_> = state
        .organisation
        .instances
        .iter()
        .filter(|(_, i)| i.template == template && is_listed(&call.body["userIds"], &i.originator))
        .filter(|(_, i)| is_listed(&call.body["statuses"], i.status))
        .map(|(id, _)| id.clone())
        .collect();
    let from = usize::try_from(call.number("nextToken").unwrap_or(0)).unwrap_or(0);
    let most = usize::try_from(call.number("maxResults").unwrap_or(20)).unwrap_or(20);
    if most > 20 {
        return Answer::new(400, "invalidMaxResults", "maxResults");
    }
    let page: Vec<_> = found.iter().skip(from).take(most).collect();
    let mut result = json!({"list": page});
    if from + most < found.len() {
        // It goes in as a number, and comes back as a text.
        result["nextToken"] = json!((from + most).to_string());
    }
    Answer::ok(json!({"result": result, "success": true}))
}

fn redirect(sim: &Arc<Sim>, call: &Call) -> Answer {
    let (from, to) = (call.text("operateUserId"), call.text("toUserId"));
    let number = call.number("taskId");
    let id = {
        let mut state = sim.state();
        let fresh = i64::try_from(state.next()).unwrap();
        if !state.organisation.users.contains_key(&to) {
            return Answer::new(400, "param.illegal", "toUserId");
        }
        let mut instances = state.organisation.instances.iter_mut();
        let found = instances.find(|(_, i)| i.tasks.iter().any(|task| Some(task.id) == number));
        let Some((id, instance)) = found else {
            return Answer::new(400, "param.illegal", "taskId");
        };
        let task = instance.tasks.iter_mut().find(|task| Some(task.id) == number).unwrap();
        if task.user != from {
            return Answer::new(400, "param.illegal.operator", "operateUserId");
        }
        if task.status != "RUNNING" {
            return Answer::new(400, "task.status.error", "任务状态不正确");
        }
        (task.status, task.result) = ("COMPLETED", "REDIRECTED");
        instance.tasks.push(Task {
            id: 900_000 + fresh,
            user: to,
            status: "RUNNING",
            result: "NONE",
            finished: None,
        });
        id.clone()
    };
    event(sim, "bpms_task_change", json!({"processInstanceId": id, "type": "finish", "result": "redirect"}));
    Answer::ok(json!({"result": true, "success": true}))
}
