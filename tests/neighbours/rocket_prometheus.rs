//! `rocket_prometheus`: its route behind `protect`.

use auth_core::{Auth, Role, authenticated, guarded_routes, protect};
use rocket::{get, launch};
use rocket_prometheus::PrometheusMetrics;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[authenticated]
#[get("/")]
fn page() -> &'static str {
    "counted"
}

#[launch]
fn rocket() -> _ {
    let metrics = PrometheusMetrics::new();
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .attach(metrics.clone())
        .mount("/", guarded_routes![page])
        .mount("/metrics", protect(AppRole::Admin, metrics))
}
