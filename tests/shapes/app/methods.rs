//! Every method, and every way to write a route attribute.

use auth_core::{authenticated, public, require_role};

use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/")]
pub(crate) fn index() -> &'static str {
    "index"
}

#[require_role(AppRole::Admin)]
#[put("/put")]
fn put_it() -> &'static str {
    "put"
}

#[require_role(AppRole::Admin, AppRole::Editor)]
#[post("/post")]
async fn post_it() -> &'static str {
    "post"
}

#[require_role(all(AppRole::Admin))]
#[delete("/delete")]
fn delete_it() -> &'static str {
    "delete"
}

#[public("a head")]
#[head("/head")]
fn head_only() -> &'static str {
    "head"
}

#[authenticated]
#[patch("/patch")]
fn patch_it() -> &'static str {
    "patch"
}

#[public("what a browser asks before it asks")]
#[options("/options")]
fn options_of_it() -> &'static str {
    "options"
}

#[authenticated]
#[route(GET, uri = "/route/get")]
fn by_route() -> &'static str {
    "route"
}

#[authenticated]
#[route(POST, uri = "/route/post/<id>", format = "json", data = "<body>", rank = 7)]
fn by_route_with_everything(id: u8, body: String) -> String {
    format!("{id} {body}")
}

#[authenticated]
#[route(HEAD, uri = "/route/head")]
fn head_by_route() -> &'static str {
    "head"
}

#[authenticated]
#[route(OPTIONS, uri = "/route/options")]
fn options_by_route() {}

#[authenticated]
#[rocket::get("/qualified")]
fn qualified() -> &'static str {
    "qualified"
}

#[authenticated]
#[::rocket::post("/absolute")]
fn absolute() -> &'static str {
    "absolute"
}

#[auth_core::authenticated]
#[rocket::route(PUT, uri = "/qualified/route")]
fn both_qualified() -> &'static str {
    "both"
}

#[authenticated]
#[get("/ranked/first", rank = 1)]
fn ranked_first() -> &'static str {
    "first"
}

#[authenticated]
#[get("/ranked/<name>", rank = 20)]
fn ranked_last(name: &str) -> String {
    name.to_owned()
}

#[authenticated]
#[get("/formats", format = "text/html")]
fn as_html() -> rocket::response::content::RawHtml<&'static str> {
    rocket::response::content::RawHtml("<p>html</p>")
}

#[authenticated]
#[get("/formats", format = "application/json", rank = 2)]
fn as_json() -> rocket::response::content::RawJson<&'static str> {
    rocket::response::content::RawJson("{}")
}

#[authenticated]
#[get("/formats", format = "text/*", rank = 3)]
fn as_any_text() -> &'static str {
    "text"
}

#[authenticated]
#[post("/formats", format = "application/vnd.api+json", data = "<body>")]
fn vendor(body: &str) -> &str {
    body
}

#[authenticated]
#[post("/formats", format = "multipart/form-data", data = "<_body>", rank = 2)]
fn multipart(_body: rocket::Data<'_>) -> &'static str {
    "multipart"
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        index,
        put_it,
        post_it,
        delete_it,
        head_only,
        patch_it,
        options_of_it,
        by_route,
        by_route_with_everything,
        head_by_route,
        options_by_route,
        qualified,
        absolute,
        both_qualified,
        ranked_first,
        ranked_last,
        as_html,
        as_json,
        as_any_text,
        vendor,
        multipart,
    ]
}
