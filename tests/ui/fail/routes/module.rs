// Wanted: all handlers of a module in the list.
// Write: each handler by its path, `guarded_routes![admin::stats]`.

use auth_core::guarded_routes;

mod admin {
    #[auth_core::authenticated]
    #[rocket::get("/stats")]
    pub fn stats() {}
}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![admin]);
}
