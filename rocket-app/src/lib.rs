//! The demo of auth-core: three roles, routes guarded by header or by cookie, a page with and without JavaScript, and a
//! command line.
//!
//! Everything an application writes to use the library is in [`role`], [`api`] and [`rocket()`]. The client for browsers,
//! `assets/auth.js`, is to be copied.

pub mod admin;
pub mod api;
mod assets;
pub mod cli;
pub mod commands;
mod dashboard;
pub mod demo;
mod forms;
mod health;
pub mod logs;
pub mod monitor;
mod notice;
pub mod openapi;
mod page;
mod people;
pub mod reports;
pub mod role;
mod schema;

use auth_core::{Auth, Protection, guarded_routes, protect};
use rocket::figment::Figment;
use rocket::{Build, Rocket, routes};

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
    // Where the refresh cookie comes: the forms need it. A setting that cannot be read stops the launch elsewhere.
    let mount: String = rocket.figment().extract_inner("auth.mount").unwrap_or_default();
    let forms_at = match mount.as_str() {
        "" => "/api/auth",
        path => path,
    };
    rocket
        .mount(
            "/",
            guarded_routes![
                page::index,
                assets::asset,
                health::health,
                monitor::scraped,
                monitor::metrics,
            ],
        )
        .mount(
            "/",
            guarded_routes![
                dashboard::dashboard,
                dashboard::end_session,
                dashboard::password,
                dashboard::set_roles,
                dashboard::disable,
            ],
        )
        .mount(
            "/",
            protect(Protection::authenticated(), routes![openapi::document, openapi::page]),
        )
        .mount(
            forms_at,
            guarded_routes![
                forms::sign_in,
                forms::go_on,
                forms::sign_out,
                forms::sign_out_everywhere,
            ],
        )
        .mount(
            "/api",
            guarded_routes![
                api::public_news,
                api::me,
                api::admin,
                api::editor,
                api::report,
                admin::users,
                admin::set_roles,
                admin::disable,
                admin::access_map,
            ],
        )
}
