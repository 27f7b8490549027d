//! The tables `conversation` and `choice`: what is remembered of each place where people talk.

use super::Tx;
use crate::domain::{Choice, Conversation, Fault, PersonId};

pub(super) fn language(tx: &Tx<'_>, conversation: &Conversation) -> Result<Option<String>, Fault> {
    Ok(find(tx, conversation)?.0)
}

pub(super) fn choose_language(tx: &Tx<'_>, conversation: &Conversation, language: &str) -> Result<(), Fault> {
    tx.recall.conversations.add(conversation);
    tx.recall.conversation.forget(conversation);
    tx.execute(
        "INSERT INTO conversation (key, language) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET language = excluded.language",
        (conversation, language),
    )
    .map(drop)
}

pub(super) fn stale_told(tx: &Tx<'_>, conversation: &Conversation) -> Result<bool, Fault> {
    Ok(find(tx, conversation)?.1)
}

/// The conversation's language, and whether it was told that its backlog is stale.
fn find(tx: &Tx<'_>, conversation: &Conversation) -> Result<(Option<String>, bool), Fault> {
    let read = || {
        let sql = "SELECT language, stale_told FROM conversation WHERE key = ?1";
        Ok(tx.find(sql, [conversation], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
    };
    let keys = |most| tx.keys("SELECT key FROM conversation LIMIT ?1", most);
    tx.recall.conversations.find(&tx.recall.conversation, conversation, keys, read)
}

pub(super) fn set_stale_told(tx: &Tx<'_>, conversation: &Conversation, told: bool) -> Result<(), Fault> {
    tx.recall.conversations.add(conversation);
    tx.recall.conversation.forget(conversation);
    tx.execute(
        "INSERT INTO conversation (key, stale_told) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET stale_told = excluded.stale_told",
        (conversation, told),
    )
    .map(drop)
}

pub(super) fn choice(
    tx: &Tx<'_>,
    person: &PersonId,
    conversation: &Conversation,
) -> Result<Option<Choice>, Fault> {
    if tx
        .recall
        .choosers
        .may_have(person, |most| tx.keys("SELECT DISTINCT person FROM choice LIMIT ?1", most))?
    {
        let key = (person.clone(), conversation.clone());
        return tx.recall.choice.get_or_read(&key, || find_choice(tx, person, conversation));
    }
    debug_assert_eq!(find_choice(tx, person, conversation)?, None, "{person} is remembered as asked nothing");
    Ok(None)
}

fn find_choice(tx: &Tx<'_>, person: &PersonId, conversation: &Conversation) -> Result<Option<Choice>, Fault> {
    let sql = "SELECT command, word, candidates, until FROM choice WHERE person = ?1 AND conversation = ?2";
    let found = tx.find(sql, (person, conversation), |row| {
        Ok((row.get(0)?, row.get::<_, u32>(1)?, row.get::<_, String>(2)?, row.get(3)?))
    })?;
    let Some((command, word, candidates, until)) = found else { return Ok(None) };
    let candidates: Vec<String> =
        serde_json::from_str(&candidates).map_err(|_| Fault("a stored choice can't be read".to_owned()))?;
    let candidates = candidates.into_iter().map(PersonId::new).collect();
    Ok(Some(Choice { command, word: word as usize, candidates, until }))
}

/// Remembers a question, or that there is none any more.
pub(super) fn set_choice(
    tx: &Tx<'_>,
    person: &PersonId,
    conversation: &Conversation,
    choice: Option<&Choice>,
) -> Result<(), Fault> {
    tx.recall.choosers.add(person);
    tx.recall.choice.forget(&(person.clone(), conversation.clone()));
    let Some(Choice { command, word, candidates, until }) = choice else {
        let sql = "DELETE FROM choice WHERE person = ?1 AND conversation = ?2";
        return tx.execute(sql, (person, conversation)).map(drop);
    };
    let candidates: serde_json::Value = candidates.iter().map(PersonId::as_str).collect();
    tx.execute(
        "INSERT OR REPLACE INTO choice (person, conversation, command, word, candidates, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (person, conversation, command, super::tx::limit(*word), candidates.to_string(), until),
    )
    .map(drop)
}
