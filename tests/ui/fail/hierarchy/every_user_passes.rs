// Wanted: viewers, and users who are not editors; but every editor is a viewer.
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
