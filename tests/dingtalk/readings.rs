//! What the backend makes of single answers of the platform: one that says too little shows nothing, and is no "none".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher::adapter::dingtalk::{Mouth, Robot, Webhooks};
use usher::adapter::{Sink, Undelivered};
use usher::backend::Backend;
use usher::backend::dingtalk::{DingTalk, Known};
use usher::dingtalk::Client;
use usher::domain::{
    ApprovalId, CallFailure, Change, Code, Conversation, Delivery, DepartmentId, Evidence, Grant, Job, Level,
    Permissions, PersonId, Sighting, Span, Target, Timestamp, Unknown,
};

use crate::dingtalk_sim::{self, CLIENT_ID, CORP_ID, Sim};
use crate::stage::{client, demo, demo_with};

const TEMPLATES: &str = "/v1.0/workflow/processes/userVisibilities/templates";

/// The platform, and what reads it.
struct Reading {
    sim: Sim,
    client: Arc<Client>,
    dingtalk: DingTalk,
}

impl Reading {
    async fn of(organisation: &Value) -> Self {
        let sim = Sim::start(0, organisation).await;
        let client = client(&sim);
        let dingtalk = DingTalk::new(client.clone(), CORP_ID.to_owned(), false);
        Self { sim, client, dingtalk }
    }

    /// The next call of this path is answered so.
    async fn answers(&self, path: &str, body: Value) {
        let fault = json!({"path": path, "kind": "answer", "status": 200, "body": body});
        self.sim.control("fault", fault).await;
    }

    async fn check(&self, step: Change) -> Result<Evidence, Unknown> {
        self.dingtalk.check(&job(step)).await
    }

    async fn state(&self) -> Value {
        self.sim.control("state", Value::Null).await
    }
}

fn id(id: &str) -> PersonId {
    PersonId::new(id)
}

fn job(step: Change) -> Job {
    Job { code: Code::from_bits(1), position: 0, requester: id("alice"), step }
}

#[tokio::test]
async fn a_list_of_admins_that_is_empty_or_half_read_does_not_show_that_somebody_is_none() {
    let reading = Reading::of(&demo()).await;
    let revoked = || Change::AdminRevoked { person: id("sam") };
    for list in [json!([]), json!([{"userid": "alice", "sys_level": 1}, {"userid": "sam"}]), Value::Null] {
        reading.answers("/topapi/user/listadmin", json!({"errcode": 0, "result": list})).await;
        assert!(reading.check(revoked()).await.is_err(), "{list}");
    }
    assert_eq!(reading.check(revoked()).await, Ok(Evidence::NotYet));
    reading.sim.control("console", json!({"revoke_admin": "sam", "event": false})).await;
    assert_eq!(reading.check(revoked()).await, Ok(Evidence::Done));
}

#[tokio::test]
async fn rights_of_another_level_are_not_those_that_were_to_be_given() {
    let reading = Reading::of(&demo()).await;
    let granted = |level| {
        let grant = Grant { level, departments: Vec::new(), permissions: Permissions::default() };
        Change::AdminGranted { person: id("sam"), grant }
    };
    assert_eq!(reading.check(granted(Level::Main)).await, Ok(Evidence::NotYet), "he is a sub admin");
    assert_eq!(reading.check(granted(Level::Sub)).await, Ok(Evidence::Done));
}

#[tokio::test]
async fn a_department_keeps_its_other_heads_and_has_its_new_one_before_it_is_done() {
    let mut organisation = demo();
    let second = json!({"person": "erin", "department": "rd"});
    organisation["supervisors"].as_array_mut().unwrap().push(second);
    let reading = Reading::of(&organisation).await;
    let changed = |to: Option<&str>| Change::SupervisorChanged {
        department: DepartmentId::new("105"),
        from: id("frank"),
        to: to.map(id),
    };
    assert_eq!(reading.check(changed(Some("grace"))).await, Ok(Evidence::NotYet));
    // Somebody else has taken the old one away.
    let without = json!({"errcode": 0, "result": {"dept_id": 105, "dept_manager_userid_list": ["erin"]}});
    reading.answers("/topapi/v2/department/get", without).await;
    assert_eq!(reading.check(changed(Some("grace"))).await, Ok(Evidence::NotYet), "the new one is missing");
    reading.dingtalk.call(&job(changed(Some("grace")))).await.unwrap();
    let heads: BTreeSet<_> =
        reading.state().await["heads"]["105"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(heads, ["\"erin\"", "\"grace\""].map(str::to_owned).into());
    assert_eq!(reading.check(changed(Some("grace"))).await, Ok(Evidence::Done));
}

/// The demo, in which two approvals wait on Frank.
fn with_two_that_wait_on_frank() -> Value {
    demo_with("A-3001", "bob", "frank")
}

#[tokio::test]
async fn everything_that_waits_on_somebody_is_handed_over() {
    let reading = Reading::of(&with_two_that_wait_on_frank()).await;
    let handed_over = || Change::HandedOver { from: id("frank"), to: id("zoe") };
    assert_eq!(reading.check(handed_over()).await, Ok(Evidence::NotYet));
    reading.dingtalk.call(&job(handed_over())).await.unwrap();
    assert_eq!(reading.check(handed_over()).await, Ok(Evidence::Done));
    let to_zoe = Change::HandedOver { from: id("zoe"), to: id("frank") };
    assert_eq!(reading.check(to_zoe).await, Ok(Evidence::NotYet), "they wait on her now");
}

#[tokio::test]
async fn what_waits_and_can_not_be_read_is_not_taken_for_nothing() {
    let reading = Reading::of(&with_two_that_wait_on_frank()).await;
    let frank = Target::Person(id("frank"));
    let seen = reading.dingtalk.look_up(&frank).await.unwrap();
    let approvals = seen.iter().filter(|seen| matches!(seen, Sighting::Approval(_))).count();
    assert_eq!(approvals, 2, "{seen:?}");
    // Of three only two can be read: what the third is, nobody can say.
    reading.answers("/v1.0/workflow/processes/todoTasks/numbers", json!({"result": 3})).await;
    assert!(reading.dingtalk.look_up(&frank).await.is_err());
    reading.answers("/v1.0/workflow/processes/todoTasks/numbers", json!({"result": {}})).await;
    assert!(reading.dingtalk.look_up(&frank).await.is_err());
}

#[tokio::test]
async fn who_is_not_met_on_the_walk_is_gone_only_when_nobody_has_that_id() {
    let reading = Reading::of(&demo()).await;
    let whole = reading.dingtalk.walk(&Known::default(), &|_| ()).await.unwrap();
    let gone = |seen: &[Sighting]| -> Vec<_> {
        let gone = seen.iter().filter_map(|seen| match seen {
            Sighting::PersonGone(id) => Some(id.to_string()),
            _ => None,
        });
        gone.collect()
    };
    assert!(whole.known().people.contains(&id("bob")) && gone(&whole.sightings()).is_empty());
    // A department shows none of its members: they are read one by one.
    reading.sim.control("console", json!({"delete": "carol"})).await;
    let nobody = json!({"errcode": 0, "result": {"list": [], "has_more": false}});
    for _ in &whole.known().departments {
        reading.answers("/topapi/v2/user/list", nobody.clone()).await;
    }
    let walked = reading.dingtalk.walk(&whole.known(), &|_| ()).await.unwrap();
    assert!(!walked.known().people.contains(&id("bob")), "nobody is met");
    assert_eq!(gone(&walked.sightings()), ["carol"]);
}

#[tokio::test]
async fn an_answer_that_is_no_object_says_nothing_of_an_approval() {
    let reading = Reading::of(&demo()).await;
    let approval = Target::Approval(ApprovalId::new("A-1001"));
    for body in [json!([]), json!(true), json!("maintenance"), Value::Null, json!({"result": []})] {
        reading.answers("/v1.0/workflow/processInstances", body.clone()).await;
        assert!(reading.dingtalk.look_up(&approval).await.is_err(), "{body}");
    }
    assert!(reading.dingtalk.look_up(&approval).await.is_ok());
}

/// Reads while two people's rights end at the console: after people were read, and before approvals are, which come late.
async fn while_rights_end<T>(reading: &Reading, read: impl Future<Output = T>) -> T {
    let slow = json!({"path": TEMPLATES, "kind": "delay", "delay_ms": 500});
    reading.sim.control("fault", slow).await;
    let revoked = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let calls = reading.sim.control("calls", Value::Null).await.to_string();
        assert!(calls.contains("/topapi/v2/") && !calls.contains(TEMPLATES), "it reads: {calls}");
        reading.sim.control("console", json!({"revoke_admin": "sam", "event": false})).await;
        reading.sim.control("console", json!({"owner": "mei", "event": false})).await;
    };
    tokio::join!(read, revoked).0
}

fn is_admin(seen: &[Sighting], person: &str) -> bool {
    let admins = seen.iter().rev().find_map(|seen| match seen {
        Sighting::Admins(admins) => Some(admins),
        _ => None,
    });
    admins.unwrap().iter().any(|(admin, _)| *admin == id(person))
}

#[tokio::test]
async fn rights_that_end_while_everything_is_read_do_not_come_back_with_it() {
    let reading = Reading::of(&demo()).await;
    let nobody = Known::default();
    let walked = while_rights_end(&reading, reading.dingtalk.walk(&nobody, &|_| ())).await.unwrap();
    assert!(is_admin(&walked.sightings(), "alice") && !is_admin(&walked.sightings(), "sam"));
    assert!(walked.sightings().contains(&Sighting::Owner(id("mei"))), "the ownership was passed on");
}

#[tokio::test]
async fn rights_that_end_while_somebody_is_looked_up_do_not_come_back_with_it() {
    let reading = Reading::of(&demo()).await;
    let bob = Target::Person(id("bob"));
    let seen = while_rights_end(&reading, reading.dingtalk.look_up(&bob)).await.unwrap();
    assert!(is_admin(&seen, "alice") && !is_admin(&seen, "sam"));
}

#[tokio::test]
async fn an_end_that_is_refused_is_tried_again_only_while_the_approval_may_be_too_young() {
    let mut organisation = demo();
    for (approval, age) in [("A-4001", Span::from_secs(20)), ("A-4002", Span::from_mins(5))] {
        let created = Timestamp::from_millis(dingtalk_sim::now()) - age;
        organisation["approvals"].as_array_mut().unwrap().push(json!({
            "id": approval, "template": "expense", "title": "显示器", "originator": "bob", "status": "pending",
            "created": created.rfc3339("UTC"), "cancellable_by": "originator_or_admin",
            "steps": [{"approver": "mei", "status": "pending"}],
        }));
    }
    let reading = Reading::of(&organisation).await;
    let end = |approval: &str| {
        let (approval, at) = (ApprovalId::new(approval), Timestamp::from_millis(0));
        job(Change::ApprovalCancelled { approval, by: id("alice"), at, reason: None })
    };
    let refusal = json!({
        "path": "/v1.0/workflow/processInstances/terminate", "kind": "answer", "status": 400, "times": 2,
        "body": {"code": "aflowProcessInstStatusException", "message": "实例状态不正确"},
    });
    reading.sim.control("fault", refusal).await;
    let (young, old) =
        (reading.dingtalk.call(&end("A-4001")).await, reading.dingtalk.call(&end("A-4002")).await);
    assert!(matches!(young, Err(CallFailure::Later(_))), "{young:?}");
    assert!(matches!(old, Err(CallFailure::Refused { .. })), "{old:?}");
    assert_eq!(reading.dingtalk.call(&end("A-4001")).await, Ok(()));
    let records = reading.state().await["approvals"]["A-4001"]["records"].clone();
    let comments = records.as_array().unwrap().iter().filter(|record| record["type"] == "ADD_REMARK");
    assert_eq!(comments.count(), 1, "however often it is tried, it is said once: {records}");
}

#[tokio::test]
async fn whom_an_answer_of_success_names_has_not_got_the_message() {
    let reading = Reading::of(&demo()).await;
    let robot = Robot { code: CLIENT_ID.to_owned(), cards: None };
    let mouth = Mouth::new(reading.client.clone(), Arc::new(Webhooks::default()), robot, BTreeMap::new());
    let now = Timestamp::from_millis(dingtalk_sim::now());
    let letter = Delivery {
        id: 1,
        to: Conversation::Direct(id("alice")),
        kind: "notice".to_owned(),
        fields: "{}".to_owned(),
        text: "words".to_owned(),
        in_reply_to: None,
        attachment: None,
        attempts: 0,
        created: now,
        queued_at: now,
    };
    let send = "/v1.0/robot/oToMessages/batchSend";
    reading.answers(send, json!({"flowControlledStaffIdList": ["alice"]})).await;
    let later = mouth.deliver(&letter).await;
    assert!(
        matches!(&later, Err(Undelivered::Later { pause: Some(pause), .. }) if *pause == Span::from_mins(1)),
        "{later:?}"
    );
    reading.answers(send, json!({"invalidStaffIdList": ["alice"]})).await;
    let never = mouth.deliver(&letter).await;
    assert!(matches!(never, Err(Undelivered::Never(_))), "{never:?}");
    reading.answers(send, json!({"invalidStaffIdList": ["bob"], "flowControlledStaffIdList": []})).await;
    assert!(mouth.deliver(&letter).await.is_ok(), "nobody else counts");
}
