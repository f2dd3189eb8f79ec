// Wanted: a guard's value without a request, to call what asks for one.
// Write: the common part as a function that asks for less. Only a request with a good token makes a `User`.

use auth_core::{Role, User};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

fn greeting(user: &User<AppRole>) -> String {
    format!("hello, {}", user.id())
}

fn main() {
    greeting(&User { roles: std::marker::PhantomData, identity: todo!() });
}
