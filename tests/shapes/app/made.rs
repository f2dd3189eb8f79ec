//! Handlers that a macro of the application writes.

use auth_core::{authenticated, require_role};
use rocket::{get, post};

use crate::roles::AppRole; // auth_core

macro_rules! text_handler {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $path:literal, $text:expr) => {
        $(#[$attribute])*
        #[authenticated]
        #[get($path)]
        $visibility fn $name() -> &'static str {
            $text
        }
    };
}

text_handler!(first, "/first", "first");
text_handler!(#[doc = "The second."] #[allow(clippy::use_self)] pub(crate) second, "/second", concat!("sec", "ond"));
text_handler!(
    /// The third.
    third,
    "/third",
    {
        const TEXT: &str = "third";
        TEXT
    }
);

/// The parts of a handler, as tokens.
macro_rules! any_handler {
    ($method:ident $path:tt $(, $key:ident = $value:tt)* => async fn $name:ident() $body:tt) => {
        #[require_role(AppRole::Editor)]
        #[$method($path $(, $key = $value)*)]
        async fn $name() -> String $body
    };
}

any_handler!(get "/any/<_>", rank = 3 => async fn any_get() {
    "any".to_owned()
});
any_handler!(post "/any", format = "json" => async fn any_post() {
    std::future::ready("posted").await.to_owned()
});

/// The whole items, as they stand.
macro_rules! items {
    ($($item:item)*) => { $($item)* };
}

items! {
    #[authenticated]
    #[get("/item/<name>")]
    fn item<'r>(name: &'r str) -> &'r str {
        name
    }

    /// The other one.
    #[authenticated]
    #[post("/item/<number>")]
    pub(crate) async fn other_item(number: u8) -> String {
        number.to_string()
    }
}

/// One handler a row.
macro_rules! table {
    ($($name:ident $path:literal $answer:literal;)+) => {
        $(
            #[authenticated]
            #[get($path)]
            fn $name() -> &'static str {
                $answer
            }
        )+

        fn table() -> Vec<rocket::Route> {
            auth_core::guarded_routes![$($name),+]
        }
    };
}

table! {
    row_one "/table/one" "1";
    row_two "/table/two" "2";
    row_three "/table/three" "3";
}

/// Handlers of one name, each in a module of its own.
macro_rules! resource {
    ($($module:ident: $path:literal),+) => {
        $(mod $module {
            #[auth_core::authenticated]
            #[rocket::get($path)]
            pub(super) fn list() -> &'static str {
                stringify!($module)
            }

            #[auth_core::authenticated]
            #[rocket::post($path, data = "<text>")]
            pub(super) fn add(text: String) -> String {
                format!("{} {text}", self::list())
            }

            pub(super) fn routes() -> Vec<rocket::Route> {
                auth_core::guarded_routes![list, add]
            }
        })+
    };
}

resource!(books: "/books", authors: "/authors");

elsewhere::handler!(from_elsewhere(number), "/from/elsewhere/<number>", number * 3);

/// Mounts, through a macro.
macro_rules! mounted {
    ($($handler:path),* $(,)?) => { auth_core::guarded_routes![$($handler),*] };
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    let own = mounted![
        first,
        self::second,
        crate::made::third,
        any_get,
        any_post,
        item,
        other_item,
        from_elsewhere
    ];
    [own, table(), books::routes(), authors::routes()].concat()
}
