// Wanted: a role enum with a parameter.
// Write: an enum without one.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::<u8>::Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
