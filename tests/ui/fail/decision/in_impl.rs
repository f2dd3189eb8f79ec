// Wanted: handlers that belong to a type.
// Write: a free function. The compiler says of each item of a handler that it stands in an `impl`.

use auth_core::authenticated;
use rocket::get;

struct Pages;

impl Pages {
    #[authenticated]
    #[get("/stats")]
    fn stats() {}
}

fn main() {}
