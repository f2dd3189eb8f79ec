// Wanted: a policy that reads managed state and the request.
// Write: `request: &Request<'_>` alone, and `request.rocket().state::<Db>()` inside the policy.

use auth_core::{Role, User, require_role};
use rocket::State;
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

struct Db;

async fn owns_report(_: &User<AppRole>, _: i32, _: &State<Db>, _: &Request<'_>) -> bool {
    true
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
