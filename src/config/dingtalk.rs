//! What is set about DingTalk. The secrets are kept here too, but no settings file holds them.

use std::fmt;

use zeroize::Zeroizing;

use crate::domain::Span;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, to be used and not kept.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who really holds the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// DingTalk; Usher keeps a copy.
    DingTalk,
    /// Usher's own database.
    Embedded,
}

/// The settings of `dingtalk.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DingTalk {
    /// `api`: the host of the new calls.
    pub api: String,
    /// `card_template`: the template of confirmations; empty to send messages instead.
    pub card_template: String,
    /// `client_id`: the application; empty when Usher is not on DingTalk.
    pub client_id: String,
    /// The application's secret, where the environment gives it.
    pub client_secret: Option<Secret>,
    /// `client_secret_file`: the file that holds it otherwise.
    pub client_secret_file: String,
    /// `corp_id`: the organisation.
    pub corp_id: String,
    /// `custom_robots_file`: the groups that have a custom robot, with its address and secret.
    pub custom_robots_file: String,
    /// The console's `aes_key` of events, where the environment gives it.
    pub event_aes_key: Option<Secret>,
    /// `event_aes_key_file`: the file that holds it otherwise.
    pub event_aes_key_file: String,
    /// The console's `token` of events, where the environment gives it.
    pub event_token: Option<Secret>,
    /// `event_token_file`: the file that holds it otherwise.
    pub event_token_file: String,
    /// `hr`: whether people are deleted by the HR call, which hands over their approvals and documents.
    pub hr: bool,
    /// `listen`: the address for DingTalk's HTTP callbacks; empty for a Stream connection.
    pub listen: String,
    /// `monthly_calls`: how many counted calls the organisation has in a month.
    pub monthly_calls: u32,
    /// `oapi`: the host of the old calls.
    pub oapi: String,
    /// `organisation`: who holds the organisation.
    pub holder: Holder,
    /// `public_url`: where the outside reaches `listen`; empty for confirmations without cards there.
    pub public_url: String,
    /// `robot_code`: the robot; empty when it is the Client ID.
    pub robot_code: String,
    /// `sync_every`: how often the whole organisation is read again.
    pub sync_every: Span,
}

impl Default for DingTalk {
    fn default() -> Self {
        Self {
            api: "https://api.dingtalk.com".to_owned(),
            card_template: String::new(),
            client_id: String::new(),
            client_secret: None,
            client_secret_file: String::new(),
            corp_id: String::new(),
            custom_robots_file: String::new(),
            event_aes_key: None,
            event_aes_key_file: String::new(),
            event_token: None,
            event_token_file: String::new(),
            hr: false,
            listen: String::new(),
            monthly_calls: 5_000,
            oapi: "https://oapi.dingtalk.com".to_owned(),
            holder: Holder::Embedded,
            public_url: String::new(),
            robot_code: String::new(),
            sync_every: Span::from_mins(6 * 60),
        }
    }
}

impl DingTalk {
    /// Whether Usher is on DingTalk at all.
    pub fn is_set(&self) -> bool {
        !self.client_id.is_empty()
    }

    /// The robot as which Usher speaks: for an in-house application its code is the Client ID.
    pub fn robot(&self) -> &str {
        if self.robot_code.is_empty() { &self.client_id } else { &self.robot_code }
    }

    /// The files that hold secrets, of those that are named.
    pub fn secret_files(&self) -> impl Iterator<Item = &str> {
        let files = [
            &self.client_secret_file,
            &self.event_aes_key_file,
            &self.event_token_file,
            &self.custom_robots_file,
        ];
        files.into_iter().map(String::as_str).filter(|file| !file.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_never_shown() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
