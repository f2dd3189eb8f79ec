//! Handlers that a macro writes of types, blocks, lifetimes and patterns.

use auth_core::{authenticated, require_role};
use rocket::get;
use rocket::serde::json::Json;

use crate::roles::AppRole; // auth_core

macro_rules! with_block {
    ($name:ident, $path:literal, $body:block) => {
        #[authenticated]
        #[get($path)]
        fn $name() -> &'static str $body
    };
}

with_block!(block, "/block", { "block" });

macro_rules! with_type {
    ($name:ident, $path:literal, $argument:ident: $kind:ty) => {
        #[authenticated]
        #[get($path)]
        fn $name($argument: $kind) -> String {
            $argument.to_string()
        }
    };
}

with_type!(number, "/number/<id>", id: u32);
with_type!(text, "/text/<name>", name: &str);

macro_rules! with_answer {
    ($name:ident, $path:literal, $answer:ty, $value:expr) => {
        #[require_role(AppRole::Editor)]
        #[get($path)]
        async fn $name() -> $answer {
            $value
        }
    };
}

with_answer!(answer, "/answer", Json<Vec<u8>>, Json(vec![1, 2]));
with_answer!(answer_option, "/answer/option", Option<&'static str>, None);

macro_rules! with_all {
    ($visibility:vis $name:ident<$lifetime:lifetime>($($argument:ident: $kind:ty),*) -> $answer:ty $body:block, $path:literal) => {
        #[authenticated]
        #[rocket::post($path)]
        $visibility fn $name<$lifetime>($($argument: $kind),*) -> $answer $body
    };
}

with_all!(pub(crate) all<'r>(name: &'r str, number: u8) -> Result<&'r str, String> {
    if number > 9 { Err(number.to_string()) } else { Ok(name) }
}, "/all/<name>/<number>");

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![block, number, text, answer, answer_option, all]
}
