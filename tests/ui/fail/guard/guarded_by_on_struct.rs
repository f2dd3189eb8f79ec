// Wanted: a name for another request guard.
// Write: `#[guarded_by(Robot)]` above the handler itself.

use auth_core::{User, guarded_by};
use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[guarded_by(User<AppRole>)]
struct Signed;

fn main() {}
