// Wanted: a guard's value without a request, to call what asks for one.
// Write: the common part as a function that asks for less. Only a request with a good token makes a `User`.

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
