// Wanted: combined roles, written as in another language.
// Write: the words with parentheses, `not(AppRole::Admin)` and
// `any(AppRole::Admin, AppRole::Editor)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(not AppRole::Admin)]
#[get("/0")]
fn handler0() {}

#[require_role(any[AppRole::Admin, AppRole::Editor])]
#[get("/1")]
fn handler1() {}

#[require_role(all AppRole::Admin, AppRole::Editor)]
#[get("/2")]
fn handler2() {}

fn main() {}
