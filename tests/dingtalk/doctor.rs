//! The doctor at the platform: what the application may not do is found, and nothing is done to find it.

use serde_json::{Value, json};

use crate::stage::{Stage, demo, diagnosis};

#[tokio::test]
async fn the_doctor_finds_a_right_that_is_missing() {
    let stage = Stage::open("", &demo()).await;
    let check = diagnosis(stage.room.path(), "qyapi_manage_addresslist").await;
    assert_eq!(check["result"], "ok", "{check}");
    stage.sim.control("set", json!({"missing": ["qyapi_manage_addresslist"]})).await;
    let check = diagnosis(stage.room.path(), "qyapi_manage_addresslist").await;
    assert_eq!(check["result"], "fail", "{check}");
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 0, "somebody may have any id");
}

#[tokio::test]
async fn the_doctor_and_an_operation_take_the_same_answers_for_a_missing_right() {
    let stage = Stage::open("", &demo()).await;
    for code in [43_007, 50_004] {
        let outside = json!({"errcode": code, "errmsg": "不在权限范围内"});
        let fault = json!({
            "path": "/topapi/v2/department/get", "kind": "answer", "status": 200, "body": outside,
        });
        stage.sim.control("fault", fault).await;
        let check = diagnosis(stage.room.path(), "qyapi_get_department_list").await;
        assert_eq!(check["result"], "fail", "{check}");
        let says = check["says"].as_str().unwrap();
        assert!(says.contains("visible scope") && says.contains(&code.to_string()), "{says}");
    }
    assert_eq!(stage.sim.control("state", Value::Null).await["heads"]["1"], json!([]), "nothing is changed");
}
