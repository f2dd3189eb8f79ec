//! The SQLite store (and Redis, in a folder of its own): against the contract, the named traces, a model, races, faults, and what its file gives away.

#![allow(clippy::panic, reason = "a test that finds something else than it expects says what")]

mod closed_accounts;
mod contract;
mod durability;
mod ends;
mod faults;
mod model;
mod opening;
mod races;
mod redis;
mod secrets;
mod support;
mod traces;
