// Wanted: a sign-in that is at most five minutes old.
// Write: `fresh = "5m"`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh: "5m")]
#[get("/0")]
fn handler0() {}

#[require_role(AppRole::Admin, fresh == "5m")]
#[get("/1")]
fn handler1() {}

fn main() {}
