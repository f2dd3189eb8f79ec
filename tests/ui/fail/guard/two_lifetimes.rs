// Wanted: a guard struct that borrows.
// Write: one lifetime for all that it borrows: the request's.

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
