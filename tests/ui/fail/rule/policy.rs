// Wanted: admins, and whoever owns the report.
// Write: roles only, for now; check the owner in the handler.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: u32) -> String {
    id.to_string()
}

fn main() {}
