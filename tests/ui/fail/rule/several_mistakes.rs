// Wanted: a handler for editors and admins. The compiler reports every mistake at once.
// Write: `#[require_role(AppRole::Admin, AppRole::Editor)]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role("admin", Admin, AppRole::Admin AppRole::Editor, any(), AppRole::Edtor)]
#[get("/stats")]
fn stats() {}

fn main() {}
