// Wanted: one decision for every implementation of a method.
// Write: the attribute above each handler. Each handler is a free function.

use auth_core::authenticated;

trait Stats {
    #[authenticated]
    fn stats();
}

fn main() {}
