//! The demo of auth-core: three roles, a handful of routes guarded by header or by cookie, and a command line.
//!
//! Everything an application writes to use the library is in [`role`], [`api`] and [`rocket()`].

pub mod api;
pub mod cli;
pub mod commands;
mod dashboard;
pub mod demo;
mod health;
mod page;
pub mod reports;
pub mod role;

use auth_core::{Auth, guarded_routes};
use rocket::figment::Figment;
use rocket::{Build, Rocket};

use crate::reports::Reports;
use crate::role::AppRole;

/// Rocket's configuration, and what the demo adds where nothing else is said: a browser without an identity is sent to the
/// front page.
pub fn figment() -> Figment {
    rocket::Config::figment().join(("auth.sign_in_page", "/"))
}

/// The server: the routes, guarded by `auth`.
pub fn rocket(figment: Figment, auth: Auth, reports: Reports) -> Rocket<Build> {
    with_routes(rocket::custom(figment))
        .manage(reports)
        .attach(auth_core::fairing::<AppRole>().auth(auth))
}

/// The routes of the demo itself; the fairing adds those of the library.
pub fn with_routes(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        .mount("/", guarded_routes![page::index, dashboard::dashboard, health::health])
        .mount(
            "/api",
            guarded_routes![api::public_news, api::me, api::admin, api::editor, api::report],
        )
}
