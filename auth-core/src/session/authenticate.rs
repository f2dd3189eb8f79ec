//! The password of a sign-in, proven within the limits on failures.

use super::{Auth, ClientInfo, SessionError};
use crate::account::Account;
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::password::{HashPermit, PasswordCheck, Unusable};
use crate::secret::SecretString;

/// The password of an enabled account was given.
pub(super) struct VerifiedPassword {
    /// Its hash is of a lower cost than new ones are, or without their pepper.
    pub(super) outdated: bool,
    /// The right to hash once more.
    pub(super) permit: HashPermit,
}

impl Auth {
    /// Proves the password of the account of `email`, within the limits on failures; answers with
    /// the account and with the user's epoch from before.
    pub(super) async fn authenticate(
        &self,
        email: &str,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<(Account, i64), SessionError> {
        self.0.throttle.check(email, client.ip)?;
        let (account, epoch) = self.account_and_epoch(email).await?;
        let proven = self
            .prove_password(email, account.as_ref(), password.clone(), client)
            .await?;
        let (Some(account), Some(proven)) = (account, proven) else {
            return Err(SessionError::InvalidCredentials);
        };
        if proven.outdated {
            self.renew_hash(proven.permit, &account, password).await;
        }
        Ok((account, epoch))
    }

    /// The account of `email`, and an epoch that is not newer than it. A later end of the epoch,
    /// such as by a change of the password, also ends this sign-in.
    pub(super) async fn account_and_epoch(&self, email: &str) -> Result<(Option<Account>, i64), SessionError> {
        // No account has such an e-mail, and not every database accepts it in a query.
        let may_exist = !email.contains('\0');
        if let Some(managed) = self.managed_accounts() {
            let found = if may_exist {
                managed.find_with_epoch(email).await?
            } else {
                None
            };
            return Ok(found.map_or((None, 0), |(account, epoch)| (Some(account), epoch)));
        }
        let accounts = &self.0.accounts;
        let named = if may_exist {
            accounts.find_by_email(email).await?
        } else {
            None
        };
        // The epoch first, then the hash that the password is compared with. For an unknown account
        // the queries are the same.
        let user = named.map_or_else(UserId::random, |account| account.id);
        let epoch = self.0.store.counters(&user).await?.epoch;
        Ok((accounts.find(&user).await?, epoch))
    }

    /// Compares a password with the hash of an account, and counts the failure. A disabled account
    /// fails like a wrong password, and only after the same work.
    pub(super) async fn prove_password(
        &self,
        throttle_key: &str,
        account: Option<&Account>,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<Option<VerifiedPassword>, SessionError> {
        let check_user = || account.map_or(Ok(()), |account| self.0.throttle.check_user(&account.id, client.ip));
        check_user()?;
        let permit = self.0.hasher.permit().await?;
        // Again, now that this attempt has its turn: a flood that was let in before its first
        // failure ends here.
        self.0.throttle.check(throttle_key, client.ip)?;
        check_user()?;
        let stored = account.map(|account| account.password_hash.clone());
        let open = account.is_some_and(|account| !account.disabled);
        let count_failure = {
            let (throttle, throttle_key, source) = (self.0.throttle.clone(), throttle_key.to_owned(), client.ip);
            let user = account.map(|account| account.id.clone());
            move |verified| {
                if !open || !matches!(verified, PasswordCheck::Match { .. }) {
                    throttle.failed(&throttle_key, user.as_ref(), source);
                }
            }
        };
        let hasher = &self.0.hasher;
        let (verified, permit) = hasher.verify(permit, password, stored, count_failure).await?;
        if let (PasswordCheck::Match { outdated }, true) = (verified, open) {
            return Ok(Some(VerifiedPassword { outdated, permit }));
        }
        drop(permit);
        if let (PasswordCheck::Unusable(why), Some(account)) = (verified, account) {
            self.emit(client, Event::new(EventKind::PasswordHashUnusable).user(&account.id));
            if why == Unusable::Pepper {
                tracing::error!(
                    "the password of user {} was hashed with another `auth.passwords.pepper`",
                    account.id
                );
            }
        }
        Ok(None)
    }

    /// Replaces an outdated hash, at the turn that the comparison had. The sign-in does not depend
    /// on it.
    async fn renew_hash(&self, permit: HashPermit, account: &Account, password: SecretString) {
        let renewed = async {
            let new = self.0.hasher.hash(permit, password).await?;
            self.0
                .accounts
                .replace_password_hash(&account.id, &account.password_hash, &new)
                .await?;
            Ok::<(), SessionError>(())
        };
        if let Err(error) = renewed.await {
            tracing::warn!("the password hash of user {} could not be renewed: {error}", account.id);
        }
    }
}
