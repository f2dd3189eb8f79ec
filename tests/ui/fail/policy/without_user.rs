// Wanted: a policy that reads the number alone.
// Write: `_: &User<AppRole>` as its first parameter all the same.

use auth_core::{Role, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn is_public(id: i32, _: &Request<'_>) -> bool {
    id < 100
}

#[require_role(AppRole::Admin, is_public(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
