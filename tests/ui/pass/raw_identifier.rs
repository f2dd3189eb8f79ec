// A handler whose name is a keyword.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[require_role(AppRole::Admin)]
#[get("/type")]
fn r#type() -> &'static str {
    "a keyword"
}

#[test]
fn compiles() {
    assert_eq!(r#type(), "a keyword");
    // As Rocket names it.
    assert_eq!(guarded_routes![r#type][0].name.as_deref(), Some("r#type"));
}
