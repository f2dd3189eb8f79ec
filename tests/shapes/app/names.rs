//! Names that are in the way of something.

use auth_core::{authenticated, public};

#[public("a keyword")]
#[get("/type/<type>")]
fn r#type(r#type: u8) -> String {
    r#type.to_string()
}

#[authenticated]
#[get("/try?<in>&<match>")]
fn r#try(r#in: &str, r#match: Option<bool>) -> String {
    format!("{} {match:?}", r#in, r#match = r#match)
}

#[authenticated]
#[get("/async")]
async fn r#async() -> String {
    r#try("called", None) + &r#type(1)
}

#[authenticated]
#[get("/raw")]
fn r#not_a_keyword() -> &'static str {
    "raw"
}

#[authenticated]
#[get("/underscore")]
fn _underscore() -> &'static str {
    "underscore"
}

#[authenticated]
#[get("/underscores")]
fn __underscores__() -> &'static str {
    "underscores"
}

#[authenticated]
#[get("/camel")]
#[allow(nonstandard_style)]
fn CamelCase() -> &'static str {
    "camel"
}

#[authenticated]
#[get("/screaming")]
fn SCREAMING() -> &'static str {
    "screaming"
}

#[authenticated]
#[get("/größe")]
fn größe() -> &'static str {
    "größe"
}

#[authenticated]
#[get("/main")]
fn main() -> &'static str {
    "main"
}

#[authenticated]
#[get("/route/<request>/<data>/<route>/<handler>/<info>/<self_>")]
fn route(request: u8, data: u8, route: u8, handler: u8, info: u8, self_: u8) -> String {
    [request, data, route, handler, info, self_]
        .map(|number| number.to_string())
        .concat()
}

#[authenticated]
#[get("/handler/<name>")]
fn handler(name: &str) -> String {
    name.to_owned()
}

#[authenticated]
#[get("/into/route")]
fn into_route() -> &'static str {
    "into_route"
}

/// A parameter has the name of a handler, its own among them.
#[authenticated]
#[get("/same/<same>/<handler>")]
fn same(same: u8, handler: u8) -> String {
    format!("{same} {handler}")
}

/// A macro of the same name.
macro_rules! both {
    () => {
        "both"
    };
}

#[authenticated]
#[get("/both")]
fn both() -> &'static str {
    both!()
}

/// A local of the same name as the handler that it calls.
#[authenticated]
#[get("/local")]
fn local() -> String {
    let both = both();
    let handler = handler(both);
    handler + both
}

/// Names as in the prelude.
#[authenticated]
#[get("/drop")]
fn drop() -> &'static str {
    "drop"
}

#[authenticated]
#[get("/very/long")]
fn a_name_that_is_longer_than_what_anybody_would_call_a_handler_of_theirs_and_longer_still() -> &'static str {
    "long"
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        r#type,
        r#try,
        r#async,
        r#not_a_keyword,
        _underscore,
        __underscores__,
        CamelCase,
        SCREAMING,
        größe,
        main,
        route,
        handler,
        into_route,
        same,
        both,
        local,
        drop,
        a_name_that_is_longer_than_what_anybody_would_call_a_handler_of_theirs_and_longer_still,
    ]
}
