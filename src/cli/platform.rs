//! DingTalk as the settings have it: the application, its secrets, its robot.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Failure, world};
use crate::adapter::dingtalk::{Cards, CustomRobot, Robot};
use crate::backend::dingtalk::Known;
use crate::config::{DingTalk as Settings, Holder, Secret};
use crate::dingtalk::{self, Client, Envelope};
use crate::domain::{Directory, Fault, GroupId};
use crate::store::{Store, Tx};

/// The application's secret: from the environment, or from its file.
pub(super) fn client_secret(settings: &Settings) -> Result<Zeroizing<String>, Failure> {
    secret(settings.client_secret.as_ref(), &settings.client_secret_file)?.ok_or_else(|| {
        Failure::Usage(
            "DingTalk's Client Secret is nowhere: put it into the variable USHER_DINGTALK_CLIENT_SECRET, or into a \
             file named by `dingtalk.client_secret_file`"
                .to_owned(),
        )
    })
}

/// A secret: from the environment, or from its file; none where neither is named. An empty variable says nothing.
fn secret(given: Option<&Secret>, file: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(secret) = given.filter(|secret| !secret.reveal().trim().is_empty()) {
        return Ok(Some(Zeroizing::new(secret.reveal().to_owned())));
    }
    if file.is_empty() {
        return Ok(None);
    }
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| Failure::Usage(format!("{file}: can't be read: {error}")))?;
    match text.trim() {
        "" => Err(Failure::Usage(format!("{file}: it is empty, and has no secret"))),
        secret => Ok(Some(Zeroizing::new(secret.to_owned()))),
    }
}

/// What opens the events that are pushed by HTTP; none where they are not.
pub(super) fn envelope(settings: &Settings) -> Result<Option<Envelope>, Failure> {
    let key = secret(settings.event_aes_key.as_ref(), &settings.event_aes_key_file)?;
    let token = secret(settings.event_token.as_ref(), &settings.event_token_file)?;
    let unusable = |why: &str| Failure::Usage(format!("events pushed by HTTP: {why}"));
    match (key, token) {
        (None, None) => Ok(None),
        (Some(key), Some(token)) if !token.is_empty() => match Envelope::new(&key, token) {
            Some(envelope) => Ok(Some(envelope)),
            None => Err(unusable("the aes_key is none: the console's has 43 letters and digits")),
        },
        (Some(_), _) => Err(unusable("the token is nowhere: set `dingtalk.event_token_file`")),
        (None, Some(_)) => Err(unusable("the aes_key is nowhere: set `dingtalk.event_aes_key_file`")),
    }
}

/// A client of the application.
pub(super) fn client(settings: &Settings) -> Result<Arc<Client>, Failure> {
    for (key, value) in [("client_id", &settings.client_id), ("corp_id", &settings.corp_id)] {
        if value.is_empty() {
            return Err(Failure::Usage(format!(
                "`dingtalk.{key}` is not set: Usher is on no chat platform; `usher config example` explains the settings"
            )));
        }
    }
    let application = dingtalk::Settings {
        api: settings.api.clone(),
        oapi: settings.oapi.clone(),
        client_id: settings.client_id.clone(),
        client_secret: client_secret(settings)?,
    };
    Client::new(application, world::now).map(Arc::new).map_err(|error| Failure::Failed(error.to_string()))
}

/// The robot as which Usher speaks. Presses of a card's buttons come over a Stream connection, or to a public address.
pub(super) fn robot(settings: &Settings) -> Robot {
    let url = match (settings.listen.is_empty(), settings.public_url.is_empty()) {
        (true, _) => Some(None),
        (false, false) => Some(Some(format!("{}/card", settings.public_url))),
        (false, true) => None,
    };
    let template = Some(settings.card_template.clone()).filter(|template| !template.is_empty());
    let cards = template.zip(url).map(|(template, url)| Cards { template, url });
    Robot { code: settings.robot().to_owned(), cards }
}

/// The groups that are spoken to by a custom robot.
pub(super) fn custom_robots(settings: &Settings) -> Result<BTreeMap<GroupId, CustomRobot>, Failure> {
    if settings.custom_robots_file.is_empty() {
        return Ok(BTreeMap::new());
    }
    let path = Path::new(&settings.custom_robots_file);
    // Not what stands there: it may be a secret.
    let unusable = |why: &str| Failure::Usage(format!("{}: {why}", path.display()));
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|error| unusable(&error.to_string()))?);
    let file: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text)
        .map_err(|_| unusable("expected {\"GROUP\": {\"url\": \"https://…\", \"secret\": \"SEC…\"}}"))?;
    file.into_iter()
        .map(|(group, mut robot)| {
            let mut take = |key: &str| robot.remove(key).map(Zeroizing::new);
            match (take("url"), take("secret")) {
                (Some(url), Some(secret)) => Ok((GroupId::new(group), CustomRobot { url, secret })),
                _ => Err(unusable(&format!("{group} needs \"url\" and \"secret\""))),
            }
        })
        .collect()
}

/// Why these settings are not for what is in the database; none where they are. An organisation of one's own must not be
/// taken for a copy that is to be brought up to date, or its people would leave it, nor a copy for the organisation itself.
pub(super) fn mismatch(tx: &Tx<'_>, settings: &Settings) -> Result<Option<String>, Fault> {
    let organisation = tx.organisation()?;
    Ok(match settings.holder {
        Holder::Embedded if tx.is_copy()? => Some(
            "it has a copy of an organisation on DingTalk: set `dingtalk.organisation` to \"dingtalk\", or name another \
             database with `--db` · 这个数据库是钉钉组织的副本：请把 `dingtalk.organisation` 设为 \"dingtalk\"，或用 \
             `--db` 指定其他数据库"
                .to_owned(),
        ),
        Holder::Embedded if settings.is_set() && world::is_demo(tx)? => Some(
            "it has the demo organisation, whose passwords are published: name another database with `--db`, and take your \
             own people in with `usher import` · 这个数据库里是演示组织，密码是公开的：请用 `--db` 指定其他数据库，再用 \
             `usher import` 导入自己的人员"
                .to_owned(),
        ),
        Holder::DingTalk if organisation.id != settings.corp_id => Some(format!(
            "it has {} ({}), which is not the organisation on DingTalk with the CorpId `dingtalk.corp_id`; nothing was \
             changed: name a new database with `--db` · 这个数据库里是另一个组织，没有改动：请用 `--db` 指定新的数据库",
            organisation.name, organisation.id
        )),
        Holder::DingTalk | Holder::Embedded => None,
    })
}

/// Who and what the local copy has.
pub(super) fn known(store: &mut Store) -> Result<Known, Failure> {
    let roster = store.transact(|tx| tx.export()).map_err(world::store_failed)?;
    let here = roster.people.into_iter().map(|member| member.person).filter(|person| person.is_active());
    Ok(Known {
        people: here.map(|person| person.id).collect(),
        departments: roster.departments.into_iter().map(|department| department.id).collect(),
    })
}
