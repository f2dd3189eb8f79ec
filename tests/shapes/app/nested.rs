//! Modules, visibilities, re-exports.

pub(crate) mod inner {
    use auth_core::authenticated;

    #[authenticated]
    #[get("/inner")]
    pub(crate) fn handler() -> &'static str {
        "inner"
    }

    #[authenticated]
    #[get("/inner/super")]
    pub(super) fn of_super() -> &'static str {
        "super"
    }

    #[authenticated]
    #[get("/inner/in")]
    pub(in crate::nested) fn in_path() -> &'static str {
        "in"
    }

    #[authenticated]
    #[get("/inner/self")]
    pub(self) fn of_self() -> &'static str {
        "self"
    }

    #[authenticated]
    #[get("/inner/pub")]
    pub fn public() -> &'static str {
        "pub"
    }

    #[authenticated]
    #[get("/inner/again")]
    pub fn again() -> String {
        format!("{} {}", of_self(), super::deeper::deepest::handler())
    }

    pub(super) fn routes() -> Vec<rocket::Route> {
        auth_core::guarded_routes![of_self, self::of_super]
    }
}

mod deeper {
    pub(crate) mod deepest {
        use crate::roles::AppRole; // auth_core

        #[auth_core::require_role(AppRole::Admin)]
        #[rocket::get("/deepest")]
        pub(crate) fn handler() -> &'static str {
            "deepest"
        }

        #[auth_core::require_role(AppRole::Editor)]
        #[rocket::get("/deepest/renamed")]
        pub fn renamed() -> &'static str {
            "renamed"
        }

        #[auth_core::authenticated]
        #[rocket::get("/deepest/glob")]
        pub fn by_glob() -> &'static str {
            "glob"
        }

        #[auth_core::authenticated]
        #[rocket::get("/deepest/glob/two")]
        pub fn by_glob_too() -> String {
            by_glob().repeat(2)
        }
    }

    pub(crate) use self::deepest::renamed as other_name;
    pub use deepest::*;
}

use deeper::{by_glob as of_the_glob, other_name as third_name};

pub(crate) use self::inner::public as reexported;

/// Called by the names that they have here.
#[auth_core::authenticated]
#[rocket::get("/calls")]
fn calls() -> String {
    format!(
        "{} {} {} {}",
        of_the_glob(),
        third_name(),
        reexported(),
        deeper::by_glob_too()
    )
}

mod prelude {
    pub(super) use super::deeper::deepest;
    pub(super) use super::inner::*;
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    use prelude::*;

    let mut routes = auth_core::guarded_routes![handler, in_path, reexported, again, calls];
    routes.extend(inner::routes());
    routes.extend(auth_core::guarded_routes![
        crate::nested::deeper::deepest::handler,
        third_name,
        of_the_glob,
        deepest::by_glob_too
    ]);
    routes
}
