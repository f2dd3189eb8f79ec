// Wanted: a handler mounted like the others.
// Write: `#[require_role(…)]`, `#[authenticated]` or `#[public("why")]` above its `#[get(…)]`.

use auth_core::guarded_routes;
use rocket::get;

#[get("/stats")]
fn stats() -> &'static str {
    "is this public?"
}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![stats]);
}
