// Wanted: to do in one handler what another does.
// Write: a function of its own that both call. A handler runs only for a request that was let in.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[require_role(AppRole::Admin)]
#[get("/statistics")]
fn statistics() -> &'static str {
    "for admins"
}

#[require_role(AppRole::Admin)]
#[get("/overview")]
fn overview() -> String {
    format!("an overview: {}", statistics())
}

fn main() {
    guarded_routes![statistics, overview];
}
