//! The tables `chat_group` and `group_topic`.

use super::Tx;
use crate::domain::{Fault, Group, GroupId, TOPICS, Topic};

impl Tx<'_> {
    /// Every group that a file names or a command has bound, by id.
    pub fn groups(&self) -> Result<Vec<Group>, Fault> {
        all(self)
    }
}

pub(super) fn find(tx: &Tx<'_>, id: &GroupId) -> Result<Option<Group>, Fault> {
    tx.recall.group.get_or_read(id, || {
        let found = tx.find("SELECT name FROM chat_group WHERE id = ?1", [id], |row| row.get(0))?;
        found.map(|name| Ok(Group { id: id.clone(), name, topics: topics(tx, id)? })).transpose()
    })
}

pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Group>, Fault> {
    let mut groups = tx.list("SELECT id, name FROM chat_group ORDER BY id", [], |row| {
        Ok(Group { id: row.get(0)?, name: row.get(1)?, topics: Vec::new() })
    })?;
    for group in &mut groups {
        group.topics = topics(tx, &group.id)?;
    }
    Ok(groups)
}

pub(super) fn bound_to(tx: &Tx<'_>, topic: Topic) -> Result<Vec<GroupId>, Fault> {
    let sql = "SELECT chat_group FROM group_topic WHERE topic = ?1 ORDER BY chat_group";
    tx.recall.bound_groups.get_or_read(&topic, || tx.list(sql, [topic], |row| row.get(0)))
}

/// Binds a group to just these topics; one that no file names goes by its id.
pub(super) fn bind(tx: &Tx<'_>, group: &GroupId, topics: &[Topic]) -> Result<(), Fault> {
    tx.recall.group.forget(group);
    tx.recall.bound_groups.clear();
    tx.execute("INSERT OR IGNORE INTO chat_group (id, name) VALUES (?1, ?1)", [group])?;
    tx.execute("DELETE FROM group_topic WHERE chat_group = ?1", [group])?;
    for topic in topics {
        let sql = "INSERT OR IGNORE INTO group_topic (topic, chat_group) VALUES (?1, ?2)";
        tx.execute(sql, (topic, group))?;
    }
    Ok(())
}

/// Makes the groups just these.
pub(super) fn replace(tx: &Tx<'_>, groups: &[Group]) -> Result<(), Fault> {
    tx.recall.group.clear();
    tx.recall.bound_groups.clear();
    tx.execute("DELETE FROM chat_group", [])?;
    for group in groups {
        let sql = "INSERT INTO chat_group (id, name) VALUES (?1, ?2)";
        tx.execute(sql, (&group.id, &group.name))?;
        bind(tx, &group.id, &group.topics)?;
    }
    Ok(())
}

fn topics(tx: &Tx<'_>, group: &GroupId) -> Result<Vec<Topic>, Fault> {
    let sql = "SELECT topic FROM group_topic WHERE chat_group = ?1 ORDER BY topic";
    let bound: Vec<Topic> = tx.list(sql, [group], |row| row.get(0))?;
    Ok(TOPICS.into_iter().filter(|topic| bound.contains(topic)).collect())
}
