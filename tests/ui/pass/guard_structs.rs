// Structs that become request guards: unit, tuple, named, with and without a lifetime.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use auth_core::{Role, User, authenticated, guarded_by, guarded_routes, public, require_role};
use rocket::http::CookieJar;
use rocket::http::uri::Host;
use rocket::{State, get};

/// The roles of this application.
#[derive(Role, Clone, Copy)]
pub enum AppRole {
    /// May do everything.
    Admin,
    /// May write.
    Editor,
}

/// A guard for admins.
#[require_role(AppRole::Admin)]
#[derive(Clone, Copy, Debug)]
pub struct IsAdmin;

/// An admin.
#[require_role(AppRole::Admin)]
pub struct AdminUser(pub User<AppRole>);

#[require_role(AppRole::Admin, AppRole::Editor)]
struct Editor<'r>(&'r User<AppRole>, Option<&'r State<u32>>);

#[authenticated]
struct Member<'a>
where
    Self: 'a,
{
    user: &'a User<AppRole>,
    cookies: &'a CookieJar<'a>,
    #[cfg(any())]
    nowhere: NoSuchType,
}

// A guard struct inside a guard struct.
#[require_role(AppRole::Admin)]
struct Both<'r> {
    admin: AdminUser,
    member: Member<'r>,
}

// A guard of another kind as the decision, with and without a lifetime.
#[guarded_by(IsAdmin)]
#[get("/counter")]
fn counter(counter: &State<u32>) -> String {
    counter.to_string()
}

#[guarded_by(&'r Host<'r>)]
#[get("/host")]
fn host() {}

#[public("each guard decides")]
#[get("/")]
fn page(
    is_admin: Option<IsAdmin>,
    admin: AdminUser,
    editor: Editor<'_>,
    member: Result<Member<'_>, auth_core::AuthError>,
    both: Both<'_>,
) -> String {
    let theme = member.ok().and_then(|member| {
        member
            .cookies
            .get("theme")
            .map(|theme| (member.user.id().to_string(), theme))
    });
    let sum = editor.1.map_or(0, |number| **number);
    format!(
        "{is_admin:?} {} {} {sum} {theme:?} {}",
        admin.0.id(),
        editor.0.id(),
        both.admin.0.id() == both.member.user.id()
    )
}

#[test]
fn compiles() {
    let _ = rocket::build().mount("/", guarded_routes![counter, host, page]);
}
