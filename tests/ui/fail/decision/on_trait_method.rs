// Wanted: a decision that every implementation of a method has.
// Write: the attribute above each handler, a free function.

use auth_core::authenticated;

trait Stats {
    #[authenticated]
    fn stats();
}

fn main() {}
