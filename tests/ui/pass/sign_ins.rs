// How the user signed in: with a second factor, lately, or both.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use auth_core::{Role, User, authenticated, guarded_routes, require_role};
use rocket::{delete, get, post};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, mfa)]
#[get("/audit")]
fn factor() {}

#[require_role(any(AppRole::Admin, AppRole::Editor), mfa, fresh = "10m")]
#[delete("/reports/<id>")]
fn factor_lately(id: u32) -> String {
    id.to_string()
}

#[require_role(AppRole::Editor, fresh = "1h", mfa)]
#[post("/reports")]
fn in_the_other_order(user: User<AppRole>) -> String {
    user.id().to_string()
}

#[authenticated(mfa)]
#[get("/me")]
async fn any_user(user: &User<AppRole>) -> String {
    user.id().to_string()
}

#[authenticated(fresh = "5m", mfa)]
#[get("/me/codes")]
fn any_user_lately() {}

#[require_role(AppRole::Admin, mfa)]
struct Careful;

#[authenticated]
#[get("/audit/all")]
fn guard_struct(_careful: Careful) {}

#[test]
fn they_are_mounted() {
    let listed = guarded_routes![
        factor,
        factor_lately,
        in_the_other_order,
        any_user,
        any_user_lately,
        guard_struct
    ];
    assert_eq!(listed.len(), 6);
}
