//! What the segments of a path may be.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use auth_core::{authenticated, require_role};
use rocket::fs::NamedFile;
use rocket::http::RawStr;
use rocket::http::uri::error::PathError;
use rocket::http::uri::fmt::Path as PathKind;
use rocket::http::uri::{Origin, Segments};
use rocket::request::{FromParam, FromSegments};

use crate::policies::{is_short, is_small}; // auth_core
use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/elided/<name>")]
fn elided(name: &str) -> String {
    format!("<{name}>")
}

#[authenticated]
#[get("/named/<name>")]
fn named<'a>(name: &'a str) -> &'a str {
    name
}

#[require_role(any(AppRole::Admin, is_short(one)))]
#[get("/two/<one>/<other>")]
fn two_lifetimes<'a, 'b: 'a>(one: &'a str, other: &'b str) -> &'a str {
    if one.is_empty() { one } else { other }
}

#[authenticated]
#[get("/raw?<name>")]
fn raw(name: &str, uri: &Origin<'_>) -> String {
    format!("{name} {}", RawStr::new(uri.path().as_str()))
}

#[authenticated]
#[get("/owned/<name>")]
async fn owned(name: String) -> String {
    name
}

#[authenticated]
#[get("/async/<name>")]
async fn borrowed(name: &str) -> &str {
    name
}

#[authenticated]
#[get("/result/<number>")]
fn result(number: Result<u8, <u8 as FromParam<'_>>::Error>) -> String {
    format!("{number:?}")
}

#[authenticated]
#[get("/result/text/<number>")]
fn result_text(number: Result<i64, &str>) -> Result<String, String> {
    number
        .map(|number| number.to_string())
        .map_err(|text| format!("no number: {text}"))
}

#[authenticated]
#[get("/option/<number>")]
fn option(number: Option<u16>) -> Option<String> {
    Some(number?.to_string())
}

#[require_role(AppRole::Admin, is_small(number))]
#[get("/numbers/<number>/<flag>/<float>/<byte>")]
fn numbers(number: u32, flag: bool, float: f64, byte: i8) -> String {
    format!("{number} {flag} {float} {byte}")
}

#[authenticated]
#[get("/nonzero/<number>")]
fn nonzero(number: NonZeroU16) -> String {
    number.to_string()
}

#[authenticated]
#[get("/addresses/<ip>/<v4>/<socket>")]
fn addresses(ip: IpAddr, v4: Ipv4Addr, socket: SocketAddr) -> String {
    format!("{ip} {v4} {socket}")
}

#[authenticated]
#[get("/files/<file..>")]
async fn files(file: PathBuf) -> Option<NamedFile> {
    NamedFile::open(Path::new("/nonexistent").join(file)).await.ok()
}

#[authenticated]
#[get("/rest/<rest..>", rank = 9)]
fn rest(rest: PathBuf) -> String {
    rest.display().to_string()
}

#[authenticated]
#[get("/rest/or/<rest..>", rank = 1)]
fn rest_or_error(rest: Result<PathBuf, PathError>) -> String {
    format!("{rest:?}")
}

#[authenticated]
#[get("/segments/<rest..>")]
fn segments(rest: Segments<'_, PathKind>) -> String {
    rest.collect::<Vec<_>>().join("|")
}

#[authenticated]
#[get("/ignored/<_>/<_>/end")]
fn ignored() -> &'static str {
    "ignored"
}

#[authenticated]
#[get("/ignored/<_..>", rank = 30)]
fn ignored_rest() -> &'static str {
    "ignored rest"
}

/// A parameter of the application's own, which borrows.
#[derive(Debug)]
pub(crate) struct Slug<'r>(&'r str);

impl<'r> FromParam<'r> for Slug<'r> {
    type Error = &'r str;

    fn from_param(param: &'r str) -> Result<Slug<'r>, &'r str> {
        if param.bytes().all(|byte| byte.is_ascii_lowercase()) {
            Ok(Slug(param))
        } else {
            Err(param)
        }
    }
}

/// The same of several segments.
pub(crate) struct Pair<'r>(&'r str, &'r str);

impl<'r> FromSegments<'r> for Pair<'r> {
    type Error = usize;

    fn from_segments(mut segments: Segments<'r, PathKind>) -> Result<Pair<'r>, usize> {
        let length = segments.len();
        match (segments.next(), segments.next(), segments.next()) {
            (Some(one), Some(other), None) => Ok(Pair(one, other)),
            _ => Err(length),
        }
    }
}

#[authenticated]
#[get("/own/<slug>")]
fn own(slug: Slug<'_>) -> String {
    slug.0.to_owned()
}

#[authenticated]
#[get("/own/<slug>", rank = 2)]
fn own_error<'r>(slug: Result<Slug<'r>, <Slug<'r> as FromParam<'r>>::Error>) -> String {
    format!("{slug:?}")
}

#[authenticated]
#[get("/pair/<pair..>")]
fn pair<'r>(pair: Pair<'r>) -> String {
    format!("{} and {}", pair.0, pair.1)
}

#[authenticated]
#[get("/pair/<pair..>", rank = 2)]
fn no_pair(pair: Result<Pair<'_>, usize>) -> String {
    format!("{:?}", pair.map(|_| ()))
}

#[authenticated]
#[get("/many/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>")]
#[allow(clippy::too_many_arguments, clippy::many_single_char_names)]
fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> String {
    [a, b, c, d, e, f, g, h].map(|number| number.to_string()).concat()
}

/// The order of the parameters is the function's own.
#[authenticated]
#[get("/order/<first>/<second>/<third>")]
fn order(third: u8, first: &str, second: bool) -> String {
    format!("{first} {second} {third}")
}

#[authenticated]
#[get("/types/<id>")]
fn written_out(id: ::core::primitive::u64) -> ::std::string::String {
    id.to_string()
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    let mut routes =
        auth_core::guarded_routes![elided, named, two_lifetimes, raw, owned, borrowed, result, result_text];
    routes.extend(auth_core::guarded_routes![
        option,
        numbers,
        nonzero,
        addresses,
        files,
        rest,
        rest_or_error
    ]);
    routes.append(&mut auth_core::guarded_routes![
        segments,
        ignored,
        ignored_rest,
        own,
        own_error,
        pair,
        no_pair,
        many,
        order,
        written_out
    ]);
    routes
}
