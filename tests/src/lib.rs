//! What the tests in the folders beside this one share: the program and the services that they
//! start, and its clients. The examples of the README, of docs/guide, docs/events.md and
//! docs/verifying-elsewhere.md are compiled here.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

pub mod client;
pub mod example;
pub mod held;
pub mod nginx;
pub mod output;
pub mod own_users;
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
#[doc = include_str!("../../docs/guide/quickstart.md")]
struct Quickstart;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/roles-and-rules.md")]
struct RolesAndRules;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/policies.md")]
struct Policies;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/organisations.md")]
struct Organisations;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/browsers-and-apps.md")]
struct BrowsersAndApps;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/accounts.md")]
struct Accounts;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/testing.md")]
struct TestingRoutes;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/deployment.md")]
struct Deployment;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/observability.md")]
struct Observability;

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/other-services.md")]
struct OtherServices;

#[cfg(doctest)]
#[doc = include_str!("../../docs/events.md")]
struct Events;

#[cfg(doctest)]
#[doc = include_str!("../../docs/verifying-elsewhere.md")]
struct VerifyingElsewhere;
