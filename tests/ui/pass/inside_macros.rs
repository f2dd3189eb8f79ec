// Handlers that a macro of the application's own writes.
use auth_core::{Role, User, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
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
handler!(#[doc(hidden)] second, "/second/<id>", self::AppRole::Editor, self::AppRole::Admin, "second");

fn main() {
    assert_eq!(guarded_routes![first, second].len(), 2);
}
