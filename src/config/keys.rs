//! The table of settings: what each is called, what it is for, and what form its value has.

use toml::Value;

use super::{Config, Holder};
use crate::domain::Span;

/// One setting.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What it is for, in English and in Chinese.
    pub(super) about: [&'static str; 2],
    pub(super) get: fn(&Config) -> Value,
    pub(super) set: fn(&mut Config, &Value) -> Result<(), String>,
}

/// Every setting, by name.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "audit.head_file",
        about: [
            "A file, best on another disk, that notes the audit log's newest entry: by it a cut log is known.",
            "在数据库之外记录最新一条审计的文件（最好在另一块盘上），用来发现审计记录被截断。",
        ],
        get: |config| config.head_file.clone().into(),
        set: |config, value| line(value).map(|path| config.head_file = path),
    },
    Key {
        name: "auth.lock",
        about: [
            "For how long somebody who gave too many wrong secrets can give none.",
            "多次输错密码或验证码后锁定多久。",
        ],
        get: |config| text(config.policy.lock),
        set: |config, value| span(value).map(|span| config.policy.lock = span),
    },
    Key {
        name: "auth.require",
        about: [
            "The operations that need a password or a one-time code, besides the confirmation.",
            "除确认外还要验证密码或验证码的操作。",
        ],
        get: |config| config.policy.require_secret.clone().into(),
        set: |config, value| verbs(value).map(|verbs| config.policy.require_secret = verbs),
    },
    Key {
        name: "auth.tries",
        about: ["How many wrong secrets end an operation.", "一次操作中输错几次就终止该操作。"],
        get: |config| config.policy.tries.into(),
        set: |config, value| count(value).map(|count| config.policy.tries = count),
    },
    Key {
        name: "confirm.secret_ttl",
        about: ["For how long a password or a one-time code is waited for.", "等待输入密码或验证码的时间。"],
        get: |config| text(config.policy.secret_ttl),
        set: |config, value| span(value).map(|span| config.policy.secret_ttl = span),
    },
    Key {
        name: "confirm.ttl",
        about: ["For how long a confirmation is waited for.", "等待确认的时间。"],
        get: |config| text(config.policy.confirm_ttl),
        set: |config, value| span(value).map(|span| config.policy.confirm_ttl = span),
    },
    Key {
        name: "dingtalk.api",
        about: ["The host of DingTalk's new calls.", "钉钉新版接口的地址。"],
        get: |config| config.dingtalk.api.clone().into(),
        set: |config, value| host(value).map(|host| config.dingtalk.api = host),
    },
    Key {
        name: "dingtalk.card_template",
        about: [
            "The card template of confirmations; without one they are messages.",
            "确认卡片的模板 ID；不填则用普通消息确认。",
        ],
        get: |config| config.dingtalk.card_template.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.card_template = text),
    },
    Key {
        name: "dingtalk.client_id",
        about: [
            "The application's Client ID (AppKey); empty when Usher is not on DingTalk.",
            "应用的 Client ID（AppKey）；不接入钉钉则留空。",
        ],
        get: |config| config.dingtalk.client_id.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.client_id = text),
    },
    Key {
        name: "dingtalk.client_secret_file",
        about: [
            "The file with the Client Secret, unless USHER_DINGTALK_CLIENT_SECRET holds it.",
            "存放 Client Secret 的文件；也可以用环境变量 USHER_DINGTALK_CLIENT_SECRET。",
        ],
        get: |config| config.dingtalk.client_secret_file.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.client_secret_file = text),
    },
    Key {
        name: "dingtalk.corp_id",
        about: [
            "The organisation's CorpId: nobody of another organisation is listened to.",
            "企业的 CorpId；其他企业的人一律不理会。",
        ],
        get: |config| config.dingtalk.corp_id.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.corp_id = text),
    },
    Key {
        name: "dingtalk.custom_robots_file",
        about: [
            "A JSON file of groups with a custom robot: {\"GROUP\": {\"url\": \"…\", \"secret\": \"SEC…\"}}.",
            "使用自定义机器人的群（JSON 文件）：{\"群 ID\": {\"url\": \"…\", \"secret\": \"SEC…\"}}。",
        ],
        get: |config| config.dingtalk.custom_robots_file.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.custom_robots_file = text),
    },
    Key {
        name: "dingtalk.event_aes_key_file",
        about: [
            "The file with the aes_key of events pushed by HTTP, unless USHER_DINGTALK_EVENT_AES_KEY holds it.",
            "存放 HTTP 事件推送加密 aes_key 的文件；也可以用环境变量 USHER_DINGTALK_EVENT_AES_KEY。",
        ],
        get: |config| config.dingtalk.event_aes_key_file.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.event_aes_key_file = text),
    },
    Key {
        name: "dingtalk.event_token_file",
        about: [
            "The file with the token of events pushed by HTTP, unless USHER_DINGTALK_EVENT_TOKEN holds it.",
            "存放 HTTP 事件推送签名 token 的文件；也可以用环境变量 USHER_DINGTALK_EVENT_TOKEN。",
        ],
        get: |config| config.dingtalk.event_token_file.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.event_token_file = text),
    },
    Key {
        name: "dingtalk.hr",
        about: [
            "Whether people are deleted by the HR call (Smart HR), which hands their approvals and documents over.",
            "是否通过智能人事办理离职，同时交接审批和文档。",
        ],
        get: |config| config.dingtalk.hr.into(),
        set: |config, value| truth(value).map(|truth| config.dingtalk.hr = truth),
    },
    Key {
        name: "dingtalk.listen",
        about: [
            "The address to listen at for DingTalk's HTTP callbacks, behind HTTPS; empty for a Stream connection.",
            "HTTP 回调模式的监听地址（前面须有 HTTPS）；留空则使用 Stream 模式。",
        ],
        get: |config| config.dingtalk.listen.clone().into(),
        set: |config, value| address(value).map(|text| config.dingtalk.listen = text),
    },
    Key {
        name: "dingtalk.monthly_calls",
        about: [
            "How many counted calls the organisation has in a month; the owner is told before they run out.",
            "企业每月的接口调用额度；快用完时私信提醒企业主。",
        ],
        get: |config| config.dingtalk.monthly_calls.into(),
        set: |config, value| count(value).map(|count| config.dingtalk.monthly_calls = count),
    },
    Key {
        name: "dingtalk.oapi",
        about: ["The host of DingTalk's old calls.", "钉钉旧版接口的地址。"],
        get: |config| config.dingtalk.oapi.clone().into(),
        set: |config, value| host(value).map(|host| config.dingtalk.oapi = host),
    },
    Key {
        name: "dingtalk.organisation",
        about: [
            "Who holds the organisation: \"embedded\", this database; or \"dingtalk\", of which it keeps a copy.",
            "组织架构以谁为准：\"embedded\" 本数据库；\"dingtalk\" 钉钉通讯录（本地只存副本）。",
        ],
        get: |config| holder_text(config.dingtalk.holder),
        set: |config, value| holder(value).map(|holder| config.dingtalk.holder = holder),
    },
    Key {
        name: "dingtalk.public_url",
        about: [
            "The address at which DingTalk reaches dingtalk.listen; without one, confirmations there are no cards.",
            "钉钉访问 dingtalk.listen 的公网地址；HTTP 模式下不填则用普通消息确认。",
        ],
        get: |config| config.dingtalk.public_url.clone().into(),
        set: |config, value| host_or_none(value).map(|host| config.dingtalk.public_url = host),
    },
    Key {
        name: "dingtalk.robot_code",
        about: ["The robot's code; empty when it is the Client ID.", "机器人编码；与 Client ID 相同则留空。"],
        get: |config| config.dingtalk.robot_code.clone().into(),
        set: |config, value| line(value).map(|text| config.dingtalk.robot_code = text),
    },
    Key {
        name: "dingtalk.sync_every",
        about: [
            "How often the whole organisation is read again from DingTalk.",
            "每隔多久从钉钉完整同步一次组织架构。",
        ],
        get: |config| text(config.dingtalk.sync_every),
        set: |config, value| span(value).map(|span| config.dingtalk.sync_every = span),
    },
    Key {
        name: "followup.items",
        about: [
            "What is left to do after somebody left; an empty list stands for the built-in one.",
            "有人离职后要做的事；空列表表示使用内置清单。",
        ],
        get: |config| config.policy.followup.clone().into(),
        set: |config, value| texts(value).map(|texts| config.policy.followup = texts),
    },
    Key {
        name: "followup.remind",
        about: [
            "After how long somebody is reminded of what they have left to do.",
            "待办多久未完成时提醒。",
        ],
        get: |config| text(config.policy.remind),
        set: |config, value| span(value).map(|span| config.policy.remind = span),
    },
    Key {
        name: "guided.remind",
        about: [
            "After how long the requester is reminded of a step that somebody has to do by hand.",
            "需要人工完成的步骤多久未完成时提醒发起人。",
        ],
        get: |config| text(config.policy.guided_remind),
        set: |config, value| span(value).map(|span| config.policy.guided_remind = span),
    },
    Key {
        name: "guided.ttl",
        about: [
            "For how long a step that somebody has to do by hand is waited for.",
            "需要人工完成的步骤最长等待多久。",
        ],
        get: |config| text(config.policy.guided_ttl),
        set: |config, value| span(value).map(|span| config.policy.guided_ttl = span),
    },
    Key {
        name: "inbox.max_age",
        about: [
            "How old a message may be and still be taken as a command.",
            "超过这个时间的旧消息不再当作命令。",
        ],
        get: |config| text(config.policy.max_age),
        set: |config, value| span(value).map(|span| config.policy.max_age = span),
    },
    Key {
        name: "limits.irreversible_per_hour",
        about: [
            "How many operations that can't be undone an admin may finish in an hour; those being carried out count too.",
            "每位管理员每小时最多完成几次不可撤销的操作，正在执行的也算。",
        ],
        get: |config| config.policy.irreversible_per_hour.into(),
        set: |config, value| count(value).map(|count| config.policy.irreversible_per_hour = count),
    },
    Key {
        name: "limits.messages_per_minute",
        about: [
            "How many messages of one person who is no admin are answered in a minute; more wait a minute.",
            "非管理员每人每分钟最多处理多少条消息；超过后暂停一分钟。",
        ],
        get: |config| config.policy.messages_per_minute.into(),
        set: |config, value| count(value).map(|count| config.policy.messages_per_minute = count),
    },
    Key {
        name: "outbox.give_up",
        about: [
            "For how long a message that can't be delivered is tried again.",
            "发送失败的消息最长重试多久。",
        ],
        get: |config| text(config.give_up),
        set: |config, value| span(value).map(|span| config.give_up = span),
    },
    Key {
        name: "retention.backups",
        about: [
            "For how long the newest copy that somebody made of their own data is kept here; a day at least.",
            "本人最近一次备份在这里保留多久；至少一天。",
        ],
        get: |config| text(config.policy.retention.backups),
        set: |config, value| span(value).map(|span| config.policy.retention.backups = span),
    },
    Key {
        name: "retention.dead",
        about: ["For how long a message that was given up is kept.", "发送失败的消息保留多久。"],
        get: |config| text(config.policy.retention.dead),
        set: |config, value| span(value).map(|span| config.policy.retention.dead = span),
    },
    Key {
        name: "retention.marks",
        about: [
            "For how long a message that is delivered again is known, and not handled twice; two days at least.",
            "重复送达的消息能被识别多久；至少两天。",
        ],
        get: |config| text(config.policy.retention.marks),
        set: |config, value| span(value).map(|span| config.policy.retention.marks = span),
    },
    Key {
        name: "retention.sent",
        about: [
            "For how long it is known that a message was sent; its text is gone at once.",
            "已发送消息的记录保留多久（正文发出后立即清除）。",
        ],
        get: |config| text(config.policy.retention.sent),
        set: |config, value| span(value).map(|span| config.policy.retention.sent = span),
    },
    Key {
        name: "retention.settled",
        about: [
            "For how long an operation that has ended is known by its code, an hour at least, and of the newest 115,440 at \
             most; the audit log keeps it for ever.",
            "已结束的操作按操作码可查多久，至少一小时，最多保留最近 115440 个（审计记录永久保留）。",
        ],
        get: |config| text(config.policy.retention.settled),
        set: |config, value| span(value).map(|span| config.policy.retention.settled = span),
    },
    Key {
        name: "serve.status",
        about: [
            "The address of /healthz and /metrics, such as \"127.0.0.1:9090\"; empty for none.",
            "/healthz 和 /metrics 的监听地址，例如 \"127.0.0.1:9090\"；留空则不开。",
        ],
        get: |config| config.status.clone().into(),
        set: |config, value| address(value).map(|text| config.status = text),
    },
];

/// The operations that `auth.require` may list: those of the table of commands, which this room does not see.
const OPERATIONS: [&str; 7] =
    ["cancel-approval", "close-account", "delete", "grant-admin", "handover", "revoke-admin", "unbind"];

fn text(span: Span) -> Value {
    span.to_string().into()
}

fn span(value: &Value) -> Result<Span, String> {
    let read = value.as_str().and_then(Span::parse).filter(|span| *span > Span::ZERO);
    read.ok_or_else(|| "a duration such as \"90s\", \"2m\" or \"7d\"".to_owned())
}

fn count(value: &Value) -> Result<u32, String> {
    let read = value.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    read.ok_or_else(|| "a whole number, 1 or more".to_owned())
}

fn line(value: &Value) -> Result<String, String> {
    let read = value.as_str().filter(|text| !text.contains(char::is_control));
    read.map(str::to_owned).ok_or_else(|| "a text of one line, or \"\"".to_owned())
}

/// An address to listen at; no text for none.
fn address(value: &Value) -> Result<String, String> {
    let has_port = |text: &str| {
        text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    let read = line(value).ok().filter(|text| text.is_empty() || has_port(text));
    read.ok_or_else(|| "an address with its port such as \"127.0.0.1:9090\", or \"\"".to_owned())
}

fn truth(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false".to_owned())
}

fn host(value: &Value) -> Result<String, String> {
    let is_host = |text: &String| text.starts_with("https://") || text.starts_with("http://");
    let read = line(value).ok().filter(is_host);
    read.map(|text| text.trim_end_matches('/').to_owned())
        .ok_or_else(|| "an address that begins with https://".to_owned())
}

fn host_or_none(value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some("") => Ok(String::new()),
        _ => host(value),
    }
}

fn holder_text(holder: Holder) -> Value {
    match holder {
        Holder::DingTalk => "dingtalk".into(),
        Holder::Embedded => "embedded".into(),
    }
}

fn holder(value: &Value) -> Result<Holder, String> {
    match value.as_str() {
        Some("dingtalk") => Ok(Holder::DingTalk),
        Some("embedded") => Ok(Holder::Embedded),
        _ => Err("\"embedded\" or \"dingtalk\"".to_owned()),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let text = |item: &Value| line(item).ok().filter(|text| !text.trim().is_empty());
    let read = value.as_array().and_then(|items| items.iter().map(text).collect::<Option<Vec<_>>>());
    read.ok_or_else(|| "a list of texts such as [\"one\", \"two\"], each of one line".to_owned())
}

fn verbs(value: &Value) -> Result<Vec<String>, String> {
    let verbs = texts(value)?;
    match verbs.iter().all(|verb| OPERATIONS.contains(&verb.as_str())) {
        true => Ok(verbs),
        false => Err(format!("a list of these: {}", OPERATIONS.join(", "))),
    }
}
