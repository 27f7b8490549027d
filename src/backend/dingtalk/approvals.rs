//! Approvals: found by their templates, read one by one, ended, and handed over.
//!
//! Nothing tells which approvals wait on somebody, only how many: what was read is kept, and counted against that. Each
//! call counts against the organisation's month (dingtalk-application-development-platform-billing-model).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};

use super::DingTalk;
use super::contacts::is_nobody;
use super::refusal::{failure, template_forbids, unknown};
use crate::dingtalk::{Error, list, number, text, texts};
use crate::domain::{
    Approval, ApprovalId, ApprovalStatus, ApprovalStep, CallFailure, Cancellable, PersonId, Sighting, Span,
    StepStatus, Timestamp, Unknown,
};

/// Approvals are listed for so long back without an end (obtain-an-approval-list-of-instance-ids).
const WINDOW: Span = Span::from_days(119);
/// Nothing can be ended so soon after it was asked (revoke-an-approval-instance).
const TOO_YOUNG: Span = Span::from_secs(15);
/// So long that may be why it can't be ended: the time of asking has no seconds, and two clocks differ.
const MAYBE_YOUNG: Span = Span::from_secs(90);
/// The longest remark.
const LONGEST_REMARK: usize = 1_000;
/// The most pages that are read of one template.
const MOST_PAGES: usize = 100;

/// What was read of approvals, and of whom it is known that they are here.
#[derive(Debug, Default)]
pub(super) struct Index(Mutex<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The approvals that ran when they were last read, with their open tasks.
    pub(super) running: BTreeMap<ApprovalId, Running>,
    /// People who were seen in the organisation.
    pub(super) people: BTreeSet<PersonId>,
}

#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) approval: Approval,
    /// Who has to decide, and the number of their task.
    pub(super) tasks: Vec<(PersonId, i64)>,
}

impl Index {
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, running: Running) {
        self.known().running.insert(running.approval.id.clone(), running);
    }
}

impl DingTalk {
    async fn new_call(&self, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
        self.client.call_new(method, path, &[], Some(body)).await
    }

    /// An approval as it stands; none where DingTalk knows of none (obtains-the-details-of-a-single-approval-instance-pop).
    pub(super) async fn read_approval(
        &self,
        id: &ApprovalId,
        template: Option<&str>,
    ) -> Result<Option<Approval>, Error> {
        let path = "/v1.0/workflow/processInstances";
        let query = [("processInstanceId", id.as_str())];
        let unclear = || Error::Unsure(format!("what DingTalk says of approval {id} can't be read"));
        let readable = async {
            let mut answer = self.client.call_new(Method::GET, path, &query, None).await?;
            let found = answer["result"].take();
            read(id, String::new(), &found).map(|_| found).ok_or_else(unclear)
        };
        let found = match self.readings.of(self.about("approval", id), readable).await {
            Ok(found) => found,
            Err(Error::Refused { code, .. })
                if matches!(
                    code.as_str(),
                    "processInstanceNotExist" | "processInstanceIdError" | "aflowProcessInstNotExist"
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let known = self.index.known().running.get(id).map(|running| running.approval.template.clone());
        let template = template.map(str::to_owned).or(known).unwrap_or_default();
        let running = read(id, template, &found).ok_or_else(unclear)?;
        let approval = running.approval.clone();
        match approval.status {
            ApprovalStatus::Pending => self.index.keep(running),
            _ => drop(self.index.known().running.remove(id)),
        }
        Ok(Some(approval))
    }

    /// An approval with everybody in it; nothing where there is none. Who has left is left out of its steps, for
    /// nobody can be told of them; one whose originator has left can't be shown at all.
    pub(super) async fn see_approval(
        &self,
        id: &ApprovalId,
        template: Option<&str>,
    ) -> Result<Vec<Sighting>, Unknown> {
        let Some(mut approval) = self.read_approval(id, template).await.map_err(|e| unknown(&e))? else {
            return Ok(Vec::new());
        };
        let mut seen = Vec::new();
        let people: BTreeSet<_> =
            approval.steps.iter().map(|step| &step.approver).chain([&approval.originator]).cloned().collect();
        for person in people {
            if self.index.known().people.contains(&person) {
                continue;
            }
            match self.person(&person).await?.as_slice() {
                [Sighting::PersonGone(_)] if person == approval.originator => {
                    let why =
                        format!("{person}, who asked for approval {id}, has left: see to it in the console");
                    return Err(Unknown(why));
                }
                [Sighting::PersonGone(_)] => approval.steps.retain(|step| step.approver != person),
                here => {
                    seen.extend_from_slice(here);
                    self.index.known().people.insert(person);
                }
            }
        }
        seen.push(Sighting::Approval(approval));
        Ok(seen)
    }

    /// The pending approvals that somebody asked for, and those that wait on them.
    pub(super) async fn approvals_about(&self, person: &PersonId) -> Result<Vec<Sighting>, Unknown> {
        let mut ids: BTreeMap<ApprovalId, String> = BTreeMap::new();
        for template in self.templates().await? {
            for id in self.running(&template, Some(person)).await? {
                ids.insert(id, template.clone());
            }
        }
        let waiting = self.tasks_waiting_on(person).await?;
        if self.waiting_on(person).len() < waiting {
            self.read_all_running().await?;
        }
        let found = self.waiting_on(person);
        if found.len() < waiting {
            let why = format!("{waiting} approvals wait on {person}, but only {} can be read", found.len());
            return Err(Unknown(why));
        }
        ids.extend(found.into_iter().map(|running| (running.approval.id, running.approval.template)));
        let mut seen = Vec::new();
        for (id, template) in ids {
            seen.extend(self.see_approval(&id, Some(&template)).await?);
        }
        Ok(seen)
    }

    /// Reads every running approval that is not known yet; gives the ids of all.
    pub(super) async fn read_all_running(&self) -> Result<Vec<ApprovalId>, Unknown> {
        let mut all = Vec::new();
        for template in self.templates().await? {
            let read = async {
                let ids = self.running(&template, None).await?;
                Ok(ids.iter().map(|id| json!(id.as_str())).collect())
            };
            let ids = self.readings.of(self.about("running", &template), read).await?;
            for id in texts(&ids).into_iter().map(ApprovalId::new) {
                let is_known = self.index.known().running.contains_key(&id);
                if !is_known {
                    self.read_approval(&id, Some(&template)).await.map_err(|error| unknown(&error))?;
                }
                all.push(id);
            }
        }
        let all_known: BTreeSet<_> = all.iter().cloned().collect();
        self.index.known().running.retain(|id, _| all_known.contains(id));
        Ok(all)
    }

    fn waiting_on(&self, person: &PersonId) -> Vec<Running> {
        let known = self.index.known();
        let waits = |running: &&Running| running.tasks.iter().any(|(who, _)| who == person);
        known.running.values().filter(waits).cloned().collect()
    }

    /// How many tasks of approvals wait on somebody (queries-the-number-of-requests-to-be-approved-by-users).
    pub(super) async fn tasks_waiting_on(&self, person: &PersonId) -> Result<usize, Unknown> {
        let path = "/v1.0/workflow/processes/todoTasks/numbers";
        let query = [("userId", person.as_str())];
        match self.client.call_new(Method::GET, path, &query, None).await {
            Ok(answer) => number(&answer["result"])
                .and_then(|count| usize::try_from(count).ok())
                .ok_or_else(|| Unknown(format!("how many approvals wait on {person} can't be read"))),
            Err(error) if is_nobody(&error) => Ok(0),
            Err(error) => Err(unknown(&error)),
        }
    }

    /// The codes of every template (obtains-a-list-of-approval-forms-visible-to-the-specified).
    async fn templates(&self) -> Result<Vec<String>, Unknown> {
        let path = "/v1.0/workflow/processes/userVisibilities/templates";
        let mut codes = Vec::new();
        let mut next = "0".to_owned();
        for _ in 0..MOST_PAGES {
            let query = [("maxResults", "100"), ("nextToken", next.as_str())];
            let answer = self.client.call_new(Method::GET, path, &query, None).await;
            let answer = answer.map_err(|error| unknown(&error))?;
            let result = &answer["result"];
            codes.extend(list(&result["processList"]).iter().filter_map(|form| text(&form["processCode"])));
            match text(&result["nextToken"]) {
                Some(token) if token != next => next = token,
                _ => return Ok(codes),
            }
        }
        Err(Unknown("the templates of approvals do not end".to_owned()))
    }

    /// The running approvals of a template, of one originator or of all (obtain-an-approval-list-of-instance-ids).
    async fn running(&self, template: &str, of: Option<&PersonId>) -> Result<Vec<ApprovalId>, Unknown> {
        let mut ids = Vec::new();
        let mut next = json!(0);
        for _ in 0..MOST_PAGES {
            let mut body = json!({
                "processCode": template,
                "startTime": (self.client.now() - WINDOW).as_millis(),
                "nextToken": next,
                "maxResults": 20,
                "statuses": ["RUNNING"],
            });
            if let Some(person) = of {
                body["userIds"] = json!([person.as_str()]);
            }
            let path = "/v1.0/workflow/processes/instanceIds/query";
            let answer = self.new_call(Method::POST, path, &body).await.map_err(|error| unknown(&error))?;
            ids.extend(texts(&answer["result"]["list"]).into_iter().map(ApprovalId::new));
            // It goes in as a number and comes back as a text.
            match number(&answer["result"]["nextToken"]) {
                Some(token) => next = json!(token),
                None => return Ok(ids),
            }
        }
        Err(Unknown(format!("the approvals of {template} do not end")))
    }

    /// Ends a running approval (revoke-an-approval-instance), and says in it who wanted that: the originator in their
    /// own name, an admin as the system.
    pub(super) async fn terminate(
        &self,
        approval: &Approval,
        by: &PersonId,
        reason: Option<&str>,
    ) -> Result<(), CallFailure> {
        if approval.created + TOO_YOUNG > self.client.now() {
            return Err(CallFailure::Later(TOO_YOUNG));
        }
        let remark: String = match reason {
            Some(reason) => format!("{by}: {reason}").chars().take(LONGEST_REMARK).collect(),
            None => format!("Usher: {by}"),
        };
        let mut body = json!({
            "processInstanceId": approval.id.as_str(),
            "isSystem": approval.originator != *by,
            "remark": remark,
        });
        if approval.originator == *by {
            body["operatingUserId"] = json!(by.as_str());
        }
        match self.new_call(Method::POST, "/v1.0/workflow/processInstances/terminate", &body).await {
            Ok(_) => {
                self.comment(&approval.id, by, &remark).await;
                Ok(())
            }
            Err(Error::Refused { code, .. })
                if code == "aflowProcessInstStatusException"
                    && approval.created + MAYBE_YOUNG > self.client.now() =>
            {
                Err(CallFailure::Later(TOO_YOUNG))
            }
            Err(Error::Refused { code, message, .. })
                if code == "internalError" || message.contains("820008") =>
            {
                Err(template_forbids())
            }
            Err(error) => Err(failure(&error)),
        }
    }

    /// Says in an approval that was ended who wanted that. It comes after the end, so that what is tried again is said
    /// once; the end's own remark says it too, so that nothing is lost without.
    async fn comment(&self, approval: &ApprovalId, by: &PersonId, remark: &str) {
        let comment = json!({
            "processInstanceId": approval.as_str(),
            "text": remark,
            "commentUserId": by.as_str(),
        });
        let path = "/v1.0/workflow/processInstances/comments";
        if let Err(error) = self.new_call(Method::POST, path, &comment).await {
            tracing::warn!(%approval, %error, "no comment could be left in the approval");
        }
    }

    /// Gives what waits on somebody to another (transfer-the-oa-approval-task): while they are still here, for it is
    /// done in their name.
    pub(super) async fn redirect_tasks(&self, from: &PersonId, to: &PersonId) -> Result<(), CallFailure> {
        self.read_all_running().await.map_err(|Unknown(why)| CallFailure::Unsure(why))?;
        for running in self.waiting_on(from) {
            for (_, task) in running.tasks.iter().filter(|(who, _)| who == from) {
                let body = json!({
                    "taskId": task,
                    "toUserId": to.as_str(),
                    "operateUserId": from.as_str(),
                    "remark": "Usher",
                });
                let done = self.new_call(Method::POST, "/v1.0/workflow/tasks/redirect", &body).await;
                done.map_err(|error| failure(&error))?;
            }
            self.index.known().running.remove(&running.approval.id);
        }
        Ok(())
    }
}

/// An approval as its details say; none where who asked is not told.
fn read(id: &ApprovalId, template: String, found: &Value) -> Option<Running> {
    let originator = PersonId::new(text(&found["originatorUserId"])?);
    let status = match (text(&found["status"])?.as_str(), text(&found["result"]).as_deref()) {
        ("RUNNING" | "NEW", _) => ApprovalStatus::Pending,
        ("COMPLETED", Some("refuse")) => ApprovalStatus::Rejected,
        ("COMPLETED", _) => ApprovalStatus::Approved,
        ("TERMINATED" | "CANCELED", _) => ApprovalStatus::Cancelled,
        // What is not known is not taken for an end.
        _ => return None,
    };
    let (mut steps, mut tasks) = (Vec::new(), Vec::new());
    for task in list(&found["tasks"]) {
        let Some(approver) = text(&task["userId"]).map(PersonId::new) else { continue };
        let status = match (text(&task["status"]).as_deref(), text(&task["result"]).as_deref()) {
            (Some("COMPLETED"), Some("AGREE" | "agree")) => StepStatus::Approved,
            (Some("COMPLETED"), Some("REFUSE" | "refuse")) => StepStatus::Rejected,
            (Some("RUNNING" | "NEW" | "PAUSED"), _) => StepStatus::Pending,
            // Handed on, or no longer needed.
            _ => continue,
        };
        if let (StepStatus::Pending, Some(number)) = (status, number(&task["taskId"])) {
            tasks.push((approver.clone(), number));
        }
        let at = text(&task["finishTime"]).and_then(|at| Timestamp::parse(&at));
        steps.push(ApprovalStep { approver, status, at: at.filter(|_| status != StepStatus::Pending) });
    }
    let approval = Approval {
        id: id.clone(),
        template,
        title: text(&found["title"]).unwrap_or_else(|| id.to_string()),
        originator,
        status,
        created: text(&found["createTime"]).and_then(|at| Timestamp::parse(&at))?,
        // Whether the template's switch allows it is seen when it is tried.
        cancellable_by: Cancellable::OriginatorOrAdmin,
        steps,
    };
    Some(Running { approval, tasks })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::domain::{ApprovalId, ApprovalStatus, StepStatus, Timestamp};

    fn details(change: impl FnOnce(&mut Value)) -> Value {
        let mut details = json!({
            "title": "Li's leave", "status": "RUNNING", "result": "", "createTime": "2026-08-01T02:00Z",
            "originatorUserId": "u-li", "originatorDeptId": "-1",
            "tasks": [
                {"taskId": 1, "userId": "u-a", "status": "COMPLETED", "result": "AGREE", "finishTime": "2026-08-01T03:00Z"},
                {"taskId": "2", "userId": "u-b", "status": "COMPLETED", "result": "REDIRECTED"},
                {"taskId": 3, "userId": "u-c", "status": "RUNNING", "result": "NONE"},
            ],
        });
        change(&mut details);
        details
    }

    #[test]
    fn an_approval_is_read_with_times_without_seconds_and_tasks_that_were_handed_on() {
        let running = read(&ApprovalId::new("p"), "PROC-1".to_owned(), &details(|_| {})).unwrap();
        assert_eq!(running.approval.created, Timestamp::parse("2026-08-01T02:00:00Z").unwrap());
        let steps: Vec<_> =
            running.approval.steps.iter().map(|step| (step.approver.as_str(), step.status)).collect();
        assert_eq!(steps, [("u-a", StepStatus::Approved), ("u-c", StepStatus::Pending)]);
        assert_eq!(running.tasks[0].1, 3);
    }

    #[test]
    fn a_status_that_is_not_known_is_no_end() {
        let status = |status: &str, result: &str| {
            let details = details(|d| (d["status"], d["result"]) = (json!(status), json!(result)));
            read(&ApprovalId::new("p"), String::new(), &details).map(|running| running.approval.status)
        };
        assert_eq!(status("COMPLETED", "agree"), Some(ApprovalStatus::Approved));
        assert_eq!(status("COMPLETED", "refuse"), Some(ApprovalStatus::Rejected));
        assert_eq!(status("TERMINATED", ""), Some(ApprovalStatus::Cancelled));
        assert_eq!(status("SOMETHING_NEW", ""), None);
    }
}
