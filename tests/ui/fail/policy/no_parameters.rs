// Wanted: a handler for admins and the owner of the report. The path does not hold its number.
// Write: `#[get("/reports/<id>")]`, and `id` in the handler.

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

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports")]
fn reports() -> String {
    String::from("all of them")
}

fn main() {}
