// Wanted: a handler inside an `impl`.
// Write: the handler as a free function.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

struct Stats;

impl Stats {
    #[require_role(AppRole::Admin)]
    #[rocket::get("/stats")]
    fn stats(&self) {}
}

fn main() {}
