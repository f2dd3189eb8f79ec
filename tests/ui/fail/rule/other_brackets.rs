// Wanted: roles in other brackets.
// Write: the role without brackets, `AppRole::Admin`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role((AppRole::Admin))]
#[get("/0")]
fn handler0() {}

#[require_role((AppRole::Admin, AppRole::Editor))]
#[get("/1")]
fn handler1() {}

#[require_role([AppRole::Admin, AppRole::Editor])]
#[get("/2")]
fn handler2() {}

#[require_role(AppRole::Admin())]
#[get("/3")]
fn handler3() {}

#[require_role(&AppRole::Admin)]
#[get("/4")]
fn handler4() {}

#[require_role(AppRole.Admin)]
#[get("/5")]
fn handler5() {}

fn main() {}
