// Wanted: a request guard that lets everyone pass.
// Write: nothing, or `#[public("why")]` above the handler.

use auth_core::public;

#[public("anyone")]
struct Visitor;

fn main() {}
