// Wanted: a handler for admins and the owner of the report.
// Write: `id: i32` in the policy too. The policy gets the parameter in the handler's type.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: &str, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
