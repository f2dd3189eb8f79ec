// Wanted: a policy that answers yes, no or nothing.
// Write: `-> bool`, or `-> Result<bool, E>` if the policy can fail.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> Option<bool> {
    (id > 0).then(|| user.id().to_string() == id.to_string())
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
