// Wanted: handlers inside the `impl` of a type.
// Write: a free function. The compiler says "struct", because Rocket turns a handler into one.

use auth_core::authenticated;
use rocket::get;

struct Pages;

impl Pages {
    #[authenticated]
    #[get("/stats")]
    fn stats() {}
}

fn main() {}
