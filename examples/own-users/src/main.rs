//! A club's library with users of its own.
//!
//! ```sh
//! own-users add ann@club.example treasurer <<<'a password for ann'   # once; roles: treasurer, librarian, reader
//! own-users                                                         # serves
//! ```
//!
//! The library keeps the sessions (`auth.store`, default `auth.db`), the application its users
//! (`users.db`, or what `CLUB_USERS` names). Every warning is an error here, and all of Clippy's
//! pedantic ones: what the macros write has to pass in the strictest of crates.
#![deny(warnings, missing_docs, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic)]
// These lints are about the handlers below. With or without this library, a handler takes parsed
// values by value, and may be `async` before it awaits anything.
#![allow(clippy::needless_pass_by_value, clippy::unused_async, reason = "Rocket's own style")]

mod books;
mod desk;
mod roles;
mod users;

use std::io::Read;
use std::process::ExitCode;

use auth::{Auth, Protection, Role, guarded_routes, protect, public};
use rocket::fs::FileServer;
use rocket::{Build, Request, Rocket, catch, catchers, get, uri};

use crate::roles::ClubRole;
use crate::users::Users;

/// 1: private, sync, without parameters.
#[public("the front page")]
#[get("/")]
fn index() -> String {
    // A guarded handler is linked like any other.
    format!("look around: {}", uri!("/books", books::cover("emma")))
}

/// A catcher needs no decision.
#[catch(404)]
fn not_found(request: &Request<'_>) -> String {
    format!("there is nothing at {}", request.uri().path())
}

fn rocket(users: Users) -> Rocket<Build> {
    // 2: inside a function.
    #[auth::authenticated]
    #[rocket::get("/ping")]
    async fn ping() -> &'static str {
        "pong"
    }

    rocket::build()
        .manage(users.clone())
        .attach(Auth::builder::<ClubRole>().accounts(users).fairing())
        .mount("/", guarded_routes![index, ping])
        .mount("/books", books::routes())
        .mount(
            "/desk",
            guarded_routes![
                desk::me,
                desk::visit,
                desk::balance,
                desk::r#type,
                desk::cards::card,
                desk::cards::note,
                desk::cards::give_back,
                desk::cards::options,
            ],
        )
        // The same handlers at a second base.
        .mount("/v2/books", books::routes())
        .mount(
            "/ledgers",
            protect(ClubRole::Treasurer, FileServer::from(folder("src"))),
        )
        .mount(
            "/style",
            protect(Protection::public("style sheets"), FileServer::from(folder("public"))),
        )
        .register("/", catchers![not_found])
}

fn folder(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[rocket::main]
async fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("own-users: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let users = Users::open(&std::env::var("CLUB_USERS").unwrap_or_else(|_| String::from("users.db")))?;
    match arguments {
        [] => rocket(users).launch().await.map(drop).map_err(Into::into),
        [add, email, roles @ ..] if add == "add" => {
            let mut password = String::new();
            std::io::stdin().read_to_string(&mut password)?;
            let roles = roles.iter().map(|name| role(name)).collect::<Result<Vec<_>, _>>()?;
            let id = users.add(email, password.trim_end_matches('\n'), &roles)?;
            println!("{id}");
            Ok(())
        }
        _ => Err("write `own-users`, or `own-users add <email> [role]…`".into()),
    }
}

fn role(name: &str) -> Result<ClubRole, String> {
    let known = ClubRole::ALL.iter().find(|role| role.name() == name);
    known.copied().ok_or_else(|| format!("there is no role `{name}`"))
}
