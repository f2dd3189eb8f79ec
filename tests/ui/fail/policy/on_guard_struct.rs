// Wanted: a guard struct for admins and the owner of the report.
// Write: the rule above the handler, which has the path:
// `#[require_role(AppRole::Admin, owns_report(id))]`.

use auth_core::{Role, User, require_role};
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(AppRole::Admin, owns_report(id))]
struct Owner(User<AppRole>);

fn main() {}
