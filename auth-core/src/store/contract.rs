//! What every store does.

use super::factors::FactorStore;
use super::maintenance::Maintenance;
use super::revocation_log::RevocationLog;
use super::session_store::SessionStore;
use super::tickets::TicketStore;

/// A store: sessions, the log of their revocations, tickets, second factors and maintenance. A type
/// that implements the five traits is one.
///
/// Until 1.0 the traits are hidden in `__internal`, so that they may change: an application chooses
/// one of the stores of this library.
///
/// # Contract
///
/// - **Time.** "Now" is the store's: the process's clock on SQLite, the database's on PostgreSQL.
///   No method takes it.
/// - **Acknowledged means kept.** An `Ok` is given after the commit; a crash afterwards loses
///   nothing.
/// - **One statement judges.** [`SessionStore::rotate`] reads and changes the row at once. Of two
///   racing calls one sees the row after the other. Nothing else can happen, and no caller retries.
/// - **Live** is a row that is not revoked, of its user's current epoch, and before both of its
///   ends: `now < expires_at` and `now < idle_until`.
/// - **A new epoch ends all of a user's sessions** at once, idle ones too, by writing one row.
/// - **Revoking needs no clock**: a session that is idle or expired by the store's time is revoked
///   like any other.
/// - **Evidence stays.** A revoked row stays until its absolute end; [`Maintenance::delete_expired`]
///   is the only way out.
/// - **Revoking is final** and is not undone, moved or repeated: `revoked_at` is written once.
/// - **Errors change nothing** that the caller can see, but a call that timed out may have been
///   carried out.
///
/// Tickets and second factors have contracts of their own: see [`TicketStore`] and [`FactorStore`].
/// [`SessionStore::end_epoch_but`], which a change of the password uses, ends the user's tickets
/// too.
///
/// The suite in `testing::store_suite` (feature `testing`) holds every implementation to it.
pub trait Store: SessionStore + RevocationLog + TicketStore + FactorStore + Maintenance {}

impl<S> Store for S where S: SessionStore + RevocationLog + TicketStore + FactorStore + Maintenance {}
