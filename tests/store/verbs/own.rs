//! Users of an application: one, in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::session::{ListedAccount, NewAccount};
use auth_core::{Account, AccountError, AccountStore, Accounts, SecretString, UserId};

pub struct OwnUser(Mutex<Account>);

impl OwnUser {
    pub fn new(account: Account) -> OwnUser {
        OwnUser(Mutex::new(account))
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn found(&self, is_it: impl FnOnce(&Account) -> bool) -> Option<Account> {
        self.change(|account| is_it(account).then(|| account.clone()))
    }
}

#[async_trait]
impl Accounts for OwnUser {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        Ok(self.found(|account| account.email == email))
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        Ok(self.found(|account| account.id == *id))
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        Ok(self.change(|account| {
            let is_current = account.id == *id && account.password_hash.expose() == current.expose();
            if is_current {
                account.password_hash = new.clone();
            }
            is_current
        }))
    }
}

/// No verb of the suite makes, lists or deletes accounts.
fn unused<T>() -> Result<T, AccountError> {
    Err(AccountError::Unavailable("there is one user".into()))
}

#[async_trait]
impl AccountStore for OwnUser {
    async fn create(&self, _: NewAccount) -> Result<UserId, AccountError> {
        unused()
    }

    async fn show(&self, _: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        unused()
    }

    async fn list(&self, _: Option<&str>, _: u32) -> Result<Vec<ListedAccount>, AccountError> {
        unused()
    }

    async fn set_email(&self, _: &UserId, _: &str) -> Result<(), AccountError> {
        unused()
    }

    async fn set_password_hash(&self, _: &UserId, hash: &SecretString) -> Result<(), AccountError> {
        self.change(|account| account.password_hash = hash.clone());
        Ok(())
    }

    async fn set_roles(&self, _: &UserId, roles: Vec<String>, _: Option<&str>) -> Result<(), AccountError> {
        self.change(|account| account.roles = roles);
        Ok(())
    }

    async fn disable(&self, _: &UserId, _: Option<&str>) -> Result<(), AccountError> {
        self.change(|account| account.disabled = true);
        Ok(())
    }

    async fn enable(&self, _: &UserId) -> Result<bool, AccountError> {
        unused()
    }

    async fn delete(&self, _: &UserId, _: Option<&str>) -> Result<(), AccountError> {
        unused()
    }
}
