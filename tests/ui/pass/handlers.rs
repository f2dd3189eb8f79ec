// Handlers of every shape that Rocket knows, each with its decision.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use auth_core::{Role, User, authenticated, guarded_routes, public, require_role};
use rocket::fairing::AdHoc;
use rocket::form::{Form, FromForm};
use rocket::http::{CookieJar, Status};
use rocket::response::Responder;
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{State, delete, get, post, put, route, uri};

/// The roles of this application.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// May do everything.
    #[role(includes(Editor))]
    Admin,
    /// May write.
    #[role(includes(Viewer))]
    Editor,
    /// May read.
    Viewer,
}

/// Something in the state.
pub struct Counter(u32);

/// Something in a form.
#[derive(FromForm)]
pub struct Draft {
    title: String,
}

/// Sync, without parameters.
#[require_role(AppRole::Admin)]
#[get("/sync")]
pub fn sync() -> &'static str {
    "sync"
}

/// Async, with the user.
#[require_role(AppRole::Admin, AppRole::Viewer)]
#[get("/async")]
pub async fn asynchronous(user: &User<AppRole>) -> String {
    std::future::ready(user.id().to_string()).await
}

#[authenticated]
#[rocket::get("/path/<id>/<rest..>?<page>&<sort..>", rank = 3)]
fn path_and_query(id: u32, rest: std::path::PathBuf, page: Option<u32>, sort: Draft) -> String {
    format!("{id} {} {page:?} {}", rest.display(), sort.title)
}

#[require_role(not(AppRole::Viewer))]
#[post("/json", format = "json", data = "<body>")]
fn json(body: Json<Vec<u32>>, user: User<AppRole>) -> Json<Vec<u32>> {
    let _ = user.has(AppRole::Admin);
    body
}

#[require_role(all(any(AppRole::Editor, AppRole::Admin), AppRole::Viewer))]
#[put("/form", data = "<draft>")]
fn form(draft: Form<Draft>) -> String {
    draft.into_inner().title
}

#[authenticated]
#[delete("/guards")]
fn guards<'r>(jar: &'r CookieJar<'_>, counter: &'r State<Counter>, user: &'r User<AppRole>) -> Option<&'r str> {
    let _ = (counter.0, user.id());
    jar.get("theme").map(|cookie| cookie.value())
}

#[authenticated]
#[get("/responder")]
async fn responder() -> Result<impl for<'r> Responder<'r, 'static>, Status> {
    if false { Err(Status::NotFound) } else { Ok("anything") }
}

#[authenticated]
#[get("/stream")]
fn stream() -> TextStream![&'static str] {
    TextStream! { yield "one"; }
}

#[public("any method, and a name that is a keyword")]
#[route(OPTIONS, uri = "/type")]
fn r#type() -> &'static str {
    "type"
}

#[public("other attributes may stand between")]
#[doc(hidden)]
#[cfg(not(any()))]
#[allow(clippy::needless_return)]
#[get("/between")]
#[must_use]
pub fn between() -> &'static str {
    return "between";
}

#[require_role(AppRole::Admin)]
#[cfg(any())]
#[get("/nowhere")]
fn not_compiled(missing: NoSuchType) {}

#[require_role(AppRole::Admin)]
#[get("/old")]
#[deprecated]
fn old() {}

#[authenticated]
#[get("/seven?<a>&<b>&<c>&<d>&<e>&<f>&<g>")]
fn seven(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> String {
    [a, b, c, d, e, f, g].map(|n| n.to_string()).concat()
}

mod nested {
    pub(crate) mod deeper {
        #[auth_core::require_role(super::super::AppRole::Editor)]
        #[rocket::get("/deeper")]
        pub(crate) fn handler() {}
    }

    #[auth_core::require_role(super::AppRole::Viewer)]
    #[rocket::get("/nested")]
    pub(super) fn handler() {}
}

#[test]
fn compiles() {
    #[require_role(AppRole::Editor)]
    #[get("/inside")]
    fn inside(user: &User<AppRole>) -> String {
        user.id().to_string()
    }

    // `uri!` knows a handler by the name that was written.
    assert_eq!(uri!("/api", nested::deeper::handler()).to_string(), "/api/deeper");
    assert_eq!(
        uri!(seven(1, 2, 3, 4, 5, 6, 7))
            .query()
            .map(|query| query.segments().count()),
        Some(7)
    );

    #[expect(deprecated)]
    let routes = guarded_routes![
        sync,
        asynchronous,
        path_and_query,
        json,
        form,
        guards,
        responder,
        stream,
        r#type,
        between,
        old,
        seven,
        nested::handler,
        nested::deeper::handler,
        inside,
    ];
    assert_eq!(routes.len(), 15);
    assert!(guarded_routes![].is_empty());
    let _ = rocket::build()
        .manage(Counter(0))
        .attach(AdHoc::on_request("nothing", |_, _| Box::pin(async {})))
        .mount("/", routes);
}
