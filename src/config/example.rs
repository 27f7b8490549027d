//! The example of a settings file: every key of the table, explained, with what it is when nobody sets it.

use std::fmt::Write;

use super::{Config, KEYS, section, variable_of};

const HEAD: &str = "\
# Usher's settings. Save this as usher.toml where usher is started, or name it with --config.
# Every key is here with what it is when nobody sets it; take the # from a line to change it.
# A variable of the environment, named behind each key, is stronger than this file.
# No secret belongs here: `usher passwd` and `usher totp` ask for those.
#
# Usher 的设置。存为启动目录下的 usher.toml，或用 --config 指定。每一项都写着默认值，去掉行首的 # 即可修改；
# 环境变量（见每项说明）优先于本文件。密码等机密不要写在这里，用 `usher passwd` 和 `usher totp` 设置。
";

impl Config {
    /// A settings file that changes nothing and explains everything.
    pub fn example() -> String {
        let defaults = Self::default();
        let mut text = HEAD.to_owned();
        let mut open = "";
        for key in KEYS {
            if section(key.name) != open {
                open = section(key.name);
                write!(text, "\n[{open}]").expect("a string takes everything");
            }
            let name = key.name.strip_prefix(open).unwrap_or(key.name).trim_start_matches('.');
            let [english, chinese] = key.about;
            let (variable, value) = (variable_of(key.name), (key.get)(&defaults));
            write!(text, "\n# {english} ({variable})\n# {chinese}\n#{name} = {value}\n")
                .expect("a string takes everything");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, KEYS};

    /// The example with the mark taken from every value.
    fn uncommented() -> String {
        let line = |line: &str| match line.strip_prefix('#') {
            Some(value) if !value.starts_with(' ') => format!("{value}\n"),
            _ => format!("{line}\n"),
        };
        Config::example().lines().map(line).collect()
    }

    #[test]
    fn it_changes_nothing_as_it_is() {
        let mut config = Config::default();
        config.read(&Config::example()).unwrap();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn its_values_are_the_defaults_and_all_are_there() {
        // From other values than the defaults, so that a key that the example leaves out is missed.
        let mut config = Config::default();
        config
            .read(
                "audit.head_file = 'x'
                 auth = {lock = '1s', require = [], tries = 99}
                 dingtalk = {api = 'http://x', card_template = 'x', client_id = 'x', client_secret_file = 'x',
                             corp_id = 'x', custom_robots_file = 'x', event_aes_key_file = 'x',
                             event_token_file = 'x', hr = true, listen = 'x:1', monthly_calls = 99, oapi = 'http://x',
                             organisation = 'dingtalk', public_url = 'http://x', robot_code = 'x', sync_every = '1s'}
                 confirm = {secret_ttl = '1s', ttl = '1s'}
                 followup = {items = ['x'], remind = '1s'}
                 guided = {remind = '1s', ttl = '1s'}
                 inbox.max_age = '1s'
                 limits = {irreversible_per_hour = 99, messages_per_minute = 99}
                 outbox.give_up = '1s'
                 serve.status = 'x:1'
                 retention = {backups = '1s', dead = '1s', marks = '1s', sent = '1s', settled = '1s'}",
            )
            .unwrap();
        let defaults = Config::default();
        let is_changed = |key: &super::super::keys::Key| (key.get)(&config) != (key.get)(&defaults);
        assert!(KEYS.iter().all(is_changed), "every key is changed first");
        config.read(&uncommented()).unwrap();
        assert_eq!(config, defaults);
    }
}
