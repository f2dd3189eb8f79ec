// Wanted: a policy called as in a function body.
// Write: `owns(id)` alone. The attribute awaits the policy, and answers 503 if it fails.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns(_: &User<AppRole>, _: i32, _: &Request<'_>) -> bool {
    true
}

#[require_role(AppRole::Admin, owns(id).await)]
#[get("/0/<id>")]
fn handler0(id: i32) {}

#[require_role(AppRole::Admin, owns(id)?)]
#[get("/1/<id>")]
fn handler1(id: i32) {}

#[require_role(AppRole::Admin, owns(id) == true)]
#[get("/2/<id>")]
fn handler2(id: i32) {}

#[require_role(AppRole::Admin, owns<i32>(id))]
#[get("/3/<id>")]
fn handler3(id: i32) {}

#[require_role(AppRole::Admin, !owns(id))]
#[get("/4/<id>")]
fn handler4(id: i32) {}

fn main() {}
