// Wanted: a handler for viewers, and for users who are not editors. Every editor is a viewer, so
// every user passes.
// Write: `#[authenticated]` for every signed-in user.

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

#[require_role(any(AppRole::Viewer, not(AppRole::Editor)))]
#[get("/stats")]
fn stats() {}

fn main() {}
