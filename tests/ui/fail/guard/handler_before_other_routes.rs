// Wanted: files behind the rule of a handler.
// Write: a struct with the rule, and its name in `Protection::of`. A handler's rule may read the
// handler's own path, so it cannot guard other routes.

use auth_core::{Protection, Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
#[get("/salaries")]
fn salaries() {}

fn main() {
    let _ = Protection::of::<salaries>();
}
