//! Stored tickets: single-use secrets that prove a mailbox, or serve any other purpose of an
//! application.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use super::types::SecretHash;
use crate::clock::Timestamp;
use crate::ids::UserId;

/// The most bytes that a ticket's data may have.
pub const MAX_TICKET_DATA: usize = 1024;

/// The longest purpose, in bytes.
pub const MAX_TICKET_PURPOSE: usize = 64;

/// The key of a ticket: its purpose, and the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketKey {
    /// The purpose. A ticket of another purpose is not found.
    pub purpose: String,
    /// The SHA-256 of the secret.
    pub secret: SecretHash,
}

/// The owner of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketOwner {
    /// The user.
    pub user: UserId,
    /// The user's epoch as it was when the caller read the account. Under another epoch no ticket
    /// is made.
    pub epoch: i64,
}

/// A new ticket.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// Its purpose, 1 to 64 bytes, and the hash of its fresh secret.
    pub key: TicketKey,
    /// The owner; `None` for a ticket that belongs to no account.
    pub owner: Option<TicketOwner>,
    /// The address that it goes to, normalised.
    pub sent_to: Option<String>,
    /// The application's data, at most 1 KiB.
    pub data: Option<String>,
    /// From creation to its end. Zero: it is never good, and only costs what a good one costs.
    pub lifetime: Duration,
}

/// A good ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTicket {
    /// The owner.
    pub user: Option<UserId>,
    /// The address that it went to, normalised.
    pub sent_to: Option<String>,
    /// The application's data.
    pub data: Option<String>,
    /// Its end.
    pub expires_at: Timestamp,
}

/// Stores tickets.
///
/// # Contract
///
/// - **Good** is a ticket that is not used, before its end, and presented for its own purpose.
/// - **Used once.** One statement reads and uses it; of any number of callers at once one gets it.
/// - **Siblings** are tickets of one purpose and one user, or of one purpose and one address where
///   they have no user. They are good side by side. Using one ends the others.
/// - **A ticket dies** with what it was made for: [`TicketStore::end_tickets`] ends all of a user.
///   The verbs of an
///   [`ManagedAccounts`](super::ManagedAccounts) that change a password or an address, disable or delete, do so in their own transaction.
///   No ticket is made for a user whose epoch changed after the account was read.
/// - **The secret is not kept**, only its hash.
#[async_trait]
pub trait TicketStore: Send + Sync + 'static {
    /// Makes a ticket; says whether it did. It does not where its owner's epoch is another one by
    /// now.
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError>;

    /// The ticket, if it is good. It stays so.
    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError>;

    /// Uses a ticket, and ends its siblings; `None`, and nothing was changed, where it is not good.
    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError>;

    /// Ends every ticket of a user.
    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError>;

    /// Ends every ticket that went to an address, normalised, and belongs to no user: sign-ups and
    /// invitations.
    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError>;
}
