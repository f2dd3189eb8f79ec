//! [`Accounts`] and [`ManagedAccounts`] on the accounts table.

use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::PostgresStore;
use super::pool::Failure;
use super::schema::{AccountRow, ListedRow, NewAccountRow, auth_accounts, auth_now, auth_users};
use super::users::{change_roles_version, end_epoch_and_tickets, end_epoch_but, lock};
use super::{factors, tickets};
use crate::account::{Account, AccountError, Accounts, ListedAccount, NewAccount, check_email, normalise_email};
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::ticket_row::taken;
use crate::store::{
    AccountCount, KeptSession, ManagedAccounts, NewEpoch, PasswordChange, TicketKey, UserCounters, same_roles,
};

#[async_trait]
impl Accounts for PostgresStore {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let key = normalise_email(email);
        let found = self.0.pool.run(move |conn| {
            let key = key.clone();
            Box::pin(async move {
                let row = auth_accounts::table
                    .filter(auth_accounts::email_key.eq(key))
                    .select(AccountRow::as_select());
                Ok(row.first(conn).await.optional()?)
            })
        });
        Ok(found.await?.map(Account::try_from).transpose()?)
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        let id = id.clone();
        let found = self.0.pool.run(move |conn| {
            let id = id.clone();
            Box::pin(async move {
                let row = auth_accounts::table.find(id.as_str()).select(AccountRow::as_select());
                Ok(row.first(conn).await.optional()?)
            })
        });
        Ok(found.await?.map(Account::try_from).transpose()?)
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        let (id, current, new) = (id.clone(), current.clone(), new.clone());
        let replaced = self.0.pool.run(move |conn| {
            let (id, current, new) = (id.clone(), current.clone(), new.clone());
            Box::pin(async move {
                let row = auth_accounts::table
                    .find(id.as_str())
                    .filter(auth_accounts::password_hash.eq(current.expose()));
                let changed = diesel::update(row)
                    .set(auth_accounts::password_hash.eq(new.expose()))
                    .execute(conn)
                    .await?;
                Ok(changed == 1)
            })
        });
        Ok(replaced.await?)
    }
}

#[async_trait]
impl ManagedAccounts for PostgresStore {
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError> {
        check_email(&account.email)?;
        let id = UserId::random();
        let user = id.clone();
        let inserted = self.0.pool.run(move |conn| {
            let (user, account) = (user.clone(), account.clone());
            Box::pin(async move {
                let inserted = diesel::insert_into(auth_accounts::table)
                    .values((
                        NewAccountRow::new(&user, &account),
                        auth_accounts::created_at.eq(auth_now()),
                    ))
                    .on_conflict(auth_accounts::email_key)
                    .do_nothing()
                    .execute(conn)
                    .await?;
                Ok(inserted == 1)
            })
        });
        if inserted.await? {
            Ok(id)
        } else {
            Err(AccountError::AlreadyExists)
        }
    }

    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError> {
        let key = normalise_email(email);
        let found = self.0.pool.run(move |conn| {
            let key = key.clone();
            Box::pin(async move {
                let row = auth_accounts::table
                    .left_join(auth_users::table.on(auth_users::user_id.eq(auth_accounts::id)))
                    .filter(auth_accounts::email_key.eq(key))
                    .select((AccountRow::as_select(), auth_users::epoch.nullable()));
                Ok(row.first::<(AccountRow, Option<i64>)>(conn).await.optional()?)
            })
        });
        let Some((row, epoch)) = found.await? else {
            return Ok(None);
        };
        Ok(Some((row.try_into()?, epoch.unwrap_or_default())))
    }

    async fn change_password(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
        kept: KeptSession,
    ) -> Result<PasswordChange, AccountError> {
        let (id, current, new) = (id.clone(), current.clone(), new.clone());
        let changed = self.0.pool.transact(move |conn| {
            let (id, current, new) = (id.clone(), current.clone(), new.clone());
            Box::pin(async move { change_password(conn, &id, &current, &new, kept).await })
        });
        Ok(changed.await?)
    }

    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError> {
        let (id, new) = (id.clone(), new.clone());
        let set = self.0.pool.transact(move |conn| {
            let (id, new) = (id.clone(), new.clone());
            Box::pin(async move {
                let row = diesel::update(auth_accounts::table.find(id.as_str()));
                let known = row.set(auth_accounts::password_hash.eq(new.expose())).execute(conn);
                end_epoch_if(known.await?, conn, &id).await
            })
        });
        set.await?
    }

    async fn set_roles(
        &self,
        id: &UserId,
        roles: Vec<String>,
        keep: Option<&str>,
    ) -> Result<Option<UserCounters>, AccountError> {
        // The role that is kept, where this could take it.
        let keep = keep.filter(|keep| !roles.iter().any(|role| role == keep));
        let (id, keep) = (id.clone(), keep.map(str::to_owned));
        let set = self.0.pool.transact(move |conn| {
            let (id, roles, keep) = (id.clone(), roles.clone(), keep.clone());
            Box::pin(async move { set_roles(conn, &id, &roles, keep).await })
        });
        set.await?
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError> {
        let (id, keep) = (id.clone(), keep.map(str::to_owned));
        let disabled = self.0.pool.transact(move |conn| {
            let (id, keep) = (id.clone(), keep.clone());
            Box::pin(async move {
                if let Some(role) = last_holder(conn, &id, keep).await? {
                    return Ok(Err(AccountError::LastHolder(role)));
                }
                // Disabled twice is disabled since the first time.
                let since = diesel::dsl::case_when(auth_accounts::disabled_at.is_null(), auth_now().nullable())
                    .otherwise(auth_accounts::disabled_at);
                let row = diesel::update(auth_accounts::table.find(id.as_str()));
                let known = row.set(auth_accounts::disabled_at.eq(since)).execute(conn);
                end_epoch_if(known.await?, conn, &id).await
            })
        });
        disabled.await?
    }

    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError> {
        let id = id.clone();
        let enabled = self.0.pool.transact(move |conn| {
            let id = id.clone();
            Box::pin(async move { enable(conn, &id).await })
        });
        enabled.await?
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>, epoch: Option<i64>) -> Result<NewEpoch, AccountError> {
        let (id, keep) = (id.clone(), keep.map(str::to_owned));
        let deleted = self.0.pool.transact(move |conn| {
            let (id, keep) = (id.clone(), keep.clone());
            Box::pin(async move {
                if let Some(role) = last_holder(conn, &id, keep).await? {
                    return Ok(Err(AccountError::LastHolder(role)));
                }
                let row = auth_accounts::table.find(id.as_str()).select(auth_accounts::email_key);
                let address = row.for_update().first::<String>(conn).await.optional()?;
                if let Some(epoch) = epoch
                    && lock(conn, &id).await?.0.epoch != epoch
                {
                    return Ok(Err(AccountError::NotFound));
                }
                let known = diesel::delete(auth_accounts::table.find(id.as_str())).execute(conn);
                let ended = end_epoch_if(known.await?, conn, &id).await?;
                if let Some(address) = address {
                    tickets::end_to_address(conn, &address).await?;
                    factors::delete(conn, &id).await?;
                }
                Ok(ended)
            })
        });
        deleted.await?
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        check_email(email)?;
        let (id, email) = (id.clone(), email.to_owned());
        let set = self.0.pool.transact(move |conn| {
            let (id, email) = (id.clone(), email.clone());
            Box::pin(async move { tickets::set_email(conn, &id, &email).await })
        });
        if set.await.map_err(taken)? {
            Ok(())
        } else {
            Err(AccountError::NotFound)
        }
    }

    async fn create_by_ticket(&self, ticket: &TicketKey, account: NewAccount) -> Result<Option<UserId>, AccountError> {
        check_email(&account.email)?;
        let (ticket, id) = (ticket.clone(), UserId::random());
        let user = id.clone();
        let created = self.0.pool.transact(move |conn| {
            let (ticket, user, account) = (ticket.clone(), user.clone(), account.clone());
            Box::pin(async move { tickets::create_account(conn, &ticket, &user, &account).await })
        });
        Ok(created.await.map_err(taken)?.then_some(id))
    }

    async fn set_password_by_ticket(
        &self,
        ticket: &TicketKey,
        new: &SecretString,
    ) -> Result<Option<(UserId, NewEpoch)>, AccountError> {
        let (ticket, new) = (ticket.clone(), new.clone());
        let set = self.0.pool.transact(move |conn| {
            let (ticket, new) = (ticket.clone(), new.clone());
            Box::pin(async move { tickets::set_password(conn, &ticket, &new).await })
        });
        Ok(set.await?)
    }

    async fn set_email_by_ticket(&self, ticket: &TicketKey) -> Result<Option<UserId>, AccountError> {
        let ticket = ticket.clone();
        let set = self.0.pool.transact(move |conn| {
            let ticket = ticket.clone();
            Box::pin(async move { tickets::set_email_by_ticket(conn, &ticket).await })
        });
        set.await.map_err(taken)
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        let id = id.clone();
        let shown = self.0.pool.run(move |conn| {
            let id = id.clone();
            Box::pin(async move {
                let row = auth_accounts::table.find(id.as_str()).select(ListedRow::as_select());
                let row = row.first(conn).await.optional()?;
                Ok(row.map(ListedAccount::try_from).transpose()?)
            })
        });
        Ok(shown.await?)
    }

    async fn list_accounts(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        let after = after.map(normalise_email).unwrap_or_default();
        let listed = self.0.pool.run(move |conn| {
            let after = after.clone();
            Box::pin(async move {
                // No key is empty.
                let rows = auth_accounts::table
                    .filter(auth_accounts::email_key.gt(after))
                    .order(auth_accounts::email_key)
                    .limit(limit.into())
                    .select(ListedRow::as_select());
                let rows = rows.load(conn).await?.into_iter().map(ListedAccount::try_from);
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            })
        });
        Ok(listed.await?)
    }

    async fn count(&self) -> Result<AccountCount, AccountError> {
        let counted = self.0.pool.run(|conn| {
            Box::pin(async move {
                let all = auth_accounts::table.select(count_star()).get_result(conn).await?;
                let demo = auth_accounts::table
                    .filter(auth_accounts::demo)
                    .select(count_star())
                    .get_result(conn)
                    .await?;
                Ok(AccountCount { all, demo })
            })
        });
        Ok(counted.await?)
    }
}

/// The role to `keep`, where only this account of the enabled ones holds it.
///
/// Locks this account and those that hold the role to the end of the transaction. Every transaction
/// locks them in the same order, so that two of them wait for each other and do not block each
/// other. A row that changed while this waited is judged as it is then.
async fn last_holder(conn: &mut AsyncPgConnection, id: &UserId, keep: Option<String>) -> QueryResult<Option<String>> {
    let Some(keep) = keep else { return Ok(None) };
    let holds = || {
        let enabled = auth_accounts::disabled_at.is_null();
        enabled.and(auth_accounts::roles.contains(vec![keep.as_str()]))
    };
    let rows = auth_accounts::table
        .filter(auth_accounts::id.eq(id.as_str()).or(holds()))
        .select((auth_accounts::id, holds()))
        .order(auth_accounts::id)
        .for_no_key_update();
    let rows = rows.load::<(String, bool)>(conn).await?;
    let mut holders = rows
        .iter()
        .filter(|(_, holds)| *holds)
        .map(|(holder, _)| holder.as_str());
    let is_last = holders.next() == Some(id.as_str()) && holders.next().is_none();
    Ok(is_last.then_some(keep))
}

/// Begins a new epoch where a row was changed.
async fn end_epoch_if(
    changed: usize,
    conn: &mut AsyncPgConnection,
    id: &UserId,
) -> Result<Result<NewEpoch, AccountError>, Failure> {
    if changed == 0 {
        return Ok(Err(AccountError::NotFound));
    }
    Ok(Ok(end_epoch_and_tickets(conn, id).await?))
}

async fn change_password(
    conn: &mut AsyncPgConnection,
    id: &UserId,
    current: &SecretString,
    new: &SecretString,
    kept: KeptSession,
) -> Result<PasswordChange, Failure> {
    let row = auth_accounts::table
        .find(id.as_str())
        .filter(auth_accounts::password_hash.eq(current.expose()))
        .filter(auth_accounts::disabled_at.is_null())
        .select(auth_accounts::roles)
        .for_no_key_update();
    let Some(roles) = row.first::<Vec<String>>(conn).await.optional()? else {
        return Ok(PasswordChange::HashChanged);
    };
    // Before anything is written: a transaction that answers is committed.
    let Some(mut renewed) = end_epoch_but(conn, id, kept).await? else {
        return Ok(PasswordChange::SessionOver);
    };
    diesel::update(auth_accounts::table.find(id.as_str()))
        .set(auth_accounts::password_hash.eq(new.expose()))
        .execute(conn)
        .await?;
    renewed.roles = Some(roles);
    Ok(PasswordChange::Changed(renewed))
}

/// `None` for an account that has these roles.
async fn set_roles(
    conn: &mut AsyncPgConnection,
    id: &UserId,
    roles: &[String],
    keep: Option<String>,
) -> Result<Result<Option<UserCounters>, AccountError>, Failure> {
    // Before the account's own row is locked, so that all rows are locked in order.
    let refused = last_holder(conn, id, keep).await?;
    let row = auth_accounts::table.find(id.as_str());
    let known = row.select(auth_accounts::roles).for_no_key_update();
    let Some(known) = known.first::<Vec<String>>(conn).await.optional()? else {
        return Ok(Err(AccountError::NotFound));
    };
    if same_roles(&known, roles) {
        return Ok(Ok(None));
    }
    if let Some(role) = refused {
        return Ok(Err(AccountError::LastHolder(role)));
    }
    diesel::update(row)
        .set(auth_accounts::roles.eq(roles))
        .execute(conn)
        .await?;
    Ok(Ok(Some(change_roles_version(conn, id).await?)))
}

/// `None` for an account that is enabled.
async fn enable(conn: &mut AsyncPgConnection, id: &UserId) -> Result<Result<Option<NewEpoch>, AccountError>, Failure> {
    let row = auth_accounts::table.find(id.as_str());
    let known = row.select(auth_accounts::disabled_at).for_no_key_update();
    match known.first::<Option<i64>>(conn).await.optional()? {
        None => Ok(Err(AccountError::NotFound)),
        Some(None) => Ok(Ok(None)),
        Some(Some(_)) => {
            let enabled = auth_accounts::disabled_at.eq(None::<i64>);
            let changed = diesel::update(row).set(enabled).execute(conn).await?;
            Ok(end_epoch_if(changed, conn, id).await?.map(Some))
        }
    }
}
