// Wanted: a guard struct that carries a title.
// Write: fields that are request guards, such as `User<AppRole>`. The handler reads the rest.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
struct AdminUser(String);

#[require_role(AppRole::Admin)]
#[get("/stats")]
fn stats(admin: AdminUser) -> String {
    admin.0
}

fn main() {}
