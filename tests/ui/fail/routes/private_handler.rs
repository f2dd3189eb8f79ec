// Wanted: a handler of a module in the list.
// Write: `pub fn stats`.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

mod admin {
    use super::{get, public};

    #[public("numbers")]
    #[get("/stats")]
    fn stats() {}
}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index, admin::stats]);
}
