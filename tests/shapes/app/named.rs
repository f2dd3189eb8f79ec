//! Rocket's attributes under other names.

use auth_core::{authenticated, require_role as only};
use rocket::{get as http_get, post as http_post, route as endpoint};

use crate::roles::AppRole; // auth_core

mod http {
    pub(super) use rocket::{delete as remove, put};
}

#[authenticated]
#[http_get("/renamed/<id>")]
fn renamed(id: u32) -> String {
    id.to_string()
}

#[only(AppRole::Admin)] // auth_core
#[http_post("/renamed", data = "<text>")]
async fn renamed_post(text: String) -> String {
    text
}

#[authenticated]
#[endpoint(PATCH, uri = "/renamed/route")]
fn renamed_route() -> &'static str {
    "renamed"
}

#[authenticated]
#[http::put("/renamed/put")]
fn of_a_module() -> &'static str {
    "of a module"
}

#[authenticated]
#[self::http::remove("/renamed/delete")]
fn of_a_module_renamed() -> &'static str {
    "of a module, renamed"
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![renamed, renamed_post, renamed_route, of_a_module, of_a_module_renamed]
}
