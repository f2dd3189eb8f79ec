//! The operator's commands: `migrate`, `user`, `sessions`, `keys`, `routes` and `serve` in every
//! application. The feature `cli`.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use auth_core::{Auth, Role};
//! use rocket::{Build, Rocket};
//!
//! #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
//! enum AppRole {
//!     Admin,
//!     Reader,
//! }
//!
//! fn rocket() -> Rocket<Build> {
//!     rocket::build().attach(Auth::fairing::<AppRole>())
//! }
//!
//! fn main() -> ExitCode {
//!     auth_core::cli::run::<AppRole>(rocket)
//! }
//! ```
//!
//! Then `my-app` serves, `my-app user add ann@example.com --role admin` adds an account, and
//! `my-app --help` lists the rest. A running server learns of changes within
//! `auth.revocation.poll_interval`, on PostgreSQL at once.
//!
//! The commands read the settings that the server reads, and refuse wrong ones before they do
//! anything. Only `serve` opens a port and needs keys. `keys`, `completions` and `routes` open no
//! database.
//!
//! [`Operator`] has the rest: users of your own, tables of your own, commands of your own beside
//! these.

mod account;
mod command;
mod error;
mod import;
mod operator;
mod output;
mod progress;
mod role_argument;
mod routes;
mod sessions;
mod table;
mod user;

use std::process::ExitCode;

use rocket::{Build, Rocket};

use crate::role::Role;

pub use command::Command;
pub use error::CommandError;
pub use operator::Operator;

/// Runs the command line of the process, for an application whose roles are `R`. Returns the exit
/// code: 0 done; 1 refused or failed, with one line on standard error; 2 the command line is wrong.
///
/// `rocket` makes the application, with the fairing attached. See the [module](self) for an
/// example, and [`Operator`] where an application has more to say.
pub fn run<R: Role>(rocket: impl Fn() -> Rocket<Build> + Send + 'static) -> ExitCode {
    Operator::<R>::new(rocket).run()
}
