// Wanted: a policy that gets the user.
// Write: `owns_report(id)`. The library passes the user and the request itself.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(AppRole::Admin, owns_report(user, id))]
#[get("/reports/<id>")]
fn report(id: i32, user: &User<AppRole>) -> String {
    format!("{id} for {}", user.id())
}

fn main() {}
