//! Rows as they come out of the tables, and the words and lists that stand in them.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::schema::{auth_accounts, auth_sessions};
use crate::account::{Account, UserId};
use crate::clock::Timestamp;
use crate::secret::SecretString;
use crate::store::{Session, SessionId, StoreError, Verdict};

/// What callers see of a row of `auth_sessions`; its secret hash never leaves the database.
#[derive(Queryable, Selectable)]
#[diesel(table_name = auth_sessions, check_for_backend(Sqlite))]
pub(super) struct SessionRow {
    id: String,
    user_id: String,
    head: i64,
    head_at: i64,
    created_at: i64,
    auth_time: i64,
    expires_at: i64,
    idle_until: i64,
    revoked_at: Option<i64>,
    user_agent: Option<String>,
    ip: Option<String>,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Session, StoreError> {
        Ok(Session {
            id: session_id(&row.id)?,
            user: user_id(row.user_id)?,
            head: row.head,
            head_at: Timestamp::from_millis(row.head_at),
            created_at: Timestamp::from_millis(row.created_at),
            auth_time: Timestamp::from_millis(row.auth_time),
            expires_at: Timestamp::from_millis(row.expires_at),
            idle_until: Timestamp::from_millis(row.idle_until),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            user_agent: row.user_agent,
            ip: row.ip,
        })
    }
}

/// A row of `auth_accounts`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = auth_accounts, check_for_backend(Sqlite))]
pub(super) struct AccountRow {
    id: String,
    email: String,
    password_hash: String,
    roles: String,
    disabled_at: Option<i64>,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Account, StoreError> {
        // Taken over first, so that the hash is zeroised also when something else in the row is wrong.
        let password_hash = SecretString::new(row.password_hash);
        Ok(Account {
            id: user_id(row.id)?,
            email: row.email,
            password_hash,
            roles: roles_from_text(&row.roles)?,
            disabled: row.disabled_at.is_some(),
        })
    }
}

pub(super) fn session_id(text: &str) -> Result<SessionId, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Corrupt("a session id that is no UUID in lower case".to_owned()))
}

pub(super) fn user_id(text: String) -> Result<UserId, StoreError> {
    UserId::new(text).map_err(|error| StoreError::Corrupt(format!("a user id that is none: {error}")))
}

/// The roles column: a JSON array of names.
pub(super) fn roles_to_text(roles: &[String]) -> String {
    serde_json::Value::from(roles).to_string()
}

pub(super) fn roles_from_text(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("roles that are no JSON array of names".to_owned()))
}

/// The verdict column.
pub(super) const fn verdict_to_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Rotated => "rotated",
        Verdict::Ahead => "ahead",
        Verdict::Replayed => "replayed",
        Verdict::Forked => "forked",
        Verdict::Reused => "reused",
        Verdict::AccountClosed => "account_closed",
    }
}

pub(super) fn verdict_from_word(word: Option<&str>) -> Result<Verdict, StoreError> {
    const ALL: [Verdict; 6] = [
        Verdict::Rotated,
        Verdict::Ahead,
        Verdict::Replayed,
        Verdict::Forked,
        Verdict::Reused,
        Verdict::AccountClosed,
    ];
    let found = ALL.into_iter().find(|verdict| Some(verdict_to_word(*verdict)) == word);
    found.ok_or_else(|| StoreError::Corrupt("a verdict that is none".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_the_table_whatever_their_names() {
        for roles in [
            vec![],
            vec!["admin".to_owned()],
            vec!["a\"b".to_owned(), "c,d".to_owned(), "ä\n".to_owned()],
        ] {
            assert_eq!(
                roles_from_text(&roles_to_text(&roles)).expect("what was written is read"),
                roles
            );
        }
    }

    #[test]
    fn a_corrupt_row_is_reported_without_its_content() {
        let error = roles_from_text("{\"hunter2\": 1}").expect_err("an object is no array");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
