// Wanted: a `User` without a request, to call a function that takes one.
// Write: a function that takes less, such as the id. Only a request with a valid token makes a
// `User`.

use auth_core::{Identity, Role, User};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

fn forged(identity: Identity) -> User<AppRole> {
    User { identity, roles: std::marker::PhantomData }
}

fn main() {
    let _ = forged;
}
