//! Authentication and authorization for Rocket: an access decision above every handler, checked by the compiler; tokens
//! and sessions that survive races, lost answers and crashes, and end when one is stolen.
//!
//! ```no_run
//! use auth_core::{Role, User, guarded_routes, public, require_role};
//! use rocket::{get, launch};
//!
//! #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
//! enum AppRole {
//!     #[role(includes(Editor))]
//!     Admin,
//!     Editor,
//!     Viewer,
//! }
//!
//! #[require_role(AppRole::Editor)]
//! #[get("/drafts")]
//! fn drafts(user: &User<AppRole>) -> String {
//!     format!("the drafts of {}", user.id())
//! }
//!
//! #[public("for the load balancer")]
//! #[get("/health")]
//! fn health() -> &'static str {
//!     "ok"
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build().attach(auth_core::fairing::<AppRole>()).mount("/api", guarded_routes![drafts, health])
//! }
//! ```
//!
//! Modules are ordered; each imports only from those above it: `clock`, `secret` → `role` → `account` → `store` → `metrics` →
//! `config` → `keys`, `password` → `token` → `verifier`, `audit` → `session` → `builder` → `web`.

// What the macros generate names this crate as its users do, also inside it.
extern crate self as auth_core;

pub mod account;
pub mod audit;
mod builder;
pub mod clock;
pub mod config;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod keys;
#[doc(hidden)]
pub mod macro_support;
mod macros;
pub mod metrics;
pub mod openapi;
pub mod password;
mod role;
pub mod secret;
pub mod session;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
pub mod verifier;
mod web;

pub use macros::{Role, authenticated, guarded_routes, public, require_role};

pub use account::{Account, AccountError, Accounts, UserId};
pub use builder::{AuthBuilder, BuildError};
pub use config::Config;
pub use role::{
    Decision, PolicyAnswers, PolicyTerm, Role, RoleEnum, RoleSet, RoleTable, RoleTerm, Rule, Ruling, Terms, UnknownRole,
};
pub use session::{Auth, Identity};
pub use store::SessionId;
pub use verifier::Verifier;
pub use web::{
    AccessEntry, AccessMap, AccessRule, AuthError, AuthFairing, GuardStruct, IntoProtection, IntoRoutes, OwnForm,
    PolicyAnswer, PolicyFailure, PolicyFuture, Protection, TimedForm, User, WithCookies, endpoints, fairing, protect,
    well_known,
};
