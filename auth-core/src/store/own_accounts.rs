//! The application's own table of users, beside the sessions and tickets of the store.
//!
//! The table and the store cannot share a transaction, so the order of the steps counts. Sessions
//! and tickets end after the change, and before it where the change itself does not stop them. A
//! verb that uses a ticket looks again after its change, and takes the change back if another verb
//! came between.

use std::sync::Arc;

use async_trait::async_trait;

use super::accounts::{AccountCount, ManagedAccounts, PasswordChange};
use super::contract::Store;
use super::tickets::{StoredTicket, TicketKey};
use super::types::{KeptSession, NewEpoch, UserCounters};
use crate::account::{
    Account, AccountError, AccountStore, Accounts, ListedAccount, NewAccount, check_email, normalise_email,
};
use crate::ids::UserId;
use crate::secret::SecretString;

/// How often a hash is replaced again that a sign-in renewed meanwhile.
const TRIES: usize = 5;

/// [`ManagedAccounts`] on a table of the application's.
pub struct OwnAccounts {
    /// The table.
    pub accounts: Arc<dyn AccountStore>,
    /// The store of the sessions and tickets.
    pub sessions: Arc<dyn Store>,
}

impl OwnAccounts {
    async fn existing(&self, id: &UserId) -> Result<Account, AccountError> {
        self.accounts.find(id).await?.ok_or(AccountError::NotFound)
    }

    /// Refuses an e-mail of another account than `user`'s.
    async fn refuse_taken(&self, email: &str, user: Option<&UserId>) -> Result<(), AccountError> {
        match self.accounts.find_by_email(&normalise_email(email)).await? {
            Some(other) if Some(&other.id) != user => Err(AccountError::AlreadyExists),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Accounts for OwnAccounts {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        self.accounts.find_by_email(email).await
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        self.accounts.find(id).await
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        self.accounts.replace_password_hash(id, current, new).await
    }
}

#[async_trait]
impl ManagedAccounts for OwnAccounts {
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError> {
        check_email(&account.email)?;
        self.accounts.create(account).await
    }

    /// The epoch first: a later end of it also ends what the account is read for. For an unknown
    /// account the queries are the same.
    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError> {
        let named = self.accounts.find_by_email(email).await?;
        let user = named.map_or_else(UserId::random, |account| account.id);
        let epoch = self.sessions.counters(&user).await?.epoch;
        Ok(self.accounts.find(&user).await?.map(|account| (account, epoch)))
    }

    async fn change_password(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
        kept: KeptSession,
    ) -> Result<PasswordChange, AccountError> {
        change_own_password(&*self.accounts, &*self.sessions, id, current, new, kept).await
    }

    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError> {
        self.existing(id).await?;
        let before = end_all(&*self.sessions, id).await?;
        self.accounts.set_password_hash(id, new).await?;
        let mut epoch = end_all(&*self.sessions, id).await?;
        epoch.ended += before.ended;
        Ok(epoch)
    }

    /// The version changes even if the roles are the same: an earlier call may have failed after it
    /// changed the table.
    async fn set_roles(
        &self,
        id: &UserId,
        roles: Vec<String>,
        keep: Option<&str>,
    ) -> Result<Option<UserCounters>, AccountError> {
        self.accounts.set_roles(id, roles, keep).await?;
        Ok(Some(self.sessions.change_roles_version(id).await?))
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError> {
        self.accounts.disable(id, keep).await?;
        end_all(&*self.sessions, id).await
    }

    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError> {
        if !self.existing(id).await?.disabled {
            return Ok(None);
        }
        let epoch = end_all(&*self.sessions, id).await?;
        let enabled = self.accounts.enable(id).await?;
        Ok(enabled.then_some(epoch))
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>, epoch: Option<i64>) -> Result<NewEpoch, AccountError> {
        let mut before = 0;
        if let Some(epoch) = epoch {
            // Of two calls with this epoch, the one that ends it goes on.
            let ended = self.sessions.end_epoch(id).await?;
            if ended.counters.epoch != epoch + 1 {
                return Err(AccountError::NotFound);
            }
            before = ended.ended;
        }
        let account = self.accounts.find(id).await?;
        if account.is_none() && self.sessions.list(id, 1).await?.is_empty() {
            return Err(AccountError::NotFound);
        }
        let deleted = self.accounts.delete(id, keep).await;
        if let Err(error) = deleted
            && !matches!(error, AccountError::NotFound)
        {
            return Err(error);
        }
        // Also where an earlier call deleted the account and failed before it got here.
        let mut ended = end_all(&*self.sessions, id).await?;
        self.sessions.delete_factors(id, None).await?;
        if let Some(account) = account {
            self.sessions.end_tickets_to(&normalise_email(&account.email)).await?;
        }
        ended.ended += before;
        Ok(ended)
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        check_email(email)?;
        self.accounts.set_email(id, email).await?;
        Ok(self.sessions.end_tickets(id).await?)
    }

    /// The ticket is used first, so that no two accounts are made by it. It is used up as well if
    /// the table then fails, or takes the same e-mail from another request: the user asks for
    /// another mail.
    async fn create_by_ticket(&self, ticket: &TicketKey, account: NewAccount) -> Result<Option<UserId>, AccountError> {
        check_email(&account.email)?;
        if self.sessions.find_ticket(ticket).await?.is_none() {
            return Ok(None);
        }
        self.refuse_taken(&account.email, None).await?;
        if self.sessions.redeem_ticket(ticket).await?.is_none() {
            return Ok(None);
        }
        self.accounts.create(account).await.map(Some)
    }

    async fn set_password_by_ticket(
        &self,
        ticket: &TicketKey,
        new: &SecretString,
    ) -> Result<Option<(UserId, NewEpoch)>, AccountError> {
        set_own_password_by_ticket(&*self.accounts, &*self.sessions, ticket, new).await
    }

    async fn set_email_by_ticket(&self, ticket: &TicketKey) -> Result<Option<UserId>, AccountError> {
        let Some(found) = self.sessions.find_ticket(ticket).await? else {
            return Ok(None);
        };
        let (Some(user), Some(email)) = (found.user, found.data) else {
            return Ok(None);
        };
        let epoch = self.sessions.counters(&user).await?.epoch;
        let enabled = |account: Option<Account>| account.filter(|account| !account.disabled);
        let Some(before) = enabled(self.accounts.find(&user).await?) else {
            return Ok(None);
        };
        self.refuse_taken(&email, Some(&user)).await?;
        if self.sessions.redeem_ticket(ticket).await?.is_none() {
            return Ok(None);
        }
        match self.set_email(&user, &email).await {
            Err(AccountError::NotFound) => return Ok(None),
            set => set?,
        }
        let is_enabled = enabled(self.accounts.find(&user).await?).is_some();
        if is_enabled && self.sessions.counters(&user).await?.epoch == epoch {
            return Ok(Some(user));
        }
        // The account was disabled, or its password changed, after the ticket was used.
        self.set_email(&user, &before.email).await?;
        Ok(None)
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        self.accounts.show(id).await
    }

    async fn list_accounts(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        self.accounts.list(after, limit).await
    }

    async fn count(&self) -> Result<AccountCount, AccountError> {
        Err(AccountError::Unavailable(
            "the application counts its own accounts".into(),
        ))
    }
}

/// Replaces the hash if it still is `current`, and ends all sessions but `kept`. The epoch ends
/// before the hash is replaced and again after it. If a step between fails, no older session is
/// left, and no sign-in with the former password survives the answer.
pub(crate) async fn change_own_password(
    accounts: &dyn Accounts,
    sessions: &dyn Store,
    id: &UserId,
    current: &SecretString,
    new: &SecretString,
    kept: KeptSession,
) -> Result<PasswordChange, AccountError> {
    // This session can still be refreshed until it gets its new secret, so a failure does not sign
    // the user out.
    let as_it_is = KeptSession { secret: None, ..kept };
    let Some(before) = sessions.end_epoch_but(id, as_it_is).await? else {
        return Ok(PasswordChange::SessionOver);
    };
    if !accounts.replace_password_hash(id, current, new).await? {
        // The other sessions have ended all the same.
        return Ok(PasswordChange::HashChanged);
    }
    let Some(mut renewed) = sessions.end_epoch_but(id, kept).await? else {
        return Ok(PasswordChange::SessionOver);
    };
    renewed.epoch.ended += before.epoch.ended;
    Ok(PasswordChange::Changed(renewed))
}

/// Uses a ticket that was sent to its user's e-mail, replaces the hash, and ends all sessions and
/// tickets of the user, before the change and after it. The ticket is used first, so that no two
/// passwords are set by it.
pub(crate) async fn set_own_password_by_ticket(
    accounts: &dyn Accounts,
    sessions: &dyn Store,
    ticket: &TicketKey,
    new: &SecretString,
) -> Result<Option<(UserId, NewEpoch)>, AccountError> {
    let Some(used) = sessions.redeem_ticket(ticket).await? else {
        return Ok(None);
    };
    // As it is now: hashing the new password took its time.
    let Some(mut account) = account_of(accounts, &used).await? else {
        return Ok(None);
    };
    let before = end_all(sessions, &account.id).await?;
    for _ in 0..TRIES {
        let (id, former) = (account.id, account.password_hash);
        let replaced = accounts.replace_password_hash(&id, &former, new).await?;
        let found = account_of(accounts, &used).await?;
        if replaced {
            let mut epoch = end_all(sessions, &id).await?;
            if found.is_none() {
                // The account was disabled, or got another e-mail, after the ticket was used.
                accounts.replace_password_hash(&id, new, &former).await?;
                return Ok(None);
            }
            epoch.ended += before.ended;
            return Ok(Some((id, epoch)));
        }
        let Some(found) = found else {
            return Ok(None);
        };
        account = found;
    }
    Err(AccountError::Unavailable(
        "the hash of the password changes all the time".into(),
    ))
}

/// Ends the user's sessions and tickets. The epoch ends on both sides of the tickets: before, so
/// that no ticket is made for what was read earlier; after, because a link used in between began a
/// session.
async fn end_all(sessions: &dyn Store, id: &UserId) -> Result<NewEpoch, AccountError> {
    let before = sessions.end_epoch(id).await?;
    sessions.end_tickets(id).await?;
    let mut epoch = sessions.end_epoch(id).await?;
    epoch.ended += before.ended;
    Ok(epoch)
}

/// The enabled account whose mailbox `ticket` proves.
pub(crate) async fn account_of(
    accounts: &dyn Accounts,
    ticket: &StoredTicket,
) -> Result<Option<Account>, AccountError> {
    let Some(user) = &ticket.user else {
        return Ok(None);
    };
    let found = accounts.find(user).await?;
    let is_proven =
        |account: &Account| !account.disabled && ticket.sent_to.as_ref() == Some(&normalise_email(&account.email));
    Ok(found.filter(is_proven))
}
