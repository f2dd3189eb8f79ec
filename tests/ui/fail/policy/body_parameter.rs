// Wanted: a handler for admins and the owner of the report that the body names.
// Write: `#[post("/reports/<id>", …)]`. The server decides before it reads the body.

use auth_core::{Role, User, require_role};
use rocket::post;
use rocket::request::Request;
use rocket::serde::json::Json;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(AppRole::Admin, owns_report(id))]
#[post("/reports", data = "<id>")]
fn report(id: Json<i32>) -> String {
    id.to_string()
}

fn main() {}
