//! Handlers of another crate, of an older edition.

use auth_core::authenticated;
use rocket::{get, post};

/// For every signed-in user.
#[authenticated]
#[get("/")]
pub fn index() -> &'static str {
    "elsewhere"
}

/// Handlers in a module of the other crate.
pub mod nested {
    /// Deep.
    #[auth_core::authenticated]
    #[rocket::get("/deep/<number>")]
    pub fn deep(number: u8) -> String {
        number.to_string()
    }
}

/// A word that later editions take for themselves.
#[authenticated]
#[post("/dyn/<dyn>", data = "<gen>")]
pub async fn r#async<'r>(r#dyn: &'r str, gen: std::string::String) -> String {
    let dyn_ = r#dyn;
    let later = async { dyn_.len() };
    format!("{} {}", gen, later.await)
}

/// A handler with an expression as its answer.
#[macro_export]
macro_rules! handler {
    ($name:ident($number:ident), $path:literal, $answer:expr) => {
        #[auth_core::authenticated]
        #[rocket::get($path)]
        fn $name($number: u32) -> String {
            ($answer).to_string()
        }
    };
}

/// The handlers.
pub fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![index, nested::deep, r#async]
}
