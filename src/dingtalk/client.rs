//! Calls to DingTalk: the token is fetched, kept and renewed here, and every answer is read for what it says.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::answer::{Error, Read, StaleToken, read_new, read_old};
use super::lenient::{number, text};
use crate::domain::{Span, Timestamp};

/// The server itself gives up on a call after about three seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// A token is renewed so long before it ends (server-api-calling-guide).
const EARLY: Span = Span::from_mins(10);

/// The application, and where DingTalk is.
#[derive(Clone)]
pub struct Settings {
    /// The new family's host, such as `https://api.dingtalk.com`.
    pub api: String,
    /// The old family's host, such as `https://oapi.dingtalk.com`.
    pub oapi: String,
    /// The application's Client ID (AppKey).
    pub client_id: String,
    /// The application's Client Secret (AppSecret).
    pub client_secret: Zeroizing<String>,
}

/// Shows which application it is, and not its secret.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("api", &self.api)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Calls DingTalk as one application.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
    now: fn() -> Timestamp,
    token: Mutex<Option<Token>>,
    counted: AtomicU64,
}

#[derive(Clone, Debug)]
struct Token {
    value: Zeroizing<String>,
    until: Timestamp,
}

impl Client {
    /// Makes a client; nothing is called yet.
    ///
    /// # Errors
    /// When the machine's certificates can't be used.
    pub fn new(settings: Settings, now: fn() -> Timestamp) -> Result<Self, Error> {
        install_cryptography();
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
        let http = http.map_err(|error| Error::Misconfigured(error.to_string()))?;
        Ok(Self { http, settings, now, token: Mutex::new(None), counted: AtomicU64::new(0) })
    }

    /// The application's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time, as the program has it.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// How many calls since the start count against the organisation's month; those to the address book and for tokens
    /// are free (basic-interfaces-such-as-log-off-and-address-book).
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// The platform's own time, by the date of an answer; none where it has none.
    ///
    /// # Errors
    /// When the platform can't be reached.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, Error> {
        let response = self.http.get(&self.settings.api).send().await;
        let response = response.map_err(|error| Error::Unreachable(error.without_url().to_string()))?;
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        Ok(date.and_then(Timestamp::parse_http))
    }

    /// Opens a Stream connection; gives its address and its ticket, which is good once and for 90 seconds. There is no
    /// token; the answer is XML unless JSON is asked for.
    ///
    /// # Errors
    /// As any call.
    pub async fn open_stream(&self, subscriptions: &[(&str, &str)]) -> Result<(String, String), Error> {
        let subscriptions: Vec<_> =
            subscriptions.iter().map(|(kind, topic)| json!({"type": kind, "topic": topic})).collect();
        let body = json!({
            "clientId": self.settings.client_id,
            "clientSecret": self.settings.client_secret.as_str(),
            "subscriptions": subscriptions,
            "ua": concat!("usher-rust/", env!("CARGO_PKG_VERSION")),
        });
        let url = format!("{}/v1.0/gateway/connections/open", self.settings.api);
        let request = self.http.post(url).header("Accept", "application/json").json(&body);
        let (status, body) = send(request).await?;
        let answer =
            read_new(status, &body).unwrap_or_else(|StaleToken| Err(Error::Unsure("no token".into())))?;
        match (text(&answer["endpoint"]), text(&answer["ticket"])) {
            (Some(endpoint), Some(ticket)) => Ok((endpoint, ticket)),
            _ => Err(Error::Unsure("the gateway gave no address".to_owned())),
        }
    }

    /// Calls the new family.
    ///
    /// # Errors
    /// How it failed.
    pub async fn call_new(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        self.counted.fetch_add(1, Ordering::Relaxed);
        let make = |token: &str| {
            let url = format!("{}{path}", self.settings.api);
            let request = self.http.request(method.clone(), url).query(query);
            let request = request.header("x-acs-dingtalk-access-token", token);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        self.with_token(make, read_new).await
    }

    /// Calls the old family.
    ///
    /// # Errors
    /// How it failed.
    pub async fn call_old(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let make = |token: &str| {
            let url = format!("{}{path}", self.settings.oapi);
            self.http.post(url).query(&[("access_token", token)]).json(body)
        };
        self.with_token(make, read_old).await
    }

    /// Uploads a file for a message; gives its media id (upload-media-files).
    ///
    /// # Errors
    /// How it failed.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Result<String, Error> {
        let make = |token: &str| {
            let part = reqwest::multipart::Part::bytes(content.to_vec()).file_name(name.to_owned());
            let form = reqwest::multipart::Form::new().part("media", part);
            let url = format!("{}/media/upload", self.settings.oapi);
            self.http.post(url).query(&[("access_token", token), ("type", "file")]).multipart(form)
        };
        let answer = self.with_token(make, read_old).await?;
        text(&answer["media_id"]).ok_or_else(|| Error::Unsure("the upload gave no media id".to_owned()))
    }

    /// Posts to an address that is a secret itself: a session's or a custom robot's. Its failures are the old family's.
    ///
    /// # Errors
    /// How it failed; never with the address.
    pub async fn post(&self, url: &str, query: &[(&str, &str)], body: &Value) -> Result<(), Error> {
        let (status, answer) = send(self.http.post(url).query(query).json(body)).await?;
        let read = read_old(status, &answer);
        read.unwrap_or_else(|StaleToken| Err(Error::Misconfigured("its token is unknown".to_owned())))
            .map(drop)
    }

    /// Makes a call, and once more with a new token when the answer says that this one is no longer good.
    async fn with_token(
        &self,
        make: impl Fn(&str) -> RequestBuilder,
        read: fn(u16, &[u8]) -> Read,
    ) -> Result<Value, Error> {
        let token = self.token(None).await?;
        let (status, body) = send(make(&token)).await?;
        match read(status, &body) {
            Ok(answer) => answer,
            Err(StaleToken) => {
                let fresh = self.token(Some(&token)).await?;
                let (status, body) = send(make(&fresh)).await?;
                let still_stale =
                    |StaleToken| Err(Error::Misconfigured("a new token is refused too".to_owned()));
                read(status, &body).unwrap_or_else(still_stale)
            }
        }
    }

    /// A token that is good, and another one than a stale one. One caller fetches, the others wait for it
    /// (obtain-the-access-token-of-an-internal-app).
    async fn token(&self, stale: Option<&str>) -> Result<Zeroizing<String>, Error> {
        let mut kept = self.token.lock().await;
        if let Some(token) = &*kept
            && token.until > self.now() + EARLY
            && stale != Some(token.value.as_str())
        {
            return Ok(token.value.clone());
        }
        let (id, secret) = (&self.settings.client_id, self.settings.client_secret.as_str());
        let url = format!("{}/v1.0/oauth2/accessToken", self.settings.api);
        let (status, body) =
            send(self.http.post(url).json(&json!({"appKey": id, "appSecret": secret}))).await?;
        let answer = read_new(status, &body).unwrap_or_else(|StaleToken| {
            Err(Error::Misconfigured("the application is unknown".to_owned()))
        })?;
        let value =
            text(&answer["accessToken"]).ok_or_else(|| Error::Unsure("no token was given".to_owned()))?;
        let until = self.now() + Span::from_secs(number(&answer["expireIn"]).unwrap_or(7_200));
        let value = Zeroizing::new(value);
        *kept = Some(Token { value: value.clone(), until });
        Ok(value)
    }
}

/// Sends a request; gives the status and the body. An error never has the address, which may be a secret.
async fn send(request: RequestBuilder) -> Result<(u16, Vec<u8>), Error> {
    let failed = |error: reqwest::Error| {
        let why = error.without_url();
        if why.is_connect() { Error::Unreachable(why.to_string()) } else { Error::Unsure(why.to_string()) }
    };
    let response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(failed)?;
    Ok((status, body.to_vec()))
}

/// Cryptography has to be chosen once for the whole process, before the first connection.
fn install_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Whoever chose before us has chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
