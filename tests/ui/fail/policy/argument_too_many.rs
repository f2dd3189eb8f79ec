// Wanted: a handler for admins, and for other users during business hours.
// Write: `business_hours()`. The function takes nothing between the user and the request.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn business_hours(_: &User<AppRole>, _: &Request<'_>) -> bool {
    true
}

#[require_role(AppRole::Admin, business_hours(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
