// Wanted: the handler called with a guard of one's own making.
// Write: the common part as a function of its own: only a request that was let in makes a guard.

use auth_core::{Role, require_role};
use auth_core::macro_support::Authorized;
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
#[get("/stats")]
fn stats() -> &'static str {
    "numbers"
}

fn main() {
    stats(Authorized(std::marker::PhantomData));
}
