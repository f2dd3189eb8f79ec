//! What stands inside of handlers, and handlers that stand inside of functions.

use std::collections::BTreeMap;

use auth_core::{authenticated, require_role};
use rocket::http::Status;
use rocket::{Route, get, post};

use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/items/<number>")]
fn items(number: usize) -> String {
    /// Inside of the handler.
    const LIMIT: usize = 10;
    static NAMES: [&str; 2] = ["one", "two"];

    #[derive(Debug)]
    struct Inner {
        number: usize,
    }

    impl Inner {
        fn of(number: usize) -> Inner {
            Inner { number: helper(number) }
        }
    }

    fn helper(number: usize) -> usize {
        number.min(LIMIT)
    }

    macro_rules! twice {
        ($e:expr) => {
            $e + $e
        };
    }

    use std::fmt::Write as _;

    let mut text = String::new();
    let _ = write!(text, "{:?} {}", Inner::of(number), twice!(number));
    text + NAMES[number % 2] + &Inner::of(1).number.to_string()
}

#[authenticated]
#[get("/closures/<text>")]
fn closures(text: &str) -> String {
    let mut seen = BTreeMap::new();
    let mut add = |letter: char| *seen.entry(letter).or_insert(0u32) += 1;
    text.chars().for_each(&mut add);
    let most = || seen.iter().max_by_key(|(_, count)| **count).map(|(letter, _)| *letter);
    most().map_or_else(String::new, |letter| letter.to_string())
}

#[authenticated]
#[get("/blocks/<number>")]
async fn blocks(number: i32) -> Result<String, Status> {
    let parsed: Result<i32, Status> = async {
        if number < 0 {
            Err(Status::BadRequest)
        } else {
            Ok(number)
        }
    }
    .await;
    let number = parsed?;
    let label = 'outer: {
        for i in 0.. {
            if i * i >= number {
                break 'outer i;
            }
        }
        unreachable!()
    };
    let Some(half) = number.checked_div(2) else {
        return Err(Status::ImATeapot);
    };
    let add = async move |other: i32| other + half;
    Ok(format!("{label} {}", add(1).await))
}

#[authenticated]
#[get("/early/<number>")]
fn early(number: u8) -> Option<String> {
    let number = number.checked_sub(1)?;
    let text =
        (|| -> Result<String, std::num::ParseIntError> { Ok(number.to_string().parse::<u8>()?.to_string()) })().ok()?;
    return Some(text);
}

#[authenticated]
#[get("/shadow/<shadow>/<request>/<data>/<route>")]
fn shadow(shadow: u8, request: u8, data: u8, route: &str) -> String {
    let shadow = shadow + request + data;
    let user = route;
    format!("{shadow} {user}")
}

#[authenticated]
#[get("/nested")]
fn with_handler_inside() -> String {
    #[authenticated]
    #[get("/never")]
    fn handler_inside() -> &'static str {
        "inside"
    }

    let routes = auth_core::guarded_routes![handler_inside];
    format!("{} {}", routes.len(), handler_inside())
}

fn more() -> Vec<Route> {
    #[require_role(AppRole::Admin, AppRole::Editor)]
    #[get("/function")]
    fn handler() -> &'static str {
        "of a function"
    }

    mod deeper {
        #[auth_core::authenticated]
        #[rocket::get("/function/module")]
        pub(super) fn handler() -> &'static str {
            "of a module in a function"
        }
    }

    let mut routes = auth_core::guarded_routes![handler, deeper::handler];
    routes.extend({
        #[authenticated]
        #[get("/function/block")]
        async fn handler() -> &'static str {
            "of a block in a function"
        }

        auth_core::guarded_routes![handler]
    });
    routes
}

struct Mounted;

impl Mounted {
    fn routes() -> Vec<Route> {
        #[authenticated]
        #[post("/method", data = "<text>")]
        fn handler(text: &str) -> String {
            text.to_uppercase()
        }

        let routes = || auth_core::guarded_routes![handler];
        routes()
    }
}

const LISTED: fn() -> Vec<Route> = || {
    #[authenticated]
    #[get("/constant")]
    fn handler() -> &'static str {
        "of a constant"
    }

    auth_core::guarded_routes![handler]
};

pub(crate) fn routes() -> Vec<Route> {
    let own = auth_core::guarded_routes![items, closures, blocks, early, shadow, with_handler_inside];
    [own, more(), Mounted::routes(), LISTED()].concat()
}
