// Wanted: an application in which every page needs a sign-in.
// Write: a decision above each handler. The function that starts the server has none.

use auth_core::{authenticated, guarded_routes, public};
use rocket::{get, launch};

#[public("landing page")]
#[get("/")]
fn index() {}

#[authenticated]
#[launch]
fn rocket() -> _ {
    rocket::build().mount("/", guarded_routes![index])
}

mod below {
    #[rocket::main]
    #[auth_core::authenticated]
    async fn main() {}
}
