//! Rows as they come out of the tables, and the lists that stand in them.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::schema::{auth_accounts, auth_sessions};
use crate::ids::UserId;
use crate::store::StoreError;
use crate::store::row::{StoredRoles, rows};

rows! { backend: Sqlite, id: String, roles: String }

/// The roles column: a JSON array of names.
pub(super) fn roles_to_text(roles: &[String]) -> String {
    serde_json::Value::from(roles).to_string()
}

/// The names of the roles that the user of an enabled account holds; `None` where there is none.
pub(super) fn roles_of(conn: &mut SqliteConnection, user: &UserId) -> Result<Option<Vec<String>>, StoreError> {
    let roles = auth_accounts::table
        .find(user.as_str())
        .filter(auth_accounts::disabled_at.is_null())
        .select(auth_accounts::roles);
    let roles = roles.first::<String>(conn).optional()?;
    roles.map(StoredRoles::names).transpose()
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
            assert_eq!(roles_to_text(&roles).names().expect("what was written is read"), roles);
        }
    }
}
