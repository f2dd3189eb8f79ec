//! [`Accounts`] and [`ManagedAccounts`] on the accounts table.

use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::SqliteStore;
use super::schema::{AccountRow, ListedRow, NewAccountRow, auth_accounts, auth_users, roles_of};
use super::users::{change_roles_version, counters_of, end_epoch_and_tickets, end_epoch_but};
use super::{factors, tickets};
use crate::account::{Account, AccountError, Accounts, ListedAccount, NewAccount, check_email, normalise_email};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::row::StoredRoles;
use crate::store::ticket_row::taken;
use crate::store::{
    AccountCount, KeptSession, ManagedAccounts, NewEpoch, PasswordChange, StoreError, TicketKey, UserCounters,
    same_roles,
};

#[async_trait]
impl Accounts for SqliteStore {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let key = normalise_email(email);
        let found = self.0.reader.run(move |conn| {
            let row = auth_accounts::table
                .filter(auth_accounts::email_key.eq(key))
                .select(AccountRow::as_select());
            Ok(row.first(conn).optional()?)
        });
        Ok(found.await?.map(Account::try_from).transpose()?)
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        let id = id.clone();
        let found = self.0.reader.run(move |conn| {
            let row = auth_accounts::table.find(id.as_str()).select(AccountRow::as_select());
            Ok(row.first(conn).optional()?)
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
        let replaced = self.0.writer.run(move |conn, _| {
            let row = auth_accounts::table
                .find(id.as_str())
                .filter(auth_accounts::password_hash.eq(current.expose()));
            let changed = diesel::update(row)
                .set(auth_accounts::password_hash.eq(new.expose()))
                .execute(conn)?;
            Ok(changed == 1)
        });
        Ok(replaced.await?)
    }
}

#[async_trait]
impl ManagedAccounts for SqliteStore {
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError> {
        check_email(&account.email)?;
        let id = UserId::random();
        let user = id.clone();
        let inserted = self.0.writer.run(move |conn, now| {
            let inserted = diesel::insert_into(auth_accounts::table)
                .values((
                    NewAccountRow::new(&user, &account),
                    auth_accounts::created_at.eq(now.millis()),
                ))
                .on_conflict(auth_accounts::email_key)
                .do_nothing()
                .execute(conn)?;
            Ok(inserted == 1)
        });
        if inserted.await? {
            Ok(id)
        } else {
            Err(AccountError::AlreadyExists)
        }
    }

    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError> {
        let key = normalise_email(email);
        let found = self.0.reader.run(move |conn| {
            let row = auth_accounts::table
                .left_join(auth_users::table.on(auth_users::user_id.eq(auth_accounts::id)))
                .filter(auth_accounts::email_key.eq(key))
                .select((AccountRow::as_select(), auth_users::epoch.nullable()));
            Ok(row.first::<(AccountRow, Option<i64>)>(conn).optional()?)
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
        let changed = self
            .0
            .writer
            .run(move |conn, now| change_password(conn, now, &id, &current, &new, kept));
        Ok(changed.await?)
    }

    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError> {
        let (id, new) = (id.clone(), new.clone());
        let set = self.0.writer.run(move |conn, now| {
            let row = diesel::update(auth_accounts::table.find(id.as_str()));
            let known = row.set(auth_accounts::password_hash.eq(new.expose())).execute(conn)?;
            Ok((known == 1)
                .then(|| end_epoch_and_tickets(conn, now, &id))
                .transpose()?)
        });
        set.await?.ok_or(AccountError::NotFound)
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
        let set = self.0.writer.run(move |conn, now| {
            let row = auth_accounts::table.find(id.as_str());
            let known = row.select(auth_accounts::roles).first::<String>(conn).optional()?;
            let Some(known) = known else {
                return Ok(Err(AccountError::NotFound));
            };
            if same_roles(&known.names()?, &roles) {
                return Ok(Ok(None));
            }
            if let Some(role) = last_holder(conn, &id, keep)? {
                return Ok(Err(AccountError::LastHolder(role)));
            }
            diesel::update(row)
                .set(auth_accounts::roles.eq(<String as StoredRoles>::of(&roles)))
                .execute(conn)?;
            Ok(Ok(Some(change_roles_version(conn, now, &id)?)))
        });
        set.await?
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError> {
        let (id, keep) = (id.clone(), keep.map(str::to_owned));
        let disabled = self.0.writer.run(move |conn, now| {
            if let Some(role) = last_holder(conn, &id, keep)? {
                return Ok(Err(AccountError::LastHolder(role)));
            }
            // Disabled twice is disabled since the first time.
            let enabled = auth_accounts::table
                .find(id.as_str())
                .filter(auth_accounts::disabled_at.is_null());
            diesel::update(enabled)
                .set(auth_accounts::disabled_at.eq(now.millis()))
                .execute(conn)?;
            let known = diesel::select(diesel::dsl::exists(auth_accounts::table.find(id.as_str())));
            if !known.get_result::<bool>(conn)? {
                return Ok(Err(AccountError::NotFound));
            }
            Ok(Ok(end_epoch_and_tickets(conn, now, &id)?))
        });
        disabled.await?
    }

    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError> {
        let id = id.clone();
        let enabled = self.0.writer.run(move |conn, now| {
            let row = auth_accounts::table.find(id.as_str());
            let disabled = row.select(auth_accounts::disabled_at.is_not_null());
            Ok(match disabled.first::<bool>(conn).optional()? {
                None => None,
                Some(false) => Some(None),
                Some(true) => {
                    let enabled = auth_accounts::disabled_at.eq(None::<i64>);
                    diesel::update(row).set(enabled).execute(conn)?;
                    Some(Some(end_epoch_and_tickets(conn, now, &id)?))
                }
            })
        });
        enabled.await?.ok_or(AccountError::NotFound)
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>, epoch: Option<i64>) -> Result<NewEpoch, AccountError> {
        let (id, keep) = (id.clone(), keep.map(str::to_owned));
        let deleted = self.0.writer.run(move |conn, now| {
            if let Some(role) = last_holder(conn, &id, keep)? {
                return Ok(Err(AccountError::LastHolder(role)));
            }
            if let Some(epoch) = epoch
                && counters_of(conn, &id)?.epoch != epoch
            {
                return Ok(Err(AccountError::NotFound));
            }
            tickets::end_to_address_of(conn, now, &id)?;
            if diesel::delete(auth_accounts::table.find(id.as_str())).execute(conn)? == 0 {
                return Ok(Err(AccountError::NotFound));
            }
            factors::delete(conn, &id)?;
            Ok(Ok(end_epoch_and_tickets(conn, now, &id)?))
        });
        deleted.await?
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        check_email(email)?;
        let (id, email) = (id.clone(), email.to_owned());
        let set = self
            .0
            .writer
            .run(move |conn, now| tickets::set_email(conn, now, &id, &email));
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
        let created = self
            .0
            .writer
            .run(move |conn, now| tickets::create_account(conn, now, &ticket, &user, &account));
        Ok(created.await.map_err(taken)?.then_some(id))
    }

    async fn set_password_by_ticket(
        &self,
        ticket: &TicketKey,
        new: &SecretString,
    ) -> Result<Option<(UserId, NewEpoch)>, AccountError> {
        let (ticket, new) = (ticket.clone(), new.clone());
        let set = self
            .0
            .writer
            .run(move |conn, now| tickets::set_password(conn, now, &ticket, &new));
        Ok(set.await?)
    }

    async fn set_email_by_ticket(&self, ticket: &TicketKey) -> Result<Option<UserId>, AccountError> {
        let ticket = ticket.clone();
        let set = self
            .0
            .writer
            .run(move |conn, now| tickets::set_email_by_ticket(conn, now, &ticket));
        set.await.map_err(taken)
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        let id = id.clone();
        let shown = self.0.reader.run(move |conn| {
            let row = auth_accounts::table.find(id.as_str()).select(ListedRow::as_select());
            row.first(conn).optional()?.map(ListedAccount::try_from).transpose()
        });
        Ok(shown.await?)
    }

    async fn list_accounts(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        let after = after.map(normalise_email);
        let listed = self.0.reader.run(move |conn| {
            // No key is empty.
            let rows = auth_accounts::table
                .filter(auth_accounts::email_key.gt(after.unwrap_or_default()))
                .order(auth_accounts::email_key)
                .limit(limit.into())
                .select(ListedRow::as_select());
            rows.load(conn)?.into_iter().map(ListedAccount::try_from).collect()
        });
        Ok(listed.await?)
    }

    async fn count(&self) -> Result<AccountCount, AccountError> {
        let counted = self.0.reader.run(|conn| {
            let all = auth_accounts::table.select(count_star()).get_result(conn)?;
            let demo = auth_accounts::table
                .filter(auth_accounts::demo)
                .select(count_star())
                .get_result(conn)?;
            Ok(AccountCount { all, demo })
        });
        Ok(counted.await?)
    }
}

/// The role to `keep`, where only this account of the enabled ones holds it. The write lock keeps
/// it so until the commit.
fn last_holder(conn: &mut SqliteConnection, id: &UserId, keep: Option<String>) -> Result<Option<String>, StoreError> {
    let Some(keep) = keep else { return Ok(None) };
    let enabled = auth_accounts::table.filter(auth_accounts::disabled_at.is_null());
    let holds = |roles: String| Ok::<_, StoreError>(roles.names()?.contains(&keep));
    let own = enabled
        .filter(auth_accounts::id.eq(id.as_str()))
        .select(auth_accounts::roles);
    if !own.first(conn).optional()?.map_or(Ok(false), &holds)? {
        return Ok(None);
    }
    let others = enabled
        .filter(auth_accounts::id.ne(id.as_str()))
        .select(auth_accounts::roles);
    for roles in others.load_iter::<String, _>(conn)? {
        if holds(roles?)? {
            return Ok(None);
        }
    }
    Ok(Some(keep))
}

fn change_password(
    conn: &mut SqliteConnection,
    now: Timestamp,
    id: &UserId,
    current: &SecretString,
    new: &SecretString,
    kept: KeptSession,
) -> Result<PasswordChange, StoreError> {
    let row = auth_accounts::table
        .find(id.as_str())
        .filter(auth_accounts::password_hash.eq(current.expose()));
    if roles_of(conn, id)?.is_none() || row.count().get_result::<i64>(conn)? == 0 {
        return Ok(PasswordChange::HashChanged);
    }
    // Before anything is written: a job that answers is committed.
    let Some(mut renewed) = end_epoch_but(conn, now, id, kept)? else {
        return Ok(PasswordChange::SessionOver);
    };
    diesel::update(auth_accounts::table.find(id.as_str()))
        .set(auth_accounts::password_hash.eq(new.expose()))
        .execute(conn)?;
    renewed.roles = roles_of(conn, id)?;
    Ok(PasswordChange::Changed(renewed))
}
