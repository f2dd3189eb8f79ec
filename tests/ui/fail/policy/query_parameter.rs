// Wanted: a handler for admins and the owner of the report that the query names.
// Write: `#[get("/reports/<id>")]`. A policy reads path parameters only.

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
#[get("/reports/<year>/<month>?<id>")]
fn report(year: u32, month: u32, id: i32) -> String {
    format!("{year}-{month}: {id}")
}

fn main() {}
