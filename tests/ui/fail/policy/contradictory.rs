// Wanted: a rule that both asks and negates one policy.
// Write: one of the two terms.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(all(AppRole::Editor, owns_report(id), not(owns_report(id))))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
