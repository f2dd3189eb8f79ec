// Wanted: files behind the rule of a handler.
// Write: a struct with the rule, and `Protection::of` with its name. A handler's rule reads the handler's own path.

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
