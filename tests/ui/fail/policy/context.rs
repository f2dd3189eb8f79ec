// Wanted: a policy that takes the database without `State`.
// Write: `&State<Db>`, or `&Request<'_>`, as its last parameter.

use auth_core::{Role, User, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

struct Db;

async fn owns_report(_: &User<AppRole>, _: i32, _: &Db) -> bool {
    true
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
