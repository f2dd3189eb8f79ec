//! The PostgreSQL store, on clusters that the tests start themselves.

mod closed_accounts;
mod contract;
mod listening;
mod opening;
mod outages;
mod pooler;
mod races;
mod retries;
mod role_changes;
mod secrets;
pub mod support;
mod tls;
mod traces;
mod unconfirmed;
