// Wanted: a request guard that lets every request pass.
// Write: no guard. Write `#[public("why")]` above the handler.

use auth_core::public;

#[public("for every client")]
struct Visitor;

fn main() {}
