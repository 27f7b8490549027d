//! The settings: one table of keys, for the file, the environment and the transcripts' `!set`.

mod dingtalk;
mod example;
mod keys;

pub use dingtalk::{DingTalk, Holder, Secret};
use keys::KEYS;
use toml::{Table, Value};

use crate::domain::names::nearest;
use crate::domain::{Policy, Span};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `dingtalk.*`: the application with which Usher is on DingTalk.
    pub dingtalk: DingTalk,
    /// What the rules obey.
    pub policy: Policy,
    /// `serve.status`: the address of `/healthz` and `/metrics`; empty for none.
    pub status: String,
    /// `audit.head_file`: where the audit log's newest entry is noted outside the database; empty for nowhere.
    pub head_file: String,
    /// `outbox.give_up`: for how long a message that can't be delivered is tried.
    pub give_up: Span,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dingtalk: DingTalk::default(),
            policy: Policy::default(),
            status: String::new(),
            head_file: String::new(),
            give_up: Span::from_days(7),
        }
    }
}

/// Words in the names of what must never stand in a settings file.
const SECRET_WORDS: [&str; 7] =
    ["apikey", "credential", "passphrase", "passwd", "password", "secret", "token"];

/// What every variable that sets something begins with.
const PREFIX: &str = "USHER_";

/// A secret that the environment may give, and where it goes; a settings file never does.
type Place = (&'static str, fn(&mut DingTalk) -> &mut Option<Secret>);
const SECRETS: [Place; 3] = [
    (CLIENT_SECRET, |dingtalk| &mut dingtalk.client_secret),
    ("USHER_DINGTALK_EVENT_AES_KEY", |dingtalk| &mut dingtalk.event_aes_key),
    ("USHER_DINGTALK_EVENT_TOKEN", |dingtalk| &mut dingtalk.event_token),
];
const CLIENT_SECRET: &str = "USHER_DINGTALK_CLIENT_SECRET";

/// A setting that can't be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSetting(String);

impl Config {
    /// Reads the text of a settings file over these settings.
    ///
    /// # Errors
    /// The first setting that is unknown or not of its form; then nothing is set.
    pub fn read(&mut self, text: &str) -> Result<(), BadSetting> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            // Not the line itself: what stands there by mistake may be a secret.
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            BadSetting(format!("line {line}: {}", error.message().replace('\n', ", ")))
        })?;
        let mut read = self.clone();
        for (name, value) in flat("", &table) {
            read.set(&name, value)?;
        }
        *self = read;
        Ok(())
    }

    /// Reads variables such as `USHER_CONFIRM_TTL` over these settings; others are not looked at.
    ///
    /// # Errors
    /// The first that begins with `USHER_` and is no setting's, or that is not of its setting's form.
    pub fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), BadSetting> {
        for (variable, text) in variables.filter(|(variable, _)| variable.starts_with(PREFIX)) {
            if let Some((_, place)) = SECRETS.iter().find(|(name, _)| *name == variable) {
                *place(&mut self.dingtalk) = Some(Secret::new(text));
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| variable_of(key.name) == variable) else {
                return Err(unknown("variable", &variable, &names(variable_of)));
            };
            self.set(key.name, &toml_value(&text))
                .map_err(|BadSetting(why)| BadSetting(format!("{variable}: {why}")))?;
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), BadSetting> {
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            return Err(unknown("setting", name, &names(str::to_owned)));
        };
        (key.set)(self, value).map_err(|form| refusal(&format!("`{name}` is {value}; expected {form}")))
    }
}

/// A refusal as one line, whatever stands in the names and values that it shows.
fn refusal(why: &str) -> BadSetting {
    BadSetting(why.replace(char::is_control, " "))
}

/// The refusal of a name: with the nearest known one, or, where it looks like a secret's, with the way to give it.
fn unknown(what: &str, name: &str, known: &[String]) -> BadSetting {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let near = nearest(name, known.iter().map(String::as_str))
        .or_else(|| known.iter().find(|known| last(known) == last(name)).map(String::as_str));
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let is_secret = SECRET_WORDS.iter().any(|word| plain.contains(word));
    refusal(&match near {
        Some(near) => format!("there is no {what} `{name}`; did you mean `{near}`?"),
        None if is_secret => format!(
            "`{name}` looks like a secret, and no setting is one: give a person's password with \
             `usher passwd PERSON`, an authenticator with `usher totp PERSON`, DingTalk's Client Secret in \
             the variable {CLIENT_SECRET} or in the file that `dingtalk.client_secret_file` names"
        ),
        None => format!("there is no {what} `{name}`; see `usher config example`"),
    })
}

/// Every setting of a table, by its whole name; a table that is empty too, which may be misspelt like any other.
fn flat<'a>(prefix: &str, table: &'a Table) -> Vec<(String, &'a Value)> {
    let mut all = Vec::new();
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => all.extend(flat(&name, inner)),
            Value::Table(_) if KEYS.iter().any(|key| section(key.name) == name) => {}
            value => all.push((name, value)),
        }
    }
    all
}

/// The part before the dot.
fn section(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn names(of: fn(&str) -> String) -> Vec<String> {
    KEYS.iter().map(|key| of(key.name)).collect()
}

fn variable_of(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_uppercase())
}

/// A variable's text as the file would have it: a number or a list as such, anything else as text.
fn toml_value(text: &str) -> Value {
    let read: Option<Table> = format!("value = {text}").parse().ok();
    match read.and_then(|mut table| table.remove("value")) {
        Some(value @ (Value::Integer(_) | Value::Array(_) | Value::Boolean(_) | Value::String(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, KEYS, SECRETS, variable_of};
    use crate::domain::Span;

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let mut config = Config::default();
        config.read("[confirm]\nttl = \"2m\"\n[auth]\nrequire = []\ntries = 2").unwrap();
        assert_eq!(config.policy.confirm_ttl, Span::from_mins(2));
        assert!(config.policy.require_secret.is_empty());
        let before = config.clone();
        let error = config.read("confirm.ttl = \"9m\"\nconfirm.secret_tl = \"1m\"").unwrap_err();
        assert!(error.to_string().contains("did you mean `confirm.secret_ttl`?"), "{error}");
        assert_eq!(config, before);
    }

    #[test]
    fn a_value_of_the_wrong_form_is_refused_with_the_right_one() {
        for (text, part) in [
            ("confirm.ttl = 5", "a duration"),
            ("confirm.ttl = \"0s\"", "a duration"),
            ("auth.tries = 0", "1 or more"),
            ("auth.require = [\"help\"]", "delete"),
            ("followup.items = \"one\"", "a list"),
            ("followup.items = [\"one\\ntwo\"]", "each of one line"),
            ("followup.items = [\" \"]", "each of one line"),
            ("serve.status = \"nope\"", "an address with its port"),
            ("dingtalk.listen = \":8901\"", "an address with its port"),
        ] {
            let error = Config::default().read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_environment_is_read_by_the_same_names() {
        let mut config = Config::default();
        let variables = [("USHER_CONFIRM_TTL", "90s"), ("USHER_AUTH_TRIES", "2"), ("PATH", "/bin")];
        config.read_environment(variables.into_iter().map(|(k, v)| (k.into(), v.into()))).unwrap();
        assert_eq!((config.policy.confirm_ttl, config.policy.tries), (Span::from_secs(90), 2));
    }

    #[test]
    fn secrets_come_from_the_environment_alone() {
        for (variable, place) in SECRETS {
            let mut config = Config::default();
            config.read_environment([(variable.to_owned(), "hunter2".to_owned())].into_iter()).unwrap();
            let kept = place(&mut config.dingtalk).as_ref().map(|secret| secret.reveal().to_owned());
            assert_eq!(kept.as_deref(), Some("hunter2"), "{variable}");
            let name = variable.trim_start_matches("USHER_").to_lowercase().replacen('_', ".", 1);
            assert!(Config::default().read(&format!("{name} = \"hunter2\"")).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_may_be_meant() {
        for (text, part) in [
            ("ttl = \"2m\"", "did you mean `confirm.ttl`?"),
            ("[confrm]", "no setting `confrm`"),
            ("auth.password = \"hunter2\"", "usher passwd"),
            ("dingtalk.app-secret = \"hunter2\"", "looks like a secret"),
            ("colour = 1", "usher config example"),
            ("[auth]\npassword = hunter2", "line 2"),
        ] {
            let error = Config::default().read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("hunter2") && !error.contains('\n'), "{text}: {error}");
        }
        for (variable, part) in [
            ("USHER_CONFIRM_TLL", "did you mean `USHER_CONFIRM_TTL`?"),
            ("USHER_TOKEN", "looks like a secret"),
        ] {
            let variables = [(variable.to_owned(), "hunter2".to_owned())].into_iter();
            let error = Config::default().read_environment(variables).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_two_settings_share_a_variable() {
        let mut variables: Vec<_> = KEYS.iter().map(|key| variable_of(key.name)).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
    }
}
