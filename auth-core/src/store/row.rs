//! What stands in the tables of every engine: rows, words, ids.

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::secret::SecretString;
use crate::store::{ChangedUser, StoreError};

/// The types of a row as an engine's tables hold it, and how they are read.
///
/// `SessionRow` is what callers see of a row of `auth_sessions`; its secret hash never leaves the
/// database. `AccountRow` is a row of `auth_accounts`. Expects both tables, and Diesel's prelude,
/// in scope.
macro_rules! rows {
    (backend: $backend:ty, id: $id:ty, roles: $roles:ty $(,)?) => {
        #[derive(Queryable, QueryableByName, Selectable)]
        #[diesel(table_name = auth_sessions, check_for_backend($backend))]
        pub(super) struct SessionRow {
            id: $id,
            user_id: String,
            epoch: i64,
            current: i64,
            current_since: i64,
            created_at: i64,
            auth_time: i64,
            amr: Option<String>,
            expires_at: i64,
            idle_until: i64,
            revoked_at: Option<i64>,
            user_agent: Option<String>,
            ip: Option<String>,
        }

        impl TryFrom<SessionRow> for $crate::store::Session {
            type Error = $crate::store::StoreError;

            fn try_from(row: SessionRow) -> Result<$crate::store::Session, $crate::store::StoreError> {
                use $crate::clock::Timestamp;
                use $crate::methods::AuthMethods;
                use $crate::store::row::{StoredId, user_id};

                Ok($crate::store::Session {
                    id: row.id.session_id()?,
                    user: user_id(row.user_id)?,
                    epoch: row.epoch,
                    current: row.current,
                    current_since: Timestamp::from_millis(row.current_since),
                    created_at: Timestamp::from_millis(row.created_at),
                    auth_time: Timestamp::from_millis(row.auth_time),
                    methods: row.amr.as_deref().map(AuthMethods::of_text).unwrap_or_default(),
                    expires_at: Timestamp::from_millis(row.expires_at),
                    idle_until: Timestamp::from_millis(row.idle_until),
                    revoked_at: row.revoked_at.map(Timestamp::from_millis),
                    user_agent: row.user_agent,
                    ip: row.ip,
                })
            }
        }

        #[derive(Queryable, Selectable)]
        #[diesel(table_name = auth_accounts, check_for_backend($backend))]
        pub(super) struct AccountRow {
            id: String,
            email: String,
            password_hash: String,
            roles: $roles,
            disabled_at: Option<i64>,
        }

        impl TryFrom<AccountRow> for $crate::account::Account {
            type Error = $crate::store::StoreError;

            fn try_from(row: AccountRow) -> Result<$crate::account::Account, $crate::store::StoreError> {
                use $crate::store::row::{StoredRoles, password_hash, user_id};

                // Taken over first, so that the hash is zeroised also when something else in the
                // row is wrong.
                let password_hash = password_hash(row.password_hash);
                Ok($crate::account::Account {
                    id: user_id(row.id)?,
                    email: row.email,
                    password_hash,
                    roles: row.roles.names()?,
                    disabled: row.disabled_at.is_some(),
                })
            }
        }

        /// A row of a list of accounts.
        #[derive(Queryable, Selectable)]
        #[diesel(table_name = auth_accounts, check_for_backend($backend))]
        pub(super) struct ListedRow {
            id: String,
            email: String,
            roles: $roles,
            disabled_at: Option<i64>,
            created_at: i64,
        }

        impl TryFrom<ListedRow> for $crate::account::ListedAccount {
            type Error = $crate::store::StoreError;

            fn try_from(row: ListedRow) -> Result<$crate::account::ListedAccount, $crate::store::StoreError> {
                use $crate::clock::Timestamp;
                use $crate::store::row::{StoredRoles, user_id};

                Ok($crate::account::ListedAccount {
                    id: user_id(row.id)?,
                    email: row.email,
                    roles: row.roles.names()?,
                    disabled: row.disabled_at.is_some(),
                    created_at: Timestamp::from_millis(row.created_at),
                })
            }
        }

        /// A new account, but for when it is made.
        #[derive(Insertable)]
        #[diesel(table_name = auth_accounts)]
        pub(super) struct NewAccountRow<'a> {
            id: &'a str,
            email: &'a str,
            email_key: String,
            password_hash: &'a str,
            roles: $roles,
            demo: bool,
        }

        impl<'a> NewAccountRow<'a> {
            pub(super) fn new(id: &'a $crate::ids::UserId, account: &'a $crate::account::NewAccount) -> Self {
                use $crate::store::row::StoredRoles;

                NewAccountRow {
                    id: id.as_str(),
                    email: &account.email,
                    email_key: $crate::account::normalise_email(&account.email),
                    password_hash: account.password_hash.expose(),
                    roles: StoredRoles::of(&account.roles),
                    demo: account.demo,
                }
            }
        }
    };
}
pub(in crate::store) use rows;

/// The column of a session's id.
pub(in crate::store) trait StoredId {
    /// The id in it.
    fn session_id(self) -> Result<SessionId, StoreError>;
}

impl StoredId for String {
    fn session_id(self) -> Result<SessionId, StoreError> {
        self.parse()
            .map_err(|_| StoreError::Corrupt("a session id that is no UUID in lower case".to_owned()))
    }
}

impl StoredId for uuid::Uuid {
    fn session_id(self) -> Result<SessionId, StoreError> {
        Ok(SessionId(self))
    }
}

/// The column of an account's roles.
pub(in crate::store) trait StoredRoles: Sized {
    /// The column for these names.
    fn of(names: &[String]) -> Self;

    /// The names in it.
    fn names(self) -> Result<Vec<String>, StoreError>;
}

/// A JSON array, where the database has no arrays.
impl StoredRoles for String {
    fn of(names: &[String]) -> String {
        serde_json::Value::from(names).to_string()
    }

    fn names(self) -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&self).map_err(|_| StoreError::Corrupt("roles that are no JSON array of names".to_owned()))
    }
}

impl StoredRoles for Vec<String> {
    fn of(names: &[String]) -> Vec<String> {
        names.to_vec()
    }

    fn names(self) -> Result<Vec<String>, StoreError> {
        Ok(self)
    }
}

/// The columns of `auth_users`: user, epoch, roles version, and when they last changed.
pub(in crate::store) type CountersRow = (String, i64, i64, i64);

pub(in crate::store) fn changed_user((user, epoch, version, at): CountersRow) -> Result<ChangedUser, StoreError> {
    Ok(ChangedUser {
        user: user_id(user)?,
        counters: (epoch, version).into(),
        at: Timestamp::from_millis(at),
    })
}

pub(in crate::store) fn user_id(text: String) -> Result<UserId, StoreError> {
    UserId::new(text).map_err(|error| StoreError::Corrupt(format!("a user id that is none: {error}")))
}

pub(in crate::store) fn password_hash(text: String) -> SecretString {
    SecretString::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_a_text_whatever_their_names() {
        for roles in [
            vec![],
            vec!["admin".to_owned()],
            vec!["a\"b".to_owned(), "c,d".to_owned(), "ä\n".to_owned()],
        ] {
            let column: String = StoredRoles::of(&roles);
            assert_eq!(column.names().expect("what was written is read"), roles);
        }
    }

    #[test]
    fn a_corrupt_row_is_reported_without_its_content() {
        let error = "{\"hunter2\": 1}"
            .to_owned()
            .names()
            .expect_err("an object is no array");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
