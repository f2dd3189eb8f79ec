//! The stores: against the contract, the named traces, a model, races, faults, and what they give
//! away. SQLite here, PostgreSQL and Redis in folders of their own.

#![allow(clippy::panic, reason = "a test that finds something else than it expects says what")]

mod closed_accounts;
mod common_races;
mod common_upgrade;
mod contract;
mod displaced;
mod durability;
mod ends;
mod evidence;
mod faults;
mod model;
mod one_table;
mod opening;
mod postgres;
mod races;
mod redis;
mod secrets;
mod support;
mod traces;
mod verbs;
