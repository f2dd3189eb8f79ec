//! The tables as Diesel sees them; `migrations/postgres` says why each column is there.

use diesel::dsl::AsExprOf;
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use crate::store::row::rows;

diesel::table! {
    auth_schema (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    auth_sessions (id) {
        id -> Uuid,
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
        roles -> Array<Text>,
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
        id -> Uuid,
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

diesel::allow_tables_to_appear_in_same_query!(auth_sessions, auth_accounts, auth_users);

#[diesel::declare_sql_function]
extern "SQL" {
    /// When the statement began, in milliseconds since the epoch.
    fn auth_now() -> BigInt;
    /// The smaller of two numbers.
    fn least(one: BigInt, other: BigInt) -> BigInt;
    /// Takes a lock that ends with the transaction, or says at once that another transaction holds
    /// it.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

diesel::infix_operator!(Later, " + ", BigInt, backend: Pg);

/// A time in milliseconds after (or before) the statement began.
pub(super) fn later<Span: AsExpression<BigInt>>(span: Span) -> Later<auth_now, AsExprOf<Span, BigInt>> {
    Later::new(auth_now(), span.as_expression())
}

/// The rows of sessions that are live when the statement begins, if their epoch is their user's:
/// not revoked, and before both of their ends.
#[diesel::dsl::auto_type]
pub(super) fn live() -> _ {
    auth_sessions::revoked_at
        .is_null()
        .and(auth_sessions::expires_at.gt(auth_now()))
        .and(auth_sessions::idle_until.gt(auth_now()))
}

// Rows as they come out of the tables and go into them.

rows! { backend: Pg, id: Uuid, roles: Vec<String> }
