// Macros in a module whose names are not the usual ones.
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, reason = "the names are there to be in the way")]

use auth_core::{Role, User, authenticated, guarded_routes, public, require_role};
use rocket::get;

// `std`, `Some` and `None` are not among them: Rocket's own macros would not find theirs.
struct Result;
struct Option;
struct Vec;
struct Box;
struct Pin;
struct Send;
struct Outcome;
struct Request;
struct Rocket;
struct Decision;
struct Rule;
struct RoleTerm;
struct RoleSet;
struct Authorized;
trait Into {}
trait Future {}
trait FromRequest {}
trait Sentinel {}
trait AccessRule {}
mod core {}
mod alloc {}
mod __private {}
type u32 = ();
type u64 = ();
type i128 = ();
type usize = ();
type bool = ();
type str = ();

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    Editor,
    Viewer,
}

async fn is_even(_: &User<AppRole>, number: i32, _: &rocket::Request<'_>) -> ::core::primitive::bool {
    number % 2 == 0
}

async fn is_open(
    _: &User<AppRole>,
    _: &rocket::Request<'_>,
) -> ::core::result::Result<::core::primitive::bool, String> {
    ::core::result::Result::Ok(false)
}

#[require_role(
    AppRole::Admin,
    all(AppRole::Editor, not(AppRole::Viewer)),
    is_even(number),
    is_open(),
    fresh = "5m"
)]
#[get("/<number>")]
fn numbered(number: i32) -> String {
    number.to_string()
}

#[require_role(AppRole::Admin)]
struct Borrowing<'r>(&'r User<AppRole>);

#[authenticated]
struct Named {
    user: User<AppRole>,
    maybe: ::core::option::Option<User<AppRole>>,
}

#[require_role(AppRole::Editor, AppRole::Viewer)]
struct Unit;

#[public("the guards decide")]
#[get("/")]
fn guards(borrowing: Borrowing<'_>, named: Named, _unit: Unit) -> String {
    format!("{} {} {}", borrowing.0.id(), named.user.id(), named.maybe.is_some())
}

// Names that the macros use for themselves.
#[require_role(AppRole::Admin)]
#[get("/<request>/<user>/<index>")]
fn __authorized(request: i32, user: i32, index: i32, handler: &User<AppRole>) -> String {
    format!("{request} {user} {index} {}", handler.id())
}

#[test]
fn compiles() {
    let routes = guarded_routes![numbered, guards, __authorized];
    assert_eq!(routes.len(), 3);
}
