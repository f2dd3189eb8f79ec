// Policies of every shape, and rules that ask them.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use std::io::Error;
use std::path::{Path, PathBuf};

use auth_core::__internal::AccessRule;
use auth_core::{Refusal, Role, User, authenticated, guarded_routes, require_role};
use rocket::request::{FromParam, Request};
use rocket::serde::json::Json;
use rocket::{State, get, post, put, route};

/// The roles of this application.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// May do everything.
    #[role(includes(Editor))]
    Admin,
    /// May write.
    Editor,
    /// May read.
    Viewer,
}

/// A parameter that borrows from the request.
pub struct Slug<'a>(&'a str);

impl<'a> FromParam<'a> for Slug<'a> {
    type Error = &'a str;

    fn from_param(text: &'a str) -> Result<Slug<'a>, &'a str> {
        if text.is_empty() { Err(text) } else { Ok(Slug(text)) }
    }
}

async fn owns_report(user: &User<AppRole>, id: i32, _request: &Request<'_>) -> bool {
    std::future::ready(user.id().to_string().len() == usize::try_from(id).unwrap_or(0)).await
}

/// May fail.
///
/// # Errors
///
/// What the disk says.
pub async fn may_read(user: &User<AppRole>, path: PathBuf, request: &Request<'_>) -> Result<bool, Error> {
    let _ = (user.roles().count(), request.method());
    std::future::ready(path.try_exists()).await
}

async fn borrows(_: &User<AppRole>, slug: &str, other: Slug<'_>, request: &Request<'_>) -> bool {
    request
        .cookies()
        .get(slug)
        .is_some_and(|cookie| cookie.value() == other.0)
}

async fn business_hours<R: Role>(_: &User<R>, _: &Request<'_>) -> bool {
    false
}

// An `async fn` by another spelling, and a generic argument.
fn by_hand<'a, T: Into<String>>(
    user: &'a User<AppRole>,
    name: T,
    _: &'a Request<'_>,
) -> impl Future<Output = bool> + use<'a, T> {
    let name = name.into();
    async move { user.id() == name }
}

mod policies {
    pub(crate) async fn at_home(_: &auth_core::User<super::AppRole>, _: &rocket::Request<'_>) -> bool {
        true
    }
    // The variables in what the macros write are none that these could be.
    pub(crate) async fn user(_: &auth_core::User<super::AppRole>, r#type: u8, _: &rocket::Request<'_>) -> bool {
        r#type == 0
    }
    pub(crate) use user as request;
    pub(crate) use user as argument0;
    pub(crate) use user as index;
}
use policies::{argument0, index, request, user};

#[require_role(any(AppRole::Admin, owns_report(id)))]
#[get("/reports/<id>")]
async fn report(id: i32) -> String {
    id.to_string()
}

#[require_role(AppRole::Admin, all(AppRole::Viewer, not(may_read(path)), fits(page)))]
#[rocket::get("/<_>/files/<page>/<path..>?<query>", rank = 3)]
fn file(page: Option<u8>, path: PathBuf, query: Option<&str>, user: &User<AppRole>) -> String {
    format!("{page:?} {} {query:?} {}", path.display(), user.id())
}

// A state in place of the request, and a refusal in place of a plain "no".
async fn owns_file(user: &User<AppRole>, id: u64, owners: &State<Vec<u64>>) -> Result<(), Refusal> {
    if owners.contains(&id) && user.has(AppRole::Viewer) {
        Ok(())
    } else {
        Err(Refusal::not_found("no_such_file", "There is no such file."))
    }
}

#[require_role(any(AppRole::Admin, owns_file(id)))]
#[get("/owned/<id>")]
fn owned(id: u64) -> String {
    id.to_string()
}

async fn fits(_: &User<AppRole>, page: Option<u8>, _: &Request<'_>) -> bool {
    page.is_some()
}

#[require_role(borrows(slug, other), AppRole::Editor)]
#[put("/<slug>/<other>")]
fn borrowing<'r>(slug: &'r str, other: Slug<'r>) -> &'r str {
    let _ = slug;
    other.0
}

#[require_role(business_hours(), AppRole::Editor)]
#[post("/hours", data = "<body>")]
fn hours(body: Json<Vec<u8>>) -> Json<Vec<u8>> {
    body
}

// No role: the policy says which enum it is about.
#[require_role(policies::at_home())]
#[get("/home")]
fn home() {}

#[require_role(AppRole::Admin, by_hand(name), fresh = "1h 30m")]
#[route(GET, uri = "/by_hand/<name>")]
pub(crate) fn spelled_out(name: &str) -> &str {
    name
}

#[require_role(user(r#type), request(r#type), argument0(r#type), index(r#type))]
#[get("/names/<type>")]
fn names(r#type: u8) -> String {
    r#type.to_string()
}

// One call, mentioned twice, is one policy.
#[require_role(any(all(AppRole::Editor, owns_report(id)), all(AppRole::Viewer, not(owns_report(id)))))]
#[get("/twice/<id>")]
fn twice(id: i32) -> String {
    id.to_string()
}

#[authenticated(fresh = "90s")]
#[get("/fresh")]
fn lately() {}

/// A guard that asks a policy, and for a fresh sign-in.
#[require_role(fresh = "5m", any(AppRole::Admin, policies::at_home()))]
pub struct AtHome<'r>(pub &'r User<AppRole>);

#[authenticated]
#[get("/guard")]
fn guard(at_home: AtHome<'_>) -> String {
    at_home.0.id().to_string()
}

fn text<H: AccessRule>() -> String {
    H::DECISION.to_string()
}

#[test]
fn compiles() {
    #[require_role(all(AppRole::Viewer, not(inside_policy(path))))]
    #[get("/inside/<path..>")]
    fn inside(path: PathBuf) -> String {
        path.display().to_string()
    }

    async fn inside_policy(_: &User<AppRole>, path: impl AsRef<Path>, _: &Request<'_>) -> bool {
        path.as_ref().is_absolute()
    }

    assert_eq!(text::<report>(), "any(admin, owns_report(id))");
    assert_eq!(text::<home>(), "policies::at_home()");
    assert_eq!(text::<borrowing>(), "any(borrows(slug, other), editor)");
    assert_eq!(text::<AtHome<'static>>(), "any(admin, policies::at_home())");

    assert_eq!(report::FRESH, None);
    assert_eq!(spelled_out::FRESH, Some(5400));
    assert_eq!(lately::FRESH, Some(90));
    assert_eq!(AtHome::FRESH, Some(300));

    let routes = guarded_routes![
        report,
        file,
        borrowing,
        hours,
        home,
        spelled_out,
        names,
        twice,
        owned,
        lately,
        guard,
        inside
    ];
    assert_eq!(routes.len(), 12);
}
