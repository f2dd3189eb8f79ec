//! Users of an application: one, in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::UserId;
use auth_core::account::{Account, AccountError, Accounts};
use auth_core::secret::SecretString;

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
