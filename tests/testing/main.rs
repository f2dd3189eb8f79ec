//! The testing kit (`auth_core::testing`), on the demo, as the demo's own tests would use it.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod bench;
mod demo;
mod matrix;
mod metrics;
mod openapi;
mod organisations;
mod parameters;
mod requests;
mod sign_ins;

use auth_core::Auth;
use auth_core::testing::TestBench;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use rocket_app::reports::Reports;
use rocket_app::role::AppRole;
use serde_json::json;

/// A bench, and the demo on it, with every account flow.
fn demo() -> (TestBench, Rocket<Build>) {
    let flows = json!({
        "public_url": "http://127.0.0.1:8000",
        "flows": { "sign_up": "open", "reset": true, "change_email": true, "magic_link": true, "delete_account": true },
    });
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("auth", flows));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let reports = bench.wait(Reports::open(bench.auth().config())).expect("the reports");
    let app = rocket_app::with_routes(rocket::custom(figment))
        .manage(reports)
        // What an application attaches itself: the bench's fairing takes its place.
        .attach(Auth::fairing::<AppRole>());
    let app = bench.attach(app);
    (bench, app)
}
