#![allow(unused_qualifications, reason = "paths as a macro is given them")]
// Handlers that a macro of the application's own writes.
use auth_core::{Role, User, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
pub(crate) enum AppRole {
    Admin,
    Editor,
}

macro_rules! handler {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $path:literal, $role:path, $extra:path, $text:literal) => {
        $(#[$attribute])*
        #[require_role($role, all($extra))]
        #[get($path)]
        $visibility fn $name(id: u32, user: &User<AppRole>) -> String {
            format!("{} {id} {}", $text, user.id())
        }
    };
}

handler!(pub(crate) first, "/first/<id>", AppRole::Admin, AppRole::Editor, "first");
handler!(
    #[doc(hidden)]
    second,
    "/second/<id>",
    self::AppRole::Editor,
    self::AppRole::Admin,
    "second"
);

/// The types and the body come from where the macro is used.
macro_rules! typed {
    ($name:ident, $path:literal, $id:ty, $out:ty, $body:block) => {
        #[require_role(AppRole::Admin)]
        #[get($path)]
        async fn $name(_id: $id) -> $out $body
    };
}

typed!(third, "/third/<_id>", u8, String, { String::from("third") });
typed!(
    fourth,
    "/fourth/<_id>",
    Option<&str>,
    Result<&'static str, std::io::Error>,
    {
        let fourth = "fourth";
        Ok(fourth)
    }
);
typed!(fifth, "/fifth/<_id>", self::Id, (), {});

type Id = u64;

#[test]
fn compiles() {
    assert_eq!(guarded_routes![first, second, third, fourth, fifth].len(), 5);
}
