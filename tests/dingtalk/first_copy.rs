//! The first copy of the organisation: killed in its midst, it goes on where it was, and half of it is never taken for all.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage, command, demo, diagnosis};

const TREE: &str = "/topapi/v2/department/listsub";
const MEMBERS: &str = "/topapi/v2/user/list";
const APPROVAL: &str = "/v1.0/workflow/processInstances";
/// How many more departments, each with somebody in it, and approvals there are than in the demo.
const MORE: usize = 40;
/// A kill takes what was read in the last fifth of a second; each reading takes so long.
const SLOWLY: u64 = 40;
const LOST: usize = 8;

fn organisation() -> Value {
    let mut organisation = demo();
    for number in 0..MORE {
        let (department, person) = (format!("team-{number}"), format!("member-{number}"));
        let more = [
            ("departments", json!({"id": department, "name": department, "parent": "hq"})),
            ("people", json!({"id": person, "name": person, "departments": [department]})),
            (
                "approvals",
                json!({
                    "id": format!("M-{number}"), "template": "expense", "title": "显示器", "originator": person,
                    "status": "pending", "created": "2026-11-16T10:00:00+08:00",
                    "cancellable_by": "originator_or_admin", "steps": [{"approver": "mei", "status": "pending"}],
                }),
            ),
        ];
        for (list, one) in more {
            organisation[list].as_array_mut().unwrap().push(one);
        }
    }
    organisation
}

async fn slow(stage: &Stage, path: &str, millis: u64) {
    let fault = json!({"path": path, "kind": "delay", "delay_ms": millis, "times": 100_000});
    stage.sim.control("fault", fault).await;
}

/// Starts the program, and kills it once so much was read.
async fn interrupt(stage: &mut Stage, path: &str, calls: usize) {
    stage.spawn();
    let since = Instant::now();
    while stage.calls(path).await < calls {
        assert!(since.elapsed() < PATIENCE, "{path} is called {} times", stage.calls(path).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stage.kill().await;
}

/// The organisation in the database, if there is one.
fn exported(stage: &Stage) -> Option<Value> {
    let mut export = command(stage.room.path(), &["export", "--db", "usher.db"]);
    let output = export.stdout(Stdio::piped()).stderr(Stdio::null()).output().unwrap();
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn a_first_copy_that_was_killed_goes_on_where_it_was() {
    let organisation = organisation();
    let mut stage = Stage::open("", &organisation).await;
    for path in [TREE, MEMBERS, APPROVAL] {
        slow(&stage, path, SLOWLY).await;
    }
    for (path, calls) in [(TREE, 15), (MEMBERS, 15), (MEMBERS, 35), (APPROVAL, 15)] {
        interrupt(&mut stage, path, calls).await;
        assert_eq!(exported(&stage), None, "half an organisation is none");
    }
    stage.start().await;
    // It is not read once more at once.
    stage.hear_nothing().await;
    let departments = organisation["departments"].as_array().unwrap().len() + 1;
    let state = stage.sim.control("state", Value::Null).await;
    let is_running = |approval: &&Value| approval["status"] == "RUNNING";
    let approvals = state["approvals"].as_object().unwrap().values().filter(is_running).count();
    for (path, all, kills) in [(TREE, departments, 1), (MEMBERS, departments, 2), (APPROVAL, approvals, 1)] {
        let calls = stage.calls(path).await;
        println!("{path}: {calls} calls for {all} readings, {kills} kills");
        assert!((all..=all + kills * LOST).contains(&calls), "{path}: {calls} calls for {all} readings");
    }
    stage.stop().await;
    let copy = exported(&stage).unwrap();
    let people = copy["people"].as_array().unwrap().iter().map(|person| person["id"].as_str().unwrap());
    let mut people: Vec<_> = people.collect();
    people.sort_unstable();
    assert_eq!(people, state["users"].as_object().unwrap().keys().collect::<Vec<_>>());
    assert_eq!(copy["departments"].as_array().unwrap().len(), departments);
    let copied = copy["approvals"].as_array().unwrap();
    assert_eq!(copied.iter().filter(|approval| approval["status"] == "pending").count(), approvals);
}

#[tokio::test]
async fn what_was_read_longer_ago_than_a_copy_may_be_old_is_read_again() {
    let mut stage = Stage::open("sync_every = \"2s\"", &organisation()).await;
    slow(&stage, MEMBERS, SLOWLY).await;
    interrupt(&mut stage, MEMBERS, 20).await;
    let diagnosis = diagnosis(stage.room.path(), "organisation").await;
    assert!(diagnosis["says"].as_str().unwrap().contains("`usher serve` goes on"), "{diagnosis}");
    let before = stage.calls(MEMBERS).await;
    stage.sim.control("console", json!({"delete": "member-0"})).await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    // Every walk begins with the root department: the next one begins late.
    slow(&stage, "/topapi/v2/department/get", 2_000).await;
    stage.start().await;
    let departments = organisation()["departments"].as_array().unwrap().len() + 1;
    assert_eq!(stage.calls(MEMBERS).await - before, departments);
}
