//! What the tests in the folders beside this one share: the program and the services that they start, and its clients. The
//! examples of the README, of docs/decisions.md, docs/events.md and docs/verifying-elsewhere.md are compiled here.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

pub mod client;
pub mod held;
pub mod pgbouncer;
pub mod postgres;
pub mod process;
pub mod redis;

#[cfg(test)]
mod requirements;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/decisions.md")]
struct Decisions;

#[cfg(doctest)]
#[doc = include_str!("../../docs/events.md")]
struct Events;

#[cfg(doctest)]
#[doc = include_str!("../../docs/verifying-elsewhere.md")]
struct VerifyingElsewhere;
