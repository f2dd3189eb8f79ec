//! The users of an application that keeps them itself, here in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::session::{ListedAccount, NewAccount};
use auth_core::{Account, AccountError, AccountStore, Accounts, SecretString, UserId};

/// Users in a list.
pub struct OwnUsers(Mutex<Vec<Account>>);

impl OwnUsers {
    /// These users.
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> OwnUsers {
        OwnUsers(Mutex::new(accounts.into_iter().collect()))
    }

    /// Changes the list.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Vec<Account>) -> T) -> T {
        edit(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes a user who is there; `None` where the user is not.
    pub fn change<T>(&self, id: &UserId, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.edit(|accounts| accounts.iter_mut().find(|account| account.id == *id).map(change))
    }

    fn set(&self, id: &UserId, change: impl FnOnce(&mut Account)) -> Result<(), AccountError> {
        self.change(id, change).ok_or(AccountError::NotFound)
    }
}

#[async_trait]
impl Accounts for OwnUsers {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        Ok(self.edit(|accounts| accounts.iter().find(|account| account.email == email).cloned()))
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        Ok(self.change(id, |account| account.clone()))
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        let replaced = self.change(id, |account| {
            let is_current = account.password_hash.expose() == current.expose();
            if is_current {
                account.password_hash = new.clone();
            }
            is_current
        });
        Ok(replaced.unwrap_or_default())
    }
}

/// What no test calls.
fn unused<T>() -> Result<T, AccountError> {
    Err(AccountError::Unavailable("no test calls it".into()))
}

#[async_trait]
impl AccountStore for OwnUsers {
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

    async fn set_password_hash(&self, id: &UserId, hash: &SecretString) -> Result<(), AccountError> {
        self.set(id, |account| account.password_hash = hash.clone())
    }

    async fn set_roles(&self, id: &UserId, roles: Vec<String>, _: Option<&str>) -> Result<(), AccountError> {
        self.set(id, |account| account.roles = roles)
    }

    async fn disable(&self, id: &UserId, _: Option<&str>) -> Result<(), AccountError> {
        self.set(id, |account| account.disabled = true)
    }

    async fn enable(&self, _: &UserId) -> Result<bool, AccountError> {
        unused()
    }

    async fn delete(&self, _: &UserId, _: Option<&str>) -> Result<(), AccountError> {
        unused()
    }
}
