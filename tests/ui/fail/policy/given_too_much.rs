// Wanted: a policy with all of its arguments.
// Write: the names of path parameters, `owns(id)`. The library passes the user and the request
// itself.

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

#[require_role(AppRole::Admin, owns(user, id))]
#[get("/0/<id>")]
fn handler0(id: i32, user: &User<AppRole>) {}

#[require_role(AppRole::Admin, owns(id, request))]
#[get("/1/<id>")]
fn handler1(id: i32) {}

#[require_role(AppRole::Admin, owns(&id))]
#[get("/2/<id>")]
fn handler2(id: i32) {}

#[require_role(AppRole::Admin, owns(id as i64))]
#[get("/3/<id>")]
fn handler3(id: i32) {}

fn main() {}
