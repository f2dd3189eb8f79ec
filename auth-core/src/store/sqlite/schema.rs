//! The tables as Diesel sees them; `migrations/sqlite` says why each column is there.

use diesel::prelude::*;

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
        head -> BigInt,
        parent -> BigInt,
        head_at -> BigInt,
        verdict -> Nullable<Text>,
        created_at -> BigInt,
        auth_time -> BigInt,
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
    /// SQLite's own list of what a database contains.
    sqlite_master (name) {
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(auth_sessions, auth_accounts, auth_users);

/// The rows of sessions that are live at `now`, in milliseconds, if their epoch is their user's: not revoked, and before
/// both of their ends.
#[diesel::dsl::auto_type]
pub(super) fn live(now: i64) -> _ {
    auth_sessions::revoked_at
        .is_null()
        .and(auth_sessions::expires_at.gt(now))
        .and(auth_sessions::idle_until.gt(now))
}
