// Wanted: a handler for users who signed in with a second factor.
// Write: `#[authenticated(mfa)]`.

use auth_core::public;
use rocket::get;

#[public("the vault", mfa)]
#[get("/vault")]
fn vault() {}

fn main() {}
