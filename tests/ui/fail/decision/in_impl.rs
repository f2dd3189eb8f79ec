// Wanted: handlers that belong to a type.
// Write: a free function. The compiler says "struct", which is how Rocket mounts a handler.

use auth_core::authenticated;
use rocket::get;

struct Pages;

impl Pages {
    #[authenticated]
    #[get("/stats")]
    fn stats() {}
}

fn main() {}
