//! The table `credential`: by what people prove who they are.

use super::Tx;
use crate::domain::{Enrolled, Fault, PersonId};

/// What a secret is compared with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The password's hash in PHC form; none when no password is set or it was burnt.
    pub password_hash: Option<String>,
    /// The TOTP secret, decoded.
    pub totp_secret: Option<Vec<u8>>,
}

/// Shows what there is, and nothing of what it is.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("password_hash", &self.password_hash.is_some())
            .field("totp_secret", &self.totp_secret.is_some())
            .finish()
    }
}

impl Tx<'_> {
    /// What the person's secrets are compared with; `None` for somebody who never had any.
    pub fn credentials(&self, person: &PersonId) -> Result<Option<Credentials>, Fault> {
        let sql = "SELECT CASE WHEN password_burnt = 0 THEN password_hash END, totp_secret
                   FROM credential WHERE person = ?1";
        self.find(sql, [person], |row| {
            Ok(Credentials { password_hash: row.get(0)?, totp_secret: row.get(1)? })
        })
    }

    /// Whether somebody has a password whose hash is like this; those who left have none.
    pub fn any_password(&self, is_like: fn(&str) -> bool) -> Result<bool, Fault> {
        let hashes: Vec<String> =
            self.list("SELECT password_hash FROM credential WHERE password_hash IS NOT NULL", [], |row| {
                row.get(0)
            })?;
        Ok(hashes.iter().any(|hash| is_like(hash)))
    }

    /// Sets a new password, which is not burnt.
    pub fn set_password(&self, person: &PersonId, hash: &str) -> Result<(), Fault> {
        super::people::must_be_active(self, person)?;
        self.recall.holders.add(person);
        self.execute(
            "INSERT INTO credential (person, password_hash) VALUES (?1, ?2)
             ON CONFLICT (person) DO UPDATE SET password_hash = excluded.password_hash, password_burnt = 0",
            (person, hash),
        )
        .map(drop)
    }

    /// Enrols a TOTP device. With the same secret as before, the codes that were used stay used.
    pub fn set_totp(&self, person: &PersonId, secret: &[u8]) -> Result<(), Fault> {
        super::people::must_be_active(self, person)?;
        self.recall.holders.add(person);
        self.execute(
            "INSERT INTO credential (person, totp_secret) VALUES (?1, ?2)
             ON CONFLICT (person) DO UPDATE SET
                 last_step = CASE WHEN totp_secret = excluded.totp_secret THEN last_step END,
                 totp_secret = excluded.totp_secret",
            (person, secret),
        )
        .map(drop)
    }
}

pub(super) fn enrolled(tx: &Tx<'_>, person: &PersonId) -> Result<Enrolled, Fault> {
    let sql = "SELECT password_hash IS NOT NULL AND password_burnt = 0, totp_secret IS NOT NULL, last_step
               FROM credential WHERE person = ?1";
    let found = tx.find(sql, [person], |row| {
        let last_step: Option<i64> = row.get(2)?;
        Ok(Enrolled {
            password: row.get(0)?,
            totp: row.get(1)?,
            last_step: last_step.and_then(|step| u64::try_from(step).ok()),
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// Ends every secret of somebody who leaves.
pub(super) fn end(tx: &Tx<'_>, person: &PersonId) -> Result<(), Fault> {
    let keys = |most| tx.keys("SELECT person FROM credential LIMIT ?1", most);
    match tx.recall.holders.may_have(person, keys)? {
        true => tx.execute("DELETE FROM credential WHERE person = ?1", [person]).map(drop),
        false => Ok(()),
    }
}

pub(super) fn burn_password(tx: &Tx<'_>, person: &PersonId) -> Result<(), Fault> {
    tx.change_one(
        "a password is burnt",
        "UPDATE credential SET password_burnt = 1
         WHERE person = ?1 AND password_hash IS NOT NULL AND password_burnt = 0",
        [person],
    )
}

/// Burns a step, which must be later than every burnt one: no code is ever accepted twice.
pub(super) fn burn_totp(tx: &Tx<'_>, person: &PersonId, step: u64) -> Result<(), Fault> {
    let step = i64::try_from(step).map_err(|_| Fault("a TOTP step is out of range".to_owned()))?;
    tx.change_one(
        "a TOTP step is burnt",
        "UPDATE credential SET last_step = ?2
         WHERE person = ?1 AND totp_secret IS NOT NULL AND (last_step IS NULL OR last_step < ?2)",
        (person, step),
    )
}
