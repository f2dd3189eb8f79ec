//! An application whose handlers have the shapes that real applications write.
//!
//! It is compiled twice, as it stands and without us: see `../twins.rs` for the lines that are ours.

#[macro_use]
extern crate rocket;

mod answers;
mod bodies;
mod calls;
mod fragments;
mod guards;
mod inside;
mod made;
mod marked;
mod methods;
mod named;
mod names;
mod nested;
mod paths;
#[doc(hidden)] // auth_core
mod policies; // auth_core
mod queries;
mod roles;
mod streams;
#[cfg(test)]
mod tests;
mod unmounted;

use rocket::http::Status;
use rocket::{Build, Request, Rocket};

/// The whole application, every list under a base of its own.
fn application() -> Rocket<Build> {
    rocket::build()
        .manage(guards::Counter::default())
        .attach(auth_core::Auth::fairing::<roles::AppRole>())
        .register("/", catchers![refused])
        .mount("/answers", answers::routes())
        .mount("/bodies", bodies::routes())
        .mount("/calls", calls::routes())
        .mount("/fragments", fragments::routes())
        .mount("/guards", guards::routes())
        .mount("/inside", inside::routes())
        .mount("/made", made::routes())
        .mount("/marked", marked::routes())
        .mount("/methods", methods::routes())
        .mount("/named", named::routes())
        .mount("/names", names::routes())
        .mount("/nested", nested::routes())
        .mount("/paths", paths::routes())
        .mount("/queries", queries::routes())
        .mount("/streams", streams::routes())
        .mount("/elsewhere", elsewhere::routes())
        // Two handlers of the other crate, named from here.
        .mount(
            "/there",
            auth_core::guarded_routes![elsewhere::index, elsewhere::nested::deep],
        )
}

/// The application's own, so that refusals look the same with and without us.
#[catch(default)]
fn refused(status: Status, request: &Request<'_>) -> String {
    format!("{status} at {}", request.uri())
}

/// Handlers of another crate are functions as well.
fn elsewhere_too() -> String {
    format!("{} {}", elsewhere::index(), elsewhere::nested::deep(9))
}

#[launch]
fn rocket() -> _ {
    application()
}
