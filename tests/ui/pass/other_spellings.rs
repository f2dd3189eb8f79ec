// Reasons that are constants, trailing commas, policies with generic arguments, renamed route attributes, and fragments of
// `macro_rules!` wherever they fit.
#![deny(warnings)]

use std::fmt::Display;

use auth_core::__internal::AccessRule;
use auth_core::{Role, User, authenticated, guarded_routes, public, require_role};
use rocket::request::Request;
use rocket::{get as http_get, route as any_method};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

const WHY: &str = "a constant";

#[public("a text")]
#[http_get("/text")]
fn text() {}

#[public(WHY)]
#[http_get("/constant")]
fn constant() {}

#[public(concat!("a ", "macro"),)]
#[any_method(GET, uri = "/macro")]
fn from_macro() {}

#[authenticated(fresh = "5m")]
#[http_get("/fresh")]
fn fresh() {}

async fn owns<T: Display>(user: &User<AppRole>, id: T, _: &Request<'_>) -> bool {
    user.id() == id.to_string()
}

mod policies {
    pub(crate) struct Of<T>(T);

    impl<T> Of<T> {
        pub(crate) async fn open(_: &auth_core::User<super::AppRole>, _: T, _: &rocket::Request<'_>) -> bool {
            true
        }
    }
}

#[require_role(AppRole::Admin, owns::<u8>(id,), policies::Of::<u8>::open(id),)]
#[http_get("/generic/<id>")]
fn generic(id: u8) -> String {
    id.to_string()
}

macro_rules! handler {
    ($name:ident, $why:literal, $path:literal, $parameter:ty, $answer:ty, $body:block) => {
        #[public($why)]
        #[http_get($path)]
        fn $name(id: $parameter, user: Option<$parameter>) -> Option<$answer> {
            let _ = (id, user);
            Some($body)
        }
    };
    ($name:ident, $role:path, $path:literal, $parameter:ty, $guard:ty, $answer:ty, $body:block) => {
        #[require_role($role)]
        #[http_get($path)]
        fn $name(id: $parameter, user: $guard) -> $answer {
            let _ = (id, user.roles());
            $body
        }
    };
}

handler!(open, "by a fragment", "/open/<id>?<user>", &str, &'static str, {
    "open"
});
handler!(
    guarded,
    AppRole::Editor,
    "/guarded/<id>",
    u32,
    &User<AppRole>,
    String,
    { String::from("guarded") }
);

fn reason<H: AccessRule>() -> String {
    H::DECISION.to_string()
}

#[test]
fn other_spellings_compile_and_keep_their_decisions() {
    assert_eq!(reason::<text>(), "public: a text");
    assert_eq!(reason::<constant>(), "public: a constant");
    assert_eq!(reason::<from_macro>(), "public: a macro");
    assert_eq!(reason::<open>(), "public: by a fragment");
    assert_eq!(
        reason::<generic>(),
        "any(admin, owns::<u8>(id), policies::Of::<u8>::open(id))"
    );
    let routes = guarded_routes![text, constant, from_macro, fresh, generic, open, guarded];
    assert_eq!(routes.len(), 7);
}
