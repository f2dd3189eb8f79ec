//! `#[tracing::instrument]` above the decision: the span has the handler's own name.

use auth_core::{Auth, Role, User, guarded_routes, require_role};
use rocket::{get, launch};
use tracing::instrument;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[instrument(skip(user))]
#[require_role(AppRole::Admin)]
#[get("/stats/<day>")]
async fn stats(day: u32, user: &User<AppRole>) -> String {
    format!("{day} for {}", user.id())
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .mount("/", guarded_routes![stats])
}
