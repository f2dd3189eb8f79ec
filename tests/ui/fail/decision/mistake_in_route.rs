// Wanted: a report by its number.
// Write: `fn report(id: u32)`, and a path that begins with `/`. The messages are Rocket's own, and
// the attribute adds no other.

use auth_core::{authenticated, public};
use rocket::get;

#[authenticated]
#[get("/reports/<id>")]
fn report() {}

#[public("landing page")]
#[get("index")]
fn index() {}

#[authenticated]
#[get("/stats", ranks = 2)]
fn stats() {}

fn main() {}
