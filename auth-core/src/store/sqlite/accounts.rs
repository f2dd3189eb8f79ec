//! The accounts table, as [`Accounts`] and [`ManagedAccounts`] want it.

use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::SqliteStore;
use super::cutoffs::cut_off;
use super::row::{AccountRow, roles_to_text};
use super::schema::auth_accounts;
use super::sessions::revoke_user;
use crate::account::{
    Account, AccountCount, AccountError, Accounts, ManagedAccounts, NewAccount, UserId, normalise_email,
};
use crate::secret::SecretString;
use crate::store::{RevokedWhy, SessionId};

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
        let id = UserId::random();
        let user = id.clone();
        let inserted = self.0.writer.run(move |conn, now| {
            let inserted = diesel::insert_into(auth_accounts::table)
                .values((
                    auth_accounts::id.eq(user.as_str()),
                    auth_accounts::email.eq(&account.email),
                    auth_accounts::email_key.eq(normalise_email(&account.email)),
                    auth_accounts::password_hash.eq(account.password_hash.expose()),
                    auth_accounts::roles.eq(roles_to_text(&account.roles)),
                    auth_accounts::demo.eq(account.demo),
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

    async fn set_roles(&self, id: &UserId, roles: Vec<String>) -> Result<(), AccountError> {
        let id = id.clone();
        let changed = self.0.writer.run(move |conn, now| {
            let row = auth_accounts::table.find(id.as_str());
            let changed = diesel::update(row)
                .set(auth_accounts::roles.eq(roles_to_text(&roles)))
                .execute(conn)?;
            if changed == 1 {
                cut_off(conn, now, &id)?;
            }
            Ok(changed == 1)
        });
        if changed.await? {
            Ok(())
        } else {
            Err(AccountError::NotFound)
        }
    }

    async fn disable(&self, id: &UserId) -> Result<Vec<SessionId>, AccountError> {
        let id = id.clone();
        let ended = self.0.writer.run(move |conn, now| {
            // Disabled twice is disabled since the first time, and sessions that are live all the same end now.
            let open = auth_accounts::table
                .find(id.as_str())
                .filter(auth_accounts::disabled_at.is_null());
            diesel::update(open)
                .set(auth_accounts::disabled_at.eq(now.millis()))
                .execute(conn)?;
            let known = diesel::select(diesel::dsl::exists(auth_accounts::table.find(id.as_str())));
            if !known.get_result::<bool>(conn)? {
                return Ok(None);
            }
            revoke_user(conn, now, &id, None, RevokedWhy::AccountClosed).map(Some)
        });
        ended.await?.ok_or(AccountError::NotFound)
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
