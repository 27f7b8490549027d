//! How the domain's values stand in the database's columns.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::{
    ApprovalId, ApprovalStatus, Cancellable, Code, Conversation, DepartmentId, GroupId, LetterState, Level,
    MessageId, Permission, Permissions, PersonId, PersonStatus, StepState, StepStatus, Timestamp, Topic,
};

macro_rules! text_columns {
    ($($name:ident by $read:expr),+ $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                known(stringify!($name), $read(value.as_str()?))
            }
        }
    )+};
}

text_columns! {
    ApprovalId by |text| Some(ApprovalId::new(text)),
    DepartmentId by |text| Some(DepartmentId::new(text)),
    GroupId by |text| Some(GroupId::new(text)),
    MessageId by |text| Some(MessageId::new(text)),
    PersonId by |text| Some(PersonId::new(text)),
    ApprovalStatus by ApprovalStatus::parse,
    Cancellable by Cancellable::parse,
    // In no other case than it was written: nothing in the audit log may be changed unseen.
    Code by |text| Code::parse(text).filter(|code| code.as_str() == text),
    Level by Level::parse,
    LetterState by LetterState::parse,
    PersonStatus by PersonStatus::parse,
    StepState by StepState::parse,
    StepStatus by StepStatus::parse,
    Topic by Topic::parse,
}

impl ToSql for Conversation {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.key()))
    }
}

impl FromSql for Conversation {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        known("Conversation", Self::from_key(value.as_str()?))
    }
}

impl ToSql for Permissions {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.words()))
    }
}

impl FromSql for Permissions {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let words = value.as_str()?.split(',').filter(|word| !word.is_empty());
        known("Permissions", words.map(Permission::parse).collect())
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_millis()))
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_millis)
    }
}

/// The value, or an error that names the type and nothing of what was stored.
pub(super) fn known<T>(what: &str, value: Option<T>) -> FromSqlResult<T> {
    value
        .ok_or_else(|| FromSqlError::Other(format!("a stored {what} is none that this program knows").into()))
}
