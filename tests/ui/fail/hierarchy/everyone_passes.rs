// Wanted: viewers, and whoever is not an editor; but every editor is a viewer.
// Write: `#[authenticated]` for everyone who is signed in.

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
