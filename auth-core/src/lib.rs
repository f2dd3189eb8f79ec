//! Authentication and authorization for Rocket. You state above every handler which users may call
//! it, and a handler without such a statement does not compile. Users sign in with a password and
//! get two tokens: a short one that the server verifies without a database, and one that fetches
//! the next pair.
//!
//! ```no_run
//! use auth_core::{Auth, Role, User, guarded_routes, public, require_role};
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
//!     rocket::build().attach(Auth::fairing::<AppRole>()).mount("/api", guarded_routes![drafts, health])
//! }
//! ```
//!
//! # A short manual
//!
//! 1. **Roles** are an enum with [`derive@Role`]. A role may include others.
//! 2. **Decisions**: [`require_role`](macro@require_role), [`authenticated`](macro@authenticated)
//!    or [`public`](macro@public) stands above the route attribute. It decides before Rocket reads
//!    parameters, query and body. [`guarded_routes!`] mounts the handlers, and [`protect`] puts a
//!    decision before routes of others, such as a file server.
//! 3. **The user**: a handler takes [`&User<R>`](User) as a parameter. [`AuthError::of`] tells a
//!    catcher why a request was refused.
//! 4. **The fairing**, [`Auth::fairing`], reads the settings ([`Config`]), opens the store, mounts
//!    the endpoints below `/api/auth` and checks every route at launch. [`Auth::builder`] takes
//!    users, audit sinks and a courier of your own.
//! 5. **Sessions**: a refresh replaces the refresh token. A lost answer or two racing tabs sign no
//!    user out; a copied token ends its session. [`Auth::sessions`] lists and ends them.
//! 6. **Accounts** are in a built-in table ([`Auth::accounts`]), or in yours ([`Accounts`]).
//!    [`Auth::account_flows`] lets users sign up and set a new password by mail.
//! 7. **Tests** ask as any role, without passwords: feature `testing`.
//!
//! The module `guide` of this documentation has a page for each task.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `rocket` | yes | the fairing, guards, endpoints and decisions |
//! | `sqlite` | yes | sessions and accounts in one SQLite file; needs a C compiler |
//! | `metrics` | yes | counters and times through the `metrics` facade |
//! | `postgres` | no | sessions and accounts in PostgreSQL, for any number of servers |
//! | `redis` | no | sessions in Redis, for applications with users of their own |
//! | `cli` | no | the operator's commands for your own program |
//! | `smtp` | no | mails of the account flows by SMTP |
//! | `testing` | no | for your tests; turns `rocket` and `sqlite` on |

// Without Rocket some code has no caller: what reads a request id, or compares two rules.
#![cfg_attr(not(feature = "rocket"), expect(dead_code, reason = "the web side uses it"))]

// What the macros generate names this crate as its users do, also inside it.
extern crate self as auth_core;

#[doc(hidden)]
pub mod __internal;
#[cfg(feature = "rocket")]
#[doc(hidden)]
pub mod __private;
/// What a derived [`Role`] names.
#[cfg(not(feature = "rocket"))]
#[doc(hidden)]
pub mod __private {
    pub use crate::role::{Role, RoleSet, ScopeOf, ScopedRole};
}
mod account;
pub mod audit;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
pub mod config;
#[cfg(feature = "rocket")]
pub mod diagnostics;
mod factor;
#[cfg(doc)]
pub mod guide;
mod ids;
pub mod keys;
mod macros;
pub mod mail;
mod methods;
pub mod metrics;
#[cfg(feature = "rocket")]
pub mod openapi;
pub mod password;
mod role;
mod secret;
pub mod session;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
pub mod verifier;
#[cfg(feature = "rocket")]
mod web;

pub use account::{Account, AccountError, AccountStore, Accounts};
pub use builder::{AuthBuilder, BuildError};
pub use clock::Timestamp;
pub use config::Config;
pub use ids::{SessionId, UserId};
pub use macros::Role;
#[cfg(feature = "rocket")]
pub use macros::{authenticated, guarded_by, guarded_routes, public, require_role};
pub use role::{Memberships, Role, RoleSet, ScopedRole};
pub use secret::SecretString;
pub use session::{Auth, Identity};
pub use verifier::Verifier;
#[cfg(feature = "rocket")]
pub use web::{
    AccessEntry, AccessMap, AuthError, AuthErrorKind, Granted, Protection, Refusal, SameOriginForm, SetTokenCookies,
    TimedForm, User, Within, protect,
};
