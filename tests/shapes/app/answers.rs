//! What a handler may return.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use auth_core::{authenticated, public, require_role};
use rocket::Either;
use rocket::fs::NamedFile;
use rocket::http::{ContentType, Header, Status};
use rocket::response::content::{RawHtml, RawJson};
use rocket::response::{Debug, Flash, Redirect, Responder, Result as Response, status};
use rocket::serde::json::{Json, Value, json};
use rocket::{Request, uri};
use serde::Serialize;

use crate::roles::AppRole; // auth_core

/// What is sent.
#[derive(Hash, Serialize)]
pub(crate) struct Message<'a> {
    text: &'a str,
}

/// Why there is no answer.
#[derive(Debug, Responder)]
pub(crate) enum Failure<'o> {
    /// It is not there.
    #[response(status = 404, content_type = "json")]
    Missing(&'o str),
    /// It is another's.
    #[response(status = 409)]
    Taken(String, Header<'o>),
}

/// An answer with a header.
#[derive(Responder)]
#[response(status = 203, content_type = "application/x-shape")]
pub(crate) struct Headed<T> {
    body: T,
    kind: ContentType,
    more: Header<'static>,
}

/// What `?` may turn into an answer.
#[derive(Debug)]
pub(crate) struct AnyError(Box<dyn Error + Send + Sync>);

impl<E: Error + Send + Sync + 'static> From<E> for AnyError {
    fn from(error: E) -> AnyError {
        AnyError(Box::new(error))
    }
}

impl<'r> Responder<'r, 'static> for AnyError {
    fn respond_to(self, request: &'r Request<'_>) -> Response<'static> {
        (Status::ImATeapot, self.0.to_string()).respond_to(request)
    }
}

type Answer<T> = Result<T, AnyError>;

#[authenticated]
#[get("/text")]
pub(crate) fn text() -> &'static str {
    "text"
}

#[authenticated]
#[get("/string")]
fn string() -> String {
    String::from("string")
}

#[authenticated]
#[get("/cow/<long>")]
fn cow(long: bool) -> Cow<'static, str> {
    if long {
        Cow::Owned("long".repeat(2))
    } else {
        Cow::Borrowed("short")
    }
}

#[authenticated]
#[get("/arc")]
fn arc() -> Arc<str> {
    Arc::from("arc")
}

#[authenticated]
#[get("/box")]
fn boxed() -> Box<str> {
    Box::from("box")
}

#[authenticated]
#[get("/bytes")]
fn bytes() -> &'static [u8] {
    &[1, 2, 3]
}

#[authenticated]
#[get("/unit")]
fn unit() {}

#[authenticated]
#[get("/unit/async")]
async fn unit_async() {}

#[authenticated]
#[get("/unit/written")]
fn unit_written() -> () {
    ()
}

#[authenticated]
#[get("/status/<code>")]
fn only_status(code: u16) -> Status {
    Status::new(code)
}

#[authenticated]
#[get("/json")]
fn as_json() -> Json<Message<'static>> {
    Json(Message { text: "json" })
}

#[authenticated]
#[get("/json/<text>")]
fn json_of(text: &str) -> Json<Message<'_>> {
    Json(Message { text })
}

#[authenticated]
#[get("/value")]
async fn value() -> Value {
    json!({ "a": [1, 2, { "b": null }] })
}

#[require_role(AppRole::Admin)]
#[get("/result/<fail>")]
fn result(fail: bool) -> Result<&'static str, Failure<'static>> {
    if fail {
        Err(Failure::Missing("{}"))
    } else {
        Ok("result")
    }
}

#[authenticated]
#[get("/failure/<name>")]
fn failure(name: &str) -> Result<String, Failure<'_>> {
    match name {
        "taken" => Err(Failure::Taken(name.to_owned(), Header::new("x-by", "another"))),
        name => Err(Failure::Missing(name)),
    }
}

#[authenticated]
#[get("/question/<number>")]
fn question(number: &str) -> Answer<String> {
    let number: i32 = number.parse()?;
    Ok((number + 1).to_string())
}

#[authenticated]
#[get("/question/async/<number>")]
async fn question_async(number: &str) -> Answer<Json<i32>> {
    let number = std::future::ready(number.parse::<i32>()).await?;
    Ok(Json(number))
}

#[authenticated]
#[get("/dyn")]
fn dynamic() -> Result<(), Debug<Box<dyn Error>>> {
    Err(Debug("wrong".into()))
}

#[authenticated]
#[get("/option/<there>")]
fn option(there: bool) -> Option<&'static str> {
    there.then_some("there")
}

#[authenticated]
#[get("/nested/<number>")]
fn nested(number: u8) -> Option<Result<Json<u8>, (Status, &'static str)>> {
    match number {
        0 => None,
        1 => Some(Err((Status::Gone, "gone"))),
        number => Some(Ok(Json(number))),
    }
}

#[authenticated]
#[get("/redirect")]
fn redirect() -> Redirect {
    Redirect::to(uri!("/answers", text))
}

#[authenticated]
#[get("/redirect/<there>")]
fn maybe_redirect(there: bool) -> Result<RawHtml<String>, Redirect> {
    if there {
        Ok(RawHtml("<i>here</i>".to_owned()))
    } else {
        Err(Redirect::permanent(uri!("/answers", json_of("x"))))
    }
}

#[authenticated]
#[post("/flash")]
fn flash() -> Result<Flash<Redirect>, Flash<&'static str>> {
    Ok(Flash::error(Redirect::to("/"), "wrong"))
}

#[authenticated]
#[get("/file")]
async fn file() -> std::io::Result<NamedFile> {
    NamedFile::open("/nonexistent/file").await
}

#[authenticated]
#[get("/file/option")]
async fn file_option() -> Option<NamedFile> {
    NamedFile::open("/nonexistent/file").await.ok()
}

#[authenticated]
#[get("/impl")]
fn implemented<'r>() -> impl Responder<'r, 'static> {
    (Status::Accepted, RawJson("[]"))
}

#[authenticated]
#[get("/impl/any")]
fn implemented_for_any<'r>() -> impl Responder<'r, 'static> {
    "any"
}

#[authenticated]
#[get("/impl/use/<name>")]
fn implemented_use<'r>(name: &'r str) -> impl Responder<'r, 'static> + use<'r> {
    name.to_owned()
}

#[authenticated]
#[get("/impl/borrowed/<name>")]
fn implemented_borrowed<'r>(name: &'r str) -> impl Responder<'r, 'r> {
    name
}

#[authenticated]
#[get("/impl/async/<name>")]
async fn implemented_async<'r>(name: &'r str) -> impl Responder<'r, 'r> {
    (ContentType::HTML, name)
}

#[authenticated]
#[get("/impl/result/<number>")]
fn implemented_in_result<'r>(number: u8) -> Result<impl Responder<'r, 'static>, impl Responder<'r, 'static>> {
    if number > 9 {
        Err((Status::BadRequest, "large"))
    } else {
        Ok(number.to_string())
    }
}

#[authenticated]
#[get("/impl/for")]
fn implemented_for() -> impl for<'r> Responder<'r, 'static> {
    "for"
}

#[authenticated]
#[get("/tuple")]
fn tuple() -> (Status, (ContentType, Vec<u8>)) {
    (Status::PartialContent, (ContentType::PNG, vec![0x89]))
}

#[authenticated]
#[post("/created")]
fn created() -> status::Created<Json<Message<'static>>> {
    status::Created::new("/answers/text").tagged_body(Json(Message { text: "new" }))
}

#[authenticated]
#[post("/accepted")]
fn accepted() -> status::Accepted<&'static str> {
    status::Accepted("accepted")
}

#[authenticated]
#[delete("/nothing")]
fn no_content() -> status::NoContent {
    status::NoContent
}

#[authenticated]
#[get("/custom")]
fn custom() -> status::Custom<RawJson<&'static str>> {
    status::Custom(Status::ImATeapot, RawJson("{}"))
}

#[authenticated]
#[get("/bad")]
fn bad() -> Result<(), status::BadRequest<String>> {
    Err(status::BadRequest("bad".to_owned()))
}

#[authenticated]
#[get("/either/<left>")]
fn either(left: bool) -> Either<&'static str, Status> {
    if left {
        Either::Left("left")
    } else {
        Either::Right(Status::NoContent)
    }
}

#[authenticated]
#[get("/headed")]
fn headed() -> Headed<&'static str> {
    Headed {
        body: "headed",
        kind: ContentType::CSS,
        more: Header::new("x-more", "more"),
    }
}

#[public("every client may see it fail")]
#[get("/headed/result/<ok>")]
fn headed_result(ok: bool) -> Result<Headed<String>, Failure<'static>> {
    if ok {
        Ok(Headed {
            body: String::new(),
            kind: ContentType::Plain,
            more: Header::new("x-more", ""),
        })
    } else {
        Err(Failure::Missing(""))
    }
}

#[authenticated]
#[get("/never")]
fn panics() -> Json<()> {
    panic!("a handler that panics")
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        text,
        string,
        cow,
        arc,
        boxed,
        bytes,
        unit,
        unit_async,
        unit_written,
        only_status,
        as_json,
        json_of,
        value,
        result,
        failure,
        question,
        question_async,
        dynamic,
        option,
        nested,
        redirect,
        maybe_redirect,
        flash,
        file,
        file_option,
        implemented,
        implemented_for_any,
        implemented_use,
        implemented_borrowed,
        implemented_async,
        implemented_in_result,
        implemented_for,
        tuple,
        created,
        accepted,
        no_content,
        custom,
        bad,
        either,
        headed,
        headed_result,
        panics,
    ]
}
