//! The tables as Diesel sees them; `migrations/sqlite` says why each column is there.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use crate::ids::UserId;
use crate::store::StoreError;
use crate::store::row::{StoredRoles, rows};

diesel::table! {
    auth_schema (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    auth_sessions (id) {
        id -> Text,
        user_id -> Text,
        epoch -> BigInt,
        secret_hash -> Binary,
        current -> BigInt,
        previous -> BigInt,
        current_since -> BigInt,
        outcome -> Nullable<Text>,
        created_at -> BigInt,
        auth_time -> BigInt,
        amr -> Nullable<Text>,
        expires_at -> BigInt,
        idle_until -> BigInt,
        revoked_at -> Nullable<BigInt>,
        revoked_why -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip -> Nullable<Text>,
    }
}

diesel::table! {
    auth_accounts (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        roles -> Text,
        disabled_at -> Nullable<BigInt>,
        demo -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    auth_users (user_id) {
        user_id -> Text,
        epoch -> BigInt,
        roles_version -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    auth_tickets (id) {
        id -> Text,
        purpose -> Text,
        user_id -> Nullable<Text>,
        sent_to -> Nullable<Text>,
        secret_hash -> Binary,
        data -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    auth_totp (user_id) {
        user_id -> Text,
        secret -> Text,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
        tries -> BigInt,
        tried_at -> BigInt,
    }
}

diesel::table! {
    auth_recovery_codes (user_id, code_hash) {
        user_id -> Text,
        code_hash -> Binary,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// SQLite's own list of what a database contains.
    sqlite_master (name) {
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(auth_sessions, auth_accounts, auth_users);

/// The rows of sessions that are live at `now`, in milliseconds, if their epoch is their user's:
/// not revoked, and before both of their ends.
#[diesel::dsl::auto_type]
pub(super) fn live(now: i64) -> _ {
    auth_sessions::revoked_at
        .is_null()
        .and(auth_sessions::expires_at.gt(now))
        .and(auth_sessions::idle_until.gt(now))
}

// Rows as they come out of the tables and go into them.

rows! { backend: Sqlite, id: String, roles: String }

/// The names of the roles that the user of an enabled account holds; `None` where there is none.
pub(super) fn roles_of(conn: &mut SqliteConnection, user: &UserId) -> Result<Option<Vec<String>>, StoreError> {
    let roles = auth_accounts::table
        .find(user.as_str())
        .filter(auth_accounts::disabled_at.is_null())
        .select(auth_accounts::roles);
    let roles = roles.first::<String>(conn).optional()?;
    roles.map(StoredRoles::names).transpose()
}
