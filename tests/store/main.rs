//! The stores, SQLite unless a folder says otherwise: against the contract, the named traces, a model, races, faults, and what its file gives away.

#![allow(clippy::panic, reason = "a test that finds something else than it expects says what")]

mod closed_accounts;
mod contract;
mod durability;
mod ends;
mod faults;
mod model;
mod opening;
mod postgres;
mod races;
mod secrets;
mod support;
mod traces;
