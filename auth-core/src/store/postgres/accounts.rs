//! The accounts table, as [`Accounts`] and [`ManagedAccounts`] want it.

use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::PostgresStore;
use super::cutoffs::{announce_cut_off, settle_cut_offs};
use super::pool::Failure;
use super::row::AccountRow;
use super::schema::{auth_accounts, auth_now};
use super::sessions::revoke_user;
use crate::account::{
    Account, AccountCount, AccountError, Accounts, ManagedAccounts, NewAccount, UserId, normalise_email,
};
use crate::secret::SecretString;
use crate::store::{RevokedWhy, SessionId};

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
        let id = UserId::random();
        let user = id.clone();
        let inserted = self.0.pool.run(move |conn| {
            let (user, account) = (user.clone(), account.clone());
            Box::pin(async move {
                let inserted = diesel::insert_into(auth_accounts::table)
                    .values((
                        auth_accounts::id.eq(user.as_str()),
                        auth_accounts::email.eq(&account.email),
                        auth_accounts::email_key.eq(normalise_email(&account.email)),
                        auth_accounts::password_hash.eq(account.password_hash.expose()),
                        auth_accounts::roles.eq(&account.roles),
                        auth_accounts::demo.eq(account.demo),
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

    async fn set_roles(&self, id: &UserId, roles: Vec<String>) -> Result<(), AccountError> {
        let id = id.clone();
        let changed = self.0.pool.transact(move |conn| {
            let (id, roles) = (id.clone(), roles.clone());
            Box::pin(async move { set_roles(conn, &id, &roles).await })
        });
        if changed.await? {
            let settled = self
                .0
                .pool
                .run(|conn| Box::pin(async move { Ok(settle_cut_offs(conn).await?) }));
            Ok(settled.await?)
        } else {
            Err(AccountError::NotFound)
        }
    }

    async fn disable(&self, id: &UserId) -> Result<Vec<SessionId>, AccountError> {
        let id = id.clone();
        let ended = self.0.pool.transact(move |conn| {
            let id = id.clone();
            Box::pin(async move { disable(conn, &id).await })
        });
        ended.await?.ok_or(AccountError::NotFound)
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

async fn set_roles(conn: &mut AsyncPgConnection, id: &UserId, roles: &[String]) -> Result<bool, Failure> {
    let row = auth_accounts::table.find(id.as_str());
    let changed = diesel::update(row)
        .set(auth_accounts::roles.eq(roles))
        .execute(conn)
        .await?;
    if changed == 1 {
        announce_cut_off(conn, id).await?;
    }
    Ok(changed == 1)
}

/// The account first: a sign-in beside it holds the account until its session is there, and the second statement sees all
/// that was committed before it.
async fn disable(conn: &mut AsyncPgConnection, id: &UserId) -> Result<Option<Vec<SessionId>>, Failure> {
    // Disabled twice is disabled since the first time, and sessions that are live all the same end now.
    let row = auth_accounts::table.find(id.as_str());
    let disabled_at = diesel::dsl::case_when(auth_accounts::disabled_at.is_null(), auth_now().nullable())
        .otherwise(auth_accounts::disabled_at);
    let known = diesel::update(row)
        .set(auth_accounts::disabled_at.eq(disabled_at))
        .execute(conn)
        .await?;
    if known == 0 {
        return Ok(None);
    }
    revoke_user(conn, id, None, RevokedWhy::AccountClosed).await.map(Some)
}
