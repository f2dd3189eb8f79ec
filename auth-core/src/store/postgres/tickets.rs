//! [`TicketStore`] on the tickets table, and what a ticket does to an account.
//!
//! What takes several locks takes the account's row first, the user's row of `auth_users` second
//! and tickets last. Tickets without a user are locked in the order of their ids.

use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;
use uuid::Uuid;

use super::PostgresStore;
use super::pool::Failure;
use super::schema::{NewAccountRow, auth_accounts, auth_now, auth_tickets, later};
use super::span_of;
use super::users::{end_epoch_and_tickets, end_tickets, lock};
use crate::account::{NewAccount, normalise_email};
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::row::user_id;
use crate::store::ticket_row::TicketRow;
use crate::store::{NewEpoch, NewTicket, StoreError, StoredTicket, TicketKey, TicketStore};

#[async_trait]
impl TicketStore for PostgresStore {
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError> {
        self.0
            .pool
            .transact(move |conn| {
                let new = new.clone();
                Box::pin(async move { Ok(issue(conn, new).await?) })
            })
            .await
    }

    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        let key = key.clone();
        self.0
            .pool
            .run(move |conn| {
                let key = key.clone();
                Box::pin(async move { good(conn, &key).await })
            })
            .await
    }

    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        let key = key.clone();
        self.0
            .pool
            .transact(move |conn| {
                let key = key.clone();
                Box::pin(async move { redeem(conn, &key).await })
            })
            .await
    }

    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move {
                    lock(conn, &user).await?;
                    Ok(end_tickets(conn, &user).await?)
                })
            })
            .await
    }

    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError> {
        let address = address.to_owned();
        self.0
            .pool
            .transact(move |conn| {
                let address = address.clone();
                Box::pin(async move { Ok(end_to_address(conn, &address).await?) })
            })
            .await
    }
}

async fn issue(conn: &mut AsyncPgConnection, new: NewTicket) -> QueryResult<bool> {
    if let Some(owner) = &new.owner
        && lock(conn, &owner.user).await?.0.epoch != owner.epoch
    {
        return Ok(false);
    }
    diesel::insert_into(auth_tickets::table)
        .values((
            auth_tickets::id.eq(Uuid::new_v4()),
            auth_tickets::purpose.eq(new.key.purpose),
            auth_tickets::user_id.eq(new.owner.map(|owner| owner.user.to_string())),
            auth_tickets::sent_to.eq(new.sent_to),
            auth_tickets::secret_hash.eq(new.key.secret.0.to_vec()),
            auth_tickets::data.eq(new.data),
            auth_tickets::created_at.eq(auth_now()),
            auth_tickets::expires_at.eq(later(span_of(new.lifetime))),
        ))
        .execute(conn)
        .await?;
    Ok(true)
}

/// The rows that `key` names and that are good when the statement begins: one or none.
#[diesel::dsl::auto_type]
fn is_good<'a>(purpose: &'a str, secret: &'a [u8]) -> _ {
    auth_tickets::secret_hash
        .eq(secret)
        .and(auth_tickets::purpose.eq(purpose))
        .and(auth_tickets::used_at.is_null())
        .and(auth_tickets::expires_at.gt(auth_now()))
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

async fn good(conn: &mut AsyncPgConnection, key: &TicketKey) -> Result<Option<StoredTicket>, Failure> {
    let row = auth_tickets::table
        .filter(is_good(&key.purpose, &key.secret.0))
        .select(COLUMNS);
    let row = row.first::<TicketRow>(conn).await.optional()?;
    Ok(row.map(StoredTicket::try_from).transpose()?)
}

/// Uses a ticket by one statement, and ends its siblings. The locks before it make two siblings
/// take turns.
async fn redeem(conn: &mut AsyncPgConnection, key: &TicketKey) -> Result<Option<StoredTicket>, Failure> {
    let Some(found) = good(conn, key).await? else {
        return Ok(None);
    };
    if let Some(user) = &found.user {
        lock(conn, user).await?;
    } else if let Some(address) = &found.sent_to {
        let siblings = auth_tickets::table
            .filter(auth_tickets::purpose.eq(&key.purpose))
            .filter(auth_tickets::user_id.is_null())
            .filter(auth_tickets::sent_to.eq(address))
            .filter(auth_tickets::used_at.is_null())
            .order(auth_tickets::id)
            .select(auth_tickets::id)
            .for_no_key_update();
        siblings.load::<Uuid>(conn).await?;
    }
    let row = diesel::update(auth_tickets::table.filter(is_good(&key.purpose, &key.secret.0)))
        .set(auth_tickets::used_at.eq(auth_now().nullable()))
        .returning(COLUMNS)
        .get_result::<TicketRow>(conn)
        .await
        .optional()?;
    let Some(ticket) = row.map(StoredTicket::try_from).transpose()? else {
        return Ok(None);
    };
    let open = auth_tickets::purpose
        .eq(&key.purpose)
        .and(auth_tickets::used_at.is_null());
    let ended = auth_tickets::used_at.eq(auth_now().nullable());
    if let Some(user) = &ticket.user {
        let siblings = open.and(auth_tickets::user_id.eq(user.as_str()));
        let ending = diesel::update(auth_tickets::table.filter(siblings)).set(ended);
        ending.execute(conn).await?;
    } else if let Some(address) = &ticket.sent_to {
        let siblings = open
            .and(auth_tickets::user_id.is_null())
            .and(auth_tickets::sent_to.eq(address));
        let ending = diesel::update(auth_tickets::table.filter(siblings)).set(ended);
        ending.execute(conn).await?;
    }
    Ok(Some(ticket))
}

pub(super) async fn delete_expired(conn: &mut AsyncPgConnection, keep: Duration, limit: u32) -> QueryResult<usize> {
    let old = diesel::alias!(auth_tickets as old_tickets);
    let end = old.field(auth_tickets::expires_at);
    let oldest = old
        .filter(end.le(later(-span_of(keep))))
        .order(end)
        .limit(i64::from(limit))
        .select(old.field(auth_tickets::id));
    diesel::delete(auth_tickets::table.filter(auth_tickets::id.eq_any(oldest)))
        .execute(conn)
        .await
}

/// Ends the tickets that went to this address and belong to no account: a sign-up, an invitation.
pub(super) async fn end_to_address(conn: &mut AsyncPgConnection, address: &str) -> QueryResult<()> {
    let open = auth_tickets::user_id
        .is_null()
        .and(auth_tickets::used_at.is_null())
        .and(auth_tickets::sent_to.eq(address));
    let locked = auth_tickets::table
        .filter(open)
        .order(auth_tickets::id)
        .select(auth_tickets::id)
        .for_no_key_update();
    let ids: Vec<Uuid> = locked.load(conn).await?;
    diesel::update(auth_tickets::table.filter(auth_tickets::id.eq_any(ids)))
        .set(auth_tickets::used_at.eq(auth_now().nullable()))
        .execute(conn)
        .await
        .map(drop)
}

// What a ticket does to an account. An error undoes the use of the ticket.

pub(super) async fn create_account(
    conn: &mut AsyncPgConnection,
    key: &TicketKey,
    id: &UserId,
    account: &NewAccount,
) -> Result<bool, Failure> {
    if redeem(conn, key).await?.is_none() {
        return Ok(false);
    }
    diesel::insert_into(auth_accounts::table)
        .values((
            NewAccountRow::new(id, account),
            auth_accounts::created_at.eq(auth_now()),
        ))
        .execute(conn)
        .await?;
    Ok(true)
}

pub(super) async fn set_password(
    conn: &mut AsyncPgConnection,
    key: &TicketKey,
    new: &SecretString,
) -> Result<Option<(UserId, NewEpoch)>, Failure> {
    let Some((user, address)) = lock_enabled_account(conn, key).await? else {
        return Ok(None);
    };
    let is_there = good(conn, key)
        .await?
        .is_some_and(|ticket| ticket.sent_to == Some(address));
    if !is_there || redeem(conn, key).await?.is_none() {
        return Ok(None);
    }
    diesel::update(auth_accounts::table.find(user.as_str()))
        .set(auth_accounts::password_hash.eq(new.expose()))
        .execute(conn)
        .await?;
    let epoch = end_epoch_and_tickets(conn, &user).await?;
    Ok(Some((user, epoch)))
}

pub(super) async fn set_email_by_ticket(
    conn: &mut AsyncPgConnection,
    key: &TicketKey,
) -> Result<Option<UserId>, Failure> {
    let Some((user, _)) = lock_enabled_account(conn, key).await? else {
        return Ok(None);
    };
    let Some(ticket) = redeem(conn, key).await? else {
        return Ok(None);
    };
    let Some(email) = ticket.data else {
        return Err(StoreError::Corrupt("a ticket without its address".to_owned()).into());
    };
    set_email(conn, &user, &email).await?;
    Ok(Some(user))
}

/// Says whether there is such an account.
pub(super) async fn set_email(conn: &mut AsyncPgConnection, id: &UserId, email: &str) -> Result<bool, Failure> {
    let changed = diesel::update(auth_accounts::table.find(id.as_str()))
        .set((
            auth_accounts::email.eq(email),
            auth_accounts::email_key.eq(normalise_email(email)),
        ))
        .execute(conn)
        .await?;
    lock(conn, id).await?;
    end_tickets(conn, id).await?;
    Ok(changed == 1)
}

/// Locks the enabled account of a good ticket; answers with its user and its e-mail, normalised.
async fn lock_enabled_account(
    conn: &mut AsyncPgConnection,
    key: &TicketKey,
) -> Result<Option<(UserId, String)>, Failure> {
    let Some(user) = good(conn, key).await?.and_then(|ticket| ticket.user) else {
        return Ok(None);
    };
    let row = auth_accounts::table
        .find(user.as_str())
        .filter(auth_accounts::disabled_at.is_null())
        .select((auth_accounts::id, auth_accounts::email_key))
        .for_no_key_update();
    let row = row.first::<(String, String)>(conn).await.optional()?;
    Ok(row
        .map(|(id, email)| Ok::<_, StoreError>((user_id(id)?, email)))
        .transpose()?)
}
