// Wanted: a handler for editors who are not viewers. Every editor is a viewer, so no user passes.
// Write: `#[require_role(AppRole::Editor)]`, or remove the `includes`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    #[role(includes(Viewer))]
    Editor,
    Viewer,
}

#[require_role(all(AppRole::Editor, not(AppRole::Viewer)))]
#[get("/stats")]
fn stats() {}

fn main() {}
