// Wanted: a policy that can fail.
// Write: `impl std::fmt::Display for NoSuchReport`. The server writes the error to the log.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

struct NoSuchReport;

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> Result<bool, NoSuchReport> {
    if id > 0 { Ok(user.id().to_string() == id.to_string()) } else { Err(NoSuchReport) }
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
