//! An issue tracker for many organisations, with users of its own.
//!
//! ```sh
//! saas user add ann@example.com --role staff   # asks for a password
//! saas                                         # serves
//! ```
//!
//! Users and organisations are in the database of `auth.store`, beside the sessions: a SQLite file,
//! or PostgreSQL if `DATABASE_URL` says so. It is an API: the pages of links are a front end's. In
//! the debug profile, mails are printed to the terminal. A release also needs `auth.public_url`,
//! and `auth.smtp` with the feature `smtp`, or a `Courier`.

mod api;
mod db;
mod orgs;
mod roles;
#[cfg(test)]
mod tests;
mod users;

use std::process::ExitCode;

use auth_core::cli::{CommandError, Operator};
use auth_core::{Auth, Config, guarded_routes, public};
use rocket::fairing::{AdHoc, Fairing};
use rocket::{Build, Rocket, get};

use crate::db::Db;
use crate::orgs::Orgs;
use crate::roles::AppRole;
use crate::users::Users;

#[public("the front page")]
#[get("/")]
fn index() -> &'static str {
    "an issue tracker: sign up with POST /api/auth/register"
}

fn rocket(db: Db) -> Rocket<Build> {
    rocket::build()
        .attach(tables(db.clone()))
        .manage(Orgs(db.clone()))
        .attach(
            Auth::builder::<AppRole>()
                .memberships(Orgs(db.clone()))
                .account_store(Users(db))
                .fairing(),
        )
        .mount("/", guarded_routes![index])
        .mount("/api", api::routes())
}

/// Makes the tables at launch, and aborts it where that fails.
fn tables(db: Db) -> impl Fairing {
    AdHoc::try_on_ignite("Tables", |rocket| async move {
        let made = db.up_to_date().await.inspect_err(|problem| rocket::error!("{problem}"));
        if made.is_ok() { Ok(rocket) } else { Err(rocket) }
    })
}

fn main() -> ExitCode {
    let config = Config::from_figment(&rocket::Config::figment()).map_err(|error| error.to_string());
    let db = match config.and_then(|config| Db::of(&config).map_err(|error| error.to_string())) {
        Ok(db) => db,
        Err(problem) => {
            eprintln!("saas: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let (served, migrated) = (db.clone(), db.clone());
    Operator::<AppRole>::new(move || rocket(served.clone()))
        .about("An issue tracker for many organisations")
        .account_store(Users(db))
        .keeping(AppRole::Staff)
        .migrate(async move |_| migrated.migrate().await.map_err(CommandError::application))
        .run()
}
