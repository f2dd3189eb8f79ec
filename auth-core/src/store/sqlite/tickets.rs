//! [`TicketStore`] on the tickets table, and what a ticket does to an account.

use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use uuid::Uuid;

use super::SqliteStore;
use super::schema::{NewAccountRow, auth_accounts, auth_tickets};
use super::users::{counters_of, end_epoch_and_tickets, end_tickets};
use crate::account::{NewAccount, normalise_email};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::ticket_row::TicketRow;
use crate::store::{NewEpoch, NewTicket, StoreError, StoredTicket, TicketKey, TicketStore};

#[async_trait]
impl TicketStore for SqliteStore {
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError> {
        self.0.writer.run(move |conn, now| Ok(issue(conn, now, new)?)).await
    }

    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        let (key, now) = (key.clone(), self.0.clock.now());
        self.0.reader.run(move |conn| good(conn, now, &key)).await
    }

    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        let key = key.clone();
        self.0.writer.run(move |conn, now| redeem(conn, now, &key)).await
    }

    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| Ok(end_tickets(conn, now, &user)?))
            .await
    }

    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError> {
        let address = address.to_owned();
        self.0
            .writer
            .run(move |conn, now| Ok(end_to_address(conn, now, &address)?))
            .await
    }
}

fn issue(conn: &mut SqliteConnection, now: Timestamp, new: NewTicket) -> QueryResult<bool> {
    if let Some(owner) = &new.owner
        && counters_of(conn, &owner.user)?.epoch != owner.epoch
    {
        return Ok(false);
    }
    diesel::insert_into(auth_tickets::table)
        .values((
            auth_tickets::id.eq(Uuid::new_v4().to_string()),
            auth_tickets::purpose.eq(new.key.purpose),
            auth_tickets::user_id.eq(new.owner.map(|owner| owner.user.to_string())),
            auth_tickets::sent_to.eq(new.sent_to),
            auth_tickets::secret_hash.eq(new.key.secret.0.as_slice()),
            auth_tickets::data.eq(new.data),
            auth_tickets::created_at.eq(now.millis()),
            auth_tickets::expires_at.eq(now.plus(new.lifetime).millis()),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The rows that `key` names and that are good at `now`: one or none.
#[diesel::dsl::auto_type]
fn is_good<'a>(now: i64, purpose: &'a str, secret: &'a [u8]) -> _ {
    auth_tickets::secret_hash
        .eq(secret)
        .and(auth_tickets::purpose.eq(purpose))
        .and(auth_tickets::used_at.is_null())
        .and(auth_tickets::expires_at.gt(now))
}

const COLUMNS: (
    auth_tickets::user_id,
    auth_tickets::sent_to,
    auth_tickets::data,
    auth_tickets::expires_at,
) = (
    auth_tickets::user_id,
    auth_tickets::sent_to,
    auth_tickets::data,
    auth_tickets::expires_at,
);

fn good(conn: &mut SqliteConnection, now: Timestamp, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
    let row = auth_tickets::table
        .filter(is_good(now.millis(), &key.purpose, &key.secret.0))
        .select(COLUMNS);
    let row = row.first::<TicketRow>(conn).optional()?;
    row.map(StoredTicket::try_from).transpose()
}

/// Uses a ticket by one statement, and ends its siblings.
fn redeem(conn: &mut SqliteConnection, now: Timestamp, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
    let row = diesel::update(auth_tickets::table.filter(is_good(now.millis(), &key.purpose, &key.secret.0)))
        .set(auth_tickets::used_at.eq(now.millis()))
        .returning(COLUMNS)
        .get_result::<TicketRow>(conn)
        .optional()?;
    let Some(ticket) = row.map(StoredTicket::try_from).transpose()? else {
        return Ok(None);
    };
    let open = auth_tickets::purpose
        .eq(&key.purpose)
        .and(auth_tickets::used_at.is_null());
    let ended = auth_tickets::used_at.eq(now.millis());
    if let Some(user) = &ticket.user {
        let siblings = open.and(auth_tickets::user_id.eq(user.as_str()));
        diesel::update(auth_tickets::table.filter(siblings))
            .set(ended)
            .execute(conn)?;
    } else if let Some(address) = &ticket.sent_to {
        let siblings = open
            .and(auth_tickets::user_id.is_null())
            .and(auth_tickets::sent_to.eq(address));
        diesel::update(auth_tickets::table.filter(siblings))
            .set(ended)
            .execute(conn)?;
    }
    Ok(Some(ticket))
}

pub(super) fn delete_expired(
    conn: &mut SqliteConnection,
    now: Timestamp,
    keep: Duration,
    limit: u32,
) -> QueryResult<usize> {
    let old = diesel::alias!(auth_tickets as old_tickets);
    let end = old.field(auth_tickets::expires_at);
    let oldest = old
        .filter(end.le(now.minus(keep).millis()))
        .order(end)
        .limit(i64::from(limit))
        .select(old.field(auth_tickets::id));
    diesel::delete(auth_tickets::table.filter(auth_tickets::id.eq_any(oldest))).execute(conn)
}

/// Ends the tickets that went to the address of an account and belong to none: a sign-up, an
/// invitation.
pub(super) fn end_to_address_of(conn: &mut SqliteConnection, now: Timestamp, user: &UserId) -> QueryResult<()> {
    let address = auth_accounts::table
        .find(user.as_str())
        .select(auth_accounts::email_key)
        .first::<String>(conn)
        .optional()?;
    address.map_or(Ok(()), |address| end_to_address(conn, now, &address))
}

/// Ends the tickets that went to this address and belong to no account.
fn end_to_address(conn: &mut SqliteConnection, now: Timestamp, address: &str) -> QueryResult<()> {
    let open = auth_tickets::user_id
        .is_null()
        .and(auth_tickets::used_at.is_null())
        .and(auth_tickets::sent_to.eq(address));
    diesel::update(auth_tickets::table.filter(open))
        .set(auth_tickets::used_at.eq(now.millis()))
        .execute(conn)
        .map(drop)
}

// What a ticket does to an account. An error undoes the use of the ticket.

pub(super) fn create_account(
    conn: &mut SqliteConnection,
    now: Timestamp,
    key: &TicketKey,
    id: &UserId,
    account: &NewAccount,
) -> Result<bool, StoreError> {
    if redeem(conn, now, key)?.is_none() {
        return Ok(false);
    }
    diesel::insert_into(auth_accounts::table)
        .values((
            NewAccountRow::new(id, account),
            auth_accounts::created_at.eq(now.millis()),
        ))
        .execute(conn)?;
    Ok(true)
}

pub(super) fn set_password(
    conn: &mut SqliteConnection,
    now: Timestamp,
    key: &TicketKey,
    new: &SecretString,
) -> Result<Option<(UserId, NewEpoch)>, StoreError> {
    let Some((user, ticket)) = of_enabled_account(conn, now, key)? else {
        return Ok(None);
    };
    let address = auth_accounts::table
        .find(user.as_str())
        .select(auth_accounts::email_key);
    if ticket.sent_to != Some(address.first::<String>(conn)?) || redeem(conn, now, key)?.is_none() {
        return Ok(None);
    }
    diesel::update(auth_accounts::table.find(user.as_str()))
        .set(auth_accounts::password_hash.eq(new.expose()))
        .execute(conn)?;
    let epoch = end_epoch_and_tickets(conn, now, &user)?;
    Ok(Some((user, epoch)))
}

pub(super) fn set_email_by_ticket(
    conn: &mut SqliteConnection,
    now: Timestamp,
    key: &TicketKey,
) -> Result<Option<UserId>, StoreError> {
    let Some((user, ticket)) = of_enabled_account(conn, now, key)? else {
        return Ok(None);
    };
    let Some(email) = ticket.data else {
        return Err(StoreError::Corrupt("a ticket without its address".to_owned()));
    };
    if redeem(conn, now, key)?.is_none() {
        return Ok(None);
    }
    set_email(conn, now, &user, &email)?;
    Ok(Some(user))
}

/// Says whether there is such an account.
pub(super) fn set_email(
    conn: &mut SqliteConnection,
    now: Timestamp,
    id: &UserId,
    email: &str,
) -> Result<bool, StoreError> {
    let changed = diesel::update(auth_accounts::table.find(id.as_str()))
        .set((
            auth_accounts::email.eq(email),
            auth_accounts::email_key.eq(normalise_email(email)),
        ))
        .execute(conn)?;
    end_tickets(conn, now, id)?;
    Ok(changed == 1)
}

/// A good ticket whose user has an enabled account.
fn of_enabled_account(
    conn: &mut SqliteConnection,
    now: Timestamp,
    key: &TicketKey,
) -> Result<Option<(UserId, StoredTicket)>, StoreError> {
    let Some(ticket) = good(conn, now, key)? else {
        return Ok(None);
    };
    let Some(user) = ticket.user.clone() else {
        return Ok(None);
    };
    let enabled = auth_accounts::table
        .find(user.as_str())
        .filter(auth_accounts::disabled_at.is_null())
        .count();
    Ok((enabled.get_result::<i64>(conn)? == 1).then_some((user, ticket)))
}
