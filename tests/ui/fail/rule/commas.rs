// Wanted: a list of roles.
// Write: one comma between two roles.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin,, AppRole::Editor)]
#[get("/0")]
fn handler0() {}

#[require_role(, AppRole::Admin)]
#[get("/1")]
fn handler1() {}

#[require_role(AppRole::Admin; AppRole::Editor)]
#[get("/2")]
fn handler2() {}

fn main() {}
