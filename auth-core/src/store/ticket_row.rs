//! A row of `auth_tickets`, as every engine's statements return it.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Nullable, Text};

use super::row::user_id;
use super::{StoreError, StoredTicket};
use crate::account::AccountError;
use crate::clock::Timestamp;

/// What callers see of a ticket; the hash of its secret never leaves the database.
#[derive(Queryable, QueryableByName)]
pub(in crate::store) struct TicketRow {
    #[diesel(sql_type = Nullable<Text>)]
    user_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    sent_to: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    data: Option<String>,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}

impl TryFrom<TicketRow> for StoredTicket {
    type Error = StoreError;

    fn try_from(row: TicketRow) -> Result<StoredTicket, StoreError> {
        Ok(StoredTicket {
            user: row.user_id.map(user_id).transpose()?,
            sent_to: row.sent_to,
            data: row.data,
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

/// A row that could not be written because another has the same e-mail.
pub(in crate::store) fn taken(error: StoreError) -> AccountError {
    let is_taken = |error: &Error| matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _));
    match &error {
        StoreError::Database(cause) if cause.downcast_ref().is_some_and(is_taken) => AccountError::AlreadyExists,
        _ => error.into(),
    }
}
