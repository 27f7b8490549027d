//! Who left, and how Smart HR lets somebody go: the new host's calls.

use std::sync::Arc;

use serde_json::json;

use super::answers::Answer;
use super::contacts::delete;
use super::state::{Call, Sim};

pub fn answer(sim: &Arc<Sim>, call: &Call) -> Option<Answer> {
    let is_off = !sim.state().has_hr;
    match call.path.as_str() {
        "/v1.0/contact/empLeaveRecords" => {
            let state = sim.state();
            let records = state.organisation.left.iter().map(|(id, reason)| {
                json!({"userId": id, "name": id, "leaveTime": "2026-11-22T01:00:00Z", "leaveReason": reason})
            });
            Some(Answer::ok(json!({"records": records.collect::<Vec<_>>()})))
        }
        path if path.starts_with("/v1.0/hrm/") && is_off => {
            Some(Answer::new(400, "suiteCallInvalid", "未开通智能人事"))
        }
        "/v1.0/hrm/dismission/reasons" => Some(Answer::ok(json!({
            "success": true, "result": {"voluntaryList": [{"id": "7", "name": "个人原因"}], "passiveList": []},
        }))),
        "/v1.0/hrm/processes/terminateAndHandOver" => Some(terminate(sim, call)),
        _ => None,
    }
}

fn terminate(sim: &Arc<Sim>, call: &Call) -> Answer {
    let (who, by) = (call.text("userId"), call.text("optUserId"));
    let is_main = sim.state().organisation.admins.get(&who).is_some_and(|(level, _)| *level == 1);
    if is_main || who == by || call.body["dismissionMemo"].is_null() {
        return Answer::new(400, "businessError", "不能办理");
    }
    match delete(sim, &who, "oapi").body["errcode"] == 0 {
        true => Answer::ok(json!({"result": true})),
        false => Answer::new(400, "empNotExists", "员工不存在"),
    }
}
