// Wanted: a policy on a parameter that the handler ignores.
// Write: `<id>` in the path and `id` in the handler. The policy can only read a parameter with a
// name.

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

#[require_role(AppRole::Admin, owns_report(_))]
#[get("/reports/<_>")]
fn report() -> &'static str {
    "a report"
}

fn main() {}
