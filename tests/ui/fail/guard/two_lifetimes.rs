// Wanted: a guard struct that borrows twice.
// Write: one lifetime, the request's, for both fields.

use rocket::http::CookieJar;
use auth_core::{Role, User, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
struct AdminUser<'a, 'b>(&'a User<AppRole>, &'b CookieJar<'b>);

fn main() {}
