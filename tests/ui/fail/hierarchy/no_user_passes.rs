// Wanted: editors who are not viewers; but every editor is one.
// Write: `#[require_role(AppRole::Editor)]`, or an `includes` less.

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
