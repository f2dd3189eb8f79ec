//! The SQLite store: against the contract, the named traces, a model, races, faults, and what its file gives away.

mod closed_accounts;
mod contract;
mod durability;
mod faults;
mod model;
mod opening;
mod races;
mod secrets;
mod support;
mod traces;
