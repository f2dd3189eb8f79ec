//! The demo of auth-core: three roles, routes guarded by header or by cookie, a page with and
//! without JavaScript, and a command line.
//!
//! Everything an application writes to use the library is in [`role`], [`api`] and [`rocket()`].
//! The client for browsers, `assets/auth.js`, is to be copied.

mod account;
pub mod admin;
mod answer;
pub mod api;
mod assets;
mod body;
mod code_page;
mod dashboard;
pub mod demo;
mod forms;
mod health;
pub mod logs;
mod made_for;
pub mod monitor;
mod notice;
pub mod openapi;
pub mod operator;
mod page;
pub mod people;
pub mod reports;
pub mod role;
mod schema;
mod second_factor;
mod serve;
mod settings;
mod user_forms;

use auth_core::config::{FlowsConfig, SecondFactor};
use auth_core::{Auth, Protection, guarded_routes, protect};
use rocket::figment::Figment;
use rocket::{Build, Rocket, routes};

use crate::reports::Reports;
pub use crate::settings::figment;

/// The server: the routes, guarded by `auth`.
pub fn rocket(figment: Figment, auth: Auth, reports: Reports) -> Rocket<Build> {
    with_routes(rocket::custom(figment))
        .manage(reports)
        .attach(auth.into_fairing())
}

/// The routes of the demo itself; the fairing adds those of the library.
pub fn with_routes(rocket: Rocket<Build>) -> Rocket<Build> {
    // Where the refresh cookie comes: the forms need it. A setting that cannot be read stops the
    // launch elsewhere.
    let mount: String = rocket.figment().extract_inner("auth.mount").unwrap_or_default();
    let forms_at = match mount.as_str() {
        "" => "/api/auth",
        path => path,
    };
    // As the library mounts the endpoints: what is off has no page.
    let flows: FlowsConfig = rocket.figment().extract_inner("auth.flows").unwrap_or_default();
    let factors: SecondFactor = rocket.figment().extract_inner("auth.second_factor").unwrap_or_default();
    rocket
        .mount("/", account::pages(&flows))
        .mount(forms_at, account::forms(&flows))
        .mount("/", second_factor::pages(&factors))
        .mount("/api", second_factor::api(&factors))
        .mount(forms_at, second_factor::forms(&factors))
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
                user_forms::add,
                user_forms::invite,
                user_forms::set_roles,
                user_forms::disable,
                user_forms::enable,
                user_forms::set_email,
                user_forms::reset_link,
                user_forms::delete,
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
                admin::add,
                admin::invite,
                admin::set_roles,
                admin::disable,
                admin::enable,
                admin::set_email,
                admin::reset_link,
                admin::delete,
                admin::access_map,
            ],
        )
}
