//! What `usher doctor` asks DingTalk: whether the application may do what Usher needs, and what to mend if not.

use reqwest::Method;
use serde_json::Value;

use super::doctor::{Check, Finding, Health};
use super::{Failure, platform, world};
use crate::config::{Config, DingTalk as Settings, Holder};
use crate::dingtalk::{Client, Error};
use crate::domain::{Conversation, Directory, Fault, Memory, TOPICS, Timestamp};
use crate::store::{Reader, Tx};

/// A clock that is off by more milliseconds than this makes signatures fail at some time.
const MOST_SKEW: i64 = 60_000;

/// One right that Usher needs, and a call that shows whether it is there and changes nothing: with the right, the answer
/// is that there is no such person, approval or card, or that this department is nobody's to change. Nothing reads by the
/// right to change the address book, and no call that deletes is made: an organisation chooses its people's ids.
#[derive(Clone, Copy)]
struct Right {
    point: &'static str,
    purpose: &'static str,
    method: &'static str,
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
    /// The body, as JSON; the robot's code goes where `ROBOT` stands.
    body: &'static str,
}

const fn right(point: &'static str, purpose: &'static str, path: &'static str, body: &'static str) -> Right {
    Right { point, purpose, method: "POST", path, query: &[], body }
}

/// What Usher needs to speak.
const TO_SPEAK: [Right; 1] = [right(
    "qyapi_robot_sendmsg",
    "send messages",
    "/v1.0/robot/oToMessages/batchSend",
    r#"{"robotCode": "ROBOT", "userIds": ["usher-doctor-nobody"], "msgKey": "sampleText", "msgParam": "{\"content\":\"-\"}"}"#,
)];

/// What it needs for confirmations as cards.
const FOR_CARDS: [Right; 1] = [Right {
    method: "PUT",
    ..right(
        "Card.Instance.Write",
        "show confirmations as cards",
        "/v1.0/card/instances",
        r#"{"outTrackId": "usher-doctor", "cardData": {"cardParamMap": {"state": "closed"}}}"#,
    )
}];

/// What it needs where the organisation is DingTalk's.
const FOR_A_COPY: [Right; 7] = [
    right("qyapi_get_department_list", "read departments", "/topapi/v2/department/get", r#"{"dept_id": 1}"#),
    right(
        "qyapi_get_department_member",
        "read members",
        "/topapi/v2/user/list",
        r#"{"dept_id": 1, "cursor": 0, "size": 1}"#,
    ),
    right("qyapi_get_member", "read people and admins", "/topapi/user/listadmin", "{}"),
    right(
        "qyapi_manage_addresslist",
        "delete people and change heads of departments",
        // The root department can't be updated (address-book-update-department), and no field of it is sent.
        "/topapi/v2/department/update",
        r#"{"dept_id": 1}"#,
    ),
    Right {
        method: "GET",
        query: &[("maxResults", "1"), ("nextToken", "0")],
        ..right(
            "Workflow.Form.Read",
            "find approvals",
            "/v1.0/workflow/processes/userVisibilities/templates",
            "",
        )
    },
    Right {
        method: "GET",
        query: &[("processInstanceId", "usher-doctor")],
        ..right("Workflow.Instance.Read", "read approvals", "/v1.0/workflow/processInstances", "")
    },
    right(
        "Workflow.Instance.Write",
        "cancel approvals",
        "/v1.0/workflow/processInstances/terminate",
        r#"{"processInstanceId": "usher-doctor", "isSystem": true}"#,
    ),
];

/// Every check of the platform.
pub(super) fn checks(config: &Config, reader: Option<&Reader>) -> Vec<Check> {
    let client = match platform::client(&config.dingtalk) {
        Ok(client) => client,
        Err(Failure::Usage(why) | Failure::Failed(why)) => {
            return vec![Check::new("dingtalk", (Health::Fail, why))];
        }
    };
    let mut checks = match world::runtime() {
        Ok(runtime) => runtime.block_on(ask(config, &client)),
        Err(Failure::Usage(why) | Failure::Failed(why)) => {
            return vec![Check::new("dingtalk", (Health::Fail, why))];
        }
    };
    if let Some(reader) = reader {
        checks.extend(reader.read(|tx| remembered(tx, config)).unwrap_or_default());
    }
    checks
}

async fn ask(config: &Config, client: &Client) -> Vec<Check> {
    let mut checks = vec![Check::new("credentials", credentials(client).await)];
    if checks[0].health == Health::Fail {
        return checks;
    }
    checks.push(Check::new("time", skew(client).await));
    let settings = &config.dingtalk;
    if !settings.listen.is_empty() {
        checks.push(Check::new("callbacks", callbacks(settings)));
    }
    let mut needed = Vec::from(TO_SPEAK);
    if !settings.card_template.is_empty() {
        needed.extend(FOR_CARDS);
    }
    if settings.holder == Holder::DingTalk {
        needed.extend(FOR_A_COPY);
    }
    for right in needed {
        checks.push(Check::new(right.point, granted(client, &right, settings.robot()).await));
    }
    checks
}

/// Whether the platform takes the Client ID and Secret, as for a Stream connection.
async fn credentials(client: &Client) -> Finding {
    match client.open_stream(&[("CALLBACK", "/v1.0/im/bot/messages/get")]).await {
        Ok(_) => (
            Health::Good,
            "the Client ID and Secret are taken, and a Stream connection is offered".to_owned(),
        ),
        Err(error @ Error::Unreachable(_)) => (
            Health::Fail,
            format!(
                "{error}: let this machine reach api.dingtalk.com and wss-open-connection.dingtalk.com, port 443"
            ),
        ),
        Err(error) => (
            Health::Fail,
            format!(
                "{error}: compare Client ID and Secret with the console, choose Stream mode there, and publish the application"
            ),
        ),
    }
}

/// What comes in the HTTP mode.
fn callbacks(settings: &Settings) -> Finding {
    let listen = &settings.listen;
    match platform::envelope(settings) {
        Err(Failure::Usage(why) | Failure::Failed(why)) => (Health::Fail, why),
        Ok(None) if settings.holder == Holder::DingTalk => (
            Health::Warn,
            "no events come, so that changes show late: choose HTTP push in the console under event subscription, \
             and set `dingtalk.event_aes_key_file` and `dingtalk.event_token_file`"
                .to_owned(),
        ),
        Ok(_) if !settings.card_template.is_empty() && settings.public_url.is_empty() => {
            (Health::Warn, "confirmations are no cards: set `dingtalk.public_url`".to_owned())
        }
        Ok(_) => (Health::Good, format!("what DingTalk posts is taken at {listen}")),
    }
}

/// How far this machine's clock is from the platform's, by the date of an answer.
async fn skew(client: &Client) -> Finding {
    let before = world::now();
    match client.server_time().await {
        Ok(Some(there)) => judge_skew(there, before),
        Ok(None) => (Health::Warn, "DingTalk does not tell its time".to_owned()),
        Err(error) => (Health::Warn, error.to_string()),
    }
}

fn judge_skew(there: Timestamp, here: Timestamp) -> Finding {
    let off = (here - there).as_millis();
    match off.abs() > MOST_SKEW {
        true => (Health::Fail, format!("this machine's clock is {} s off DingTalk's: set it", off / 1_000)),
        false => (Health::Good, "this machine's clock agrees with DingTalk's".to_owned()),
    }
}

/// Whether the application has a right: any answer shows it but a refusal of the right itself.
async fn granted(client: &Client, right: &Right, robot: &str) -> Finding {
    let Right { purpose, method, path, query, body, .. } = right;
    let body: Option<Value> = serde_json::from_str(&body.replace("ROBOT", robot)).ok();
    let answer = match path.starts_with("/v1.0/") {
        true => {
            let method = method.parse().unwrap_or(Method::POST);
            client.call_new(method, path, query, body.as_ref()).await
        }
        false => client.call_old(path, &body.unwrap_or_default()).await,
    };
    match answer {
        Err(error) if error.is_permission() => {
            let console = "grant it in the developer console under permission management, and see that everybody is in \
                           the application's visible scope";
            (Health::Fail, format!("missing, needed to {purpose}: {console} ({error})"))
        }
        Err(Error::Refused { code, message, .. })
            if code.contains("robotCode") || code == "chatbotId.notAllow.sendOTO" =>
        {
            (
                Health::Fail,
                format!(
                    "{message} ({code}): see that the application has a robot, and `dingtalk.robot_code` is its code"
                ),
            )
        }
        Err(error @ (Error::Misconfigured(_) | Error::QuotaSpent)) => (Health::Fail, error.to_string()),
        Err(error @ (Error::Unreachable(_) | Error::Unsure(_) | Error::Throttled(_))) => {
            (Health::Warn, format!("it could not be seen ({error}); needed to {purpose}"))
        }
        Ok(_) | Err(Error::Refused { .. }) => (Health::Good, format!("granted, to {purpose}")),
    }
}

/// What the database tells of the platform: the month's calls, and groups that could not be written to.
fn remembered(tx: &Tx<'_>, config: &Config) -> Result<Vec<Check>, Fault> {
    let zone = tx.organisation()?.timezone.clone();
    let month = world::now().month(&zone);
    let (calls, limit) = (tx.usage(&month)?.calls, u64::from(config.dingtalk.monthly_calls));
    let says = format!("{calls} of {limit} counted calls are used in {month}");
    let quota = match calls.saturating_mul(100) {
        used if used >= limit * 100 => {
            (Health::Fail, format!("{says}: buy more, or raise `dingtalk.monthly_calls`"))
        }
        used if used >= limit * crate::domain::Usage::WARN_AT => {
            (Health::Warn, format!("{says}: they run out"))
        }
        _ => (Health::Good, says),
    };
    let mut bound = std::collections::BTreeSet::new();
    for topic in TOPICS {
        bound.extend(tx.groups_bound_to(topic)?);
    }
    let dead: Vec<_> = tx
        .letters(100)?
        .into_iter()
        .filter(|letter| letter.state == crate::domain::LetterState::Dead)
        .filter_map(|letter| match letter.to {
            Conversation::Group(group) => Some(group.to_string()),
            Conversation::Direct(_) => None,
        })
        .collect();
    let groups = match dead.first() {
        Some(_) => (
            Health::Warn,
            format!(
                "could not be written to: {}: add the robot to the group, then `/notices`",
                dead.join(", ")
            ),
        ),
        None if bound.is_empty() => {
            (Health::Warn, "no group gets notices: type `/notify-here departure` in one".to_owned())
        }
        None => (Health::Good, format!("{} get notices", bound.len())),
    };
    Ok(vec![Check::new("quota", quota), Check::new("groups", groups)])
}

#[cfg(test)]
mod tests {
    use super::{Health, judge_skew};
    use crate::domain::Timestamp;

    #[test]
    fn a_clock_is_off_in_either_direction() {
        let at = Timestamp::from_millis;
        assert_eq!(judge_skew(at(0), at(60_000)).0, Health::Good);
        assert_eq!(judge_skew(at(0), at(60_001)).0, Health::Fail);
        assert_eq!(judge_skew(at(60_001), at(0)).0, Health::Fail);
    }
}
