//! A row of `auth_totp`, as every engine's statements return it.

use diesel::prelude::*;

use super::StoredTotp;
use crate::clock::Timestamp;

#[derive(Queryable)]
pub(in crate::store) struct TotpRow {
    secret: String,
    created_at: i64,
    confirmed_at: Option<i64>,
}

impl From<TotpRow> for StoredTotp {
    fn from(row: TotpRow) -> StoredTotp {
        StoredTotp {
            sealed: row.secret,
            created_at: Timestamp::from_millis(row.created_at),
            is_confirmed: row.confirmed_at.is_some(),
        }
    }
}
