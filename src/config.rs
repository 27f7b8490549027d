//! The settings: one table of keys, for the file, the environment and the transcripts' `!set`.

use toml::{Table, Value};

use crate::domain::names::nearest;
use crate::domain::{Policy, Span};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the rules obey.
    pub policy: Policy,
    /// `outbox.give_up`: for how long a message that can't be delivered is tried.
    pub give_up: Span,
}

impl Default for Config {
    fn default() -> Self {
        Self { policy: Policy::default(), give_up: Span::from_days(7) }
    }
}

/// One setting.
struct Key {
    name: &'static str,
    set: fn(&mut Config, &Value) -> Result<(), String>,
}

const KEYS: &[Key] = &[
    Key { name: "auth.lock", set: |config, value| span(value).map(|span| config.policy.lock = span) },
    Key {
        name: "auth.require",
        set: |config, value| verbs(value).map(|verbs| config.policy.require_secret = verbs),
    },
    Key { name: "auth.tries", set: |config, value| count(value).map(|count| config.policy.tries = count) },
    Key {
        name: "confirm.secret_ttl",
        set: |config, value| span(value).map(|span| config.policy.secret_ttl = span),
    },
    Key {
        name: "confirm.ttl",
        set: |config, value| span(value).map(|span| config.policy.confirm_ttl = span),
    },
    Key {
        name: "followup.items",
        set: |config, value| texts(value).map(|texts| config.policy.followup = texts),
    },
    Key { name: "followup.remind", set: |config, value| span(value).map(|span| config.policy.remind = span) },
    Key { name: "inbox.max_age", set: |config, value| span(value).map(|span| config.policy.max_age = span) },
    Key {
        name: "limits.irreversible_per_hour",
        set: |config, value| count(value).map(|count| config.policy.irreversible_per_hour = count),
    },
    Key { name: "outbox.give_up", set: |config, value| span(value).map(|span| config.give_up = span) },
];

/// The operations that `auth.require` may list.
const OPERATIONS: [&str; 7] =
    ["cancel-approval", "close-account", "delete", "grant-admin", "handover", "revoke-admin", "unbind"];

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
        let table: Table = text.parse().map_err(|error: toml::de::Error| BadSetting(error.to_string()))?;
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
    /// The first that is not of its setting's form.
    pub fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), BadSetting> {
        for (variable, text) in variables {
            let known = KEYS.iter().find(|key| variable_of(key.name) == variable);
            if let Some(key) = known {
                let value = toml_value(&text);
                self.set(key.name, &value)
                    .map_err(|BadSetting(why)| BadSetting(format!("{variable}: {why}")))?;
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), BadSetting> {
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            let near = nearest(name, KEYS.iter().map(|key| key.name));
            let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            return Err(BadSetting(format!("there is no setting `{name}`{hint}")));
        };
        (key.set)(self, value).map_err(|form| BadSetting(format!("`{name}` is {value}; expected {form}")))
    }
}

fn flat<'a>(prefix: &str, table: &'a Table) -> Vec<(String, &'a Value)> {
    let mut all = Vec::new();
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => all.extend(flat(&name, inner)),
            value => all.push((name, value)),
        }
    }
    all
}

fn variable_of(name: &str) -> String {
    format!("USHER_{}", name.replace('.', "_").to_uppercase())
}

/// A variable's text as the file would have it: a number or a list as such, anything else as text.
fn toml_value(text: &str) -> Value {
    let read: Option<Table> = format!("value = {text}").parse().ok();
    match read.and_then(|mut table| table.remove("value")) {
        Some(value @ (Value::Integer(_) | Value::Array(_) | Value::Boolean(_) | Value::String(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn span(value: &Value) -> Result<Span, String> {
    let read = value.as_str().and_then(Span::parse).filter(|span| *span > Span::ZERO);
    read.ok_or_else(|| "a duration such as \"90s\", \"2m\" or \"7d\"".to_owned())
}

fn count(value: &Value) -> Result<u32, String> {
    let read = value.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    read.ok_or_else(|| "a whole number, 1 or more".to_owned())
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let read = value.as_array().and_then(|items| {
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    read.ok_or_else(|| "a list of texts such as [\"one\", \"two\"]".to_owned())
}

fn verbs(value: &Value) -> Result<Vec<String>, String> {
    let verbs = texts(value)?;
    match verbs.iter().all(|verb| OPERATIONS.contains(&verb.as_str())) {
        true => Ok(verbs),
        false => Err(format!("a list of these: {}", OPERATIONS.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, KEYS, variable_of};
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
    fn no_two_settings_share_a_variable() {
        let mut variables: Vec<_> = KEYS.iter().map(|key| variable_of(key.name)).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
    }
}
