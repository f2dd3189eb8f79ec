//! Rows as they come out of the tables, and the lists that stand in them.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::schema::{auth_accounts, auth_sessions};
use crate::store::row::rows;

rows! { backend: Sqlite, id: String, roles: String }

/// The roles column: a JSON array of names.
pub(super) fn roles_to_text(roles: &[String]) -> String {
    serde_json::Value::from(roles).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::row::StoredRoles;

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
