// Wanted: policies that take their parameters in another order or type.
// Write: `async fn(&User<AppRole>, T…, &Request<'_>)`. Each `T` is the type in the handler.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owned_user(_: User<AppRole>, _: i32, _: &Request<'_>) -> bool {
    true
}

async fn user_second(_: i32, _: &User<AppRole>, _: &Request<'_>) -> bool {
    true
}

async fn request_second(_: &User<AppRole>, _: &Request<'_>, _: i32) -> bool {
    true
}

async fn owned_text(_: &User<AppRole>, _: String, _: &Request<'_>) -> bool {
    true
}

#[require_role(AppRole::Admin, owned_user(id))]
#[get("/0/<id>")]
fn handler0(id: i32) {}

#[require_role(AppRole::Admin, user_second(id))]
#[get("/1/<id>")]
fn handler1(id: i32) {}

#[require_role(AppRole::Admin, request_second(id))]
#[get("/2/<id>")]
fn handler2(id: i32) {}

#[require_role(AppRole::Admin, owned_text(name))]
#[get("/3/<name>")]
fn handler3(name: &str) {}

fn main() {}
