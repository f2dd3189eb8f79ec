//! What a body may be.

use auth_core::{authenticated, public, require_role};
use rocket::data::{self, ByteUnit, Capped, Data, FromData, ToByteUnit};
use rocket::form::{Contextual, Error, Form, FromForm, Lenient, Strict};
use rocket::fs::TempFile;
use rocket::http::{RawStr, Status};
use rocket::outcome::Outcome;
use rocket::request::Request;
use rocket::serde::json::{self, Json, Value};
use serde::{Deserialize, Serialize};

use crate::roles::AppRole; // auth_core

/// A draft, as JSON and as a form.
#[derive(Debug, Clone, Serialize, Deserialize, FromForm)]
pub(crate) struct Draft {
    #[field(validate = len(1..))]
    title: String,
    #[serde(default)]
    lines: Vec<String>,
}

/// A draft that borrows.
#[derive(Debug, Serialize, Deserialize, FromForm)]
pub(crate) struct Borrowed<'r> {
    title: &'r str,
}

/// A file in a form.
#[derive(FromForm)]
pub(crate) struct Upload<'r> {
    #[field(validate = ext(rocket::http::ContentType::Plain))]
    file: TempFile<'r>,
    name: &'r str,
}

#[require_role(AppRole::Editor)]
#[post("/json", format = "json", data = "<draft>")]
fn as_json(draft: Json<Draft>) -> Json<Draft> {
    draft
}

#[authenticated]
#[post("/json/borrowed", data = "<draft>")]
fn json_borrowed(draft: Json<Borrowed<'_>>) -> String {
    draft.title.to_owned()
}

#[authenticated]
#[post("/json/named", data = "<draft>")]
fn json_named<'r>(draft: Json<Borrowed<'r>>) -> Json<Borrowed<'r>> {
    draft
}

#[authenticated]
#[put("/json/result/<id>", data = "<draft>")]
async fn json_result(id: u32, draft: Result<Json<Draft>, json::Error<'_>>) -> Result<String, Status> {
    match draft {
        Ok(draft) => Ok(format!("{id} {}", draft.title)),
        Err(json::Error::Io(_)) => Err(Status::InternalServerError),
        Err(json::Error::Parse(text, _)) => Ok(format!("{id} cannot be read: {}", text.len())),
    }
}

#[authenticated]
#[post("/json/option", data = "<draft>")]
fn json_option(draft: Option<Json<Draft>>) -> String {
    draft.map_or_else(|| "none".to_owned(), |draft| draft.into_inner().title)
}

#[authenticated]
#[post("/json/value", data = "<value>")]
fn json_value(value: Json<Value>) -> Value {
    value.into_inner()
}

#[authenticated]
#[post("/json/list", data = "<list>")]
async fn json_list(list: Json<Vec<u32>>) -> String {
    list.iter().sum::<u32>().to_string()
}

#[authenticated]
#[post("/form", format = "form", data = "<draft>")]
fn form(draft: Form<Draft>) -> String {
    draft.into_inner().title
}

#[authenticated]
#[post("/form/mut", data = "<draft>")]
fn form_mut(mut draft: Form<Draft>) -> String {
    draft.title.push('!');
    draft.into_inner().title
}

#[authenticated]
#[post("/form/context", data = "<form>")]
fn form_context<'r>(form: Form<Contextual<'r, Borrowed<'r>>>) -> Result<String, (Status, &'static str)> {
    match form.value {
        Some(ref borrowed) => Ok(borrowed.title.to_owned()),
        None => Err((Status::UnprocessableEntity, "no title")),
    }
}

#[authenticated]
#[post("/form/context/elided", data = "<form>")]
fn form_context_elided(form: Form<Contextual<'_, Borrowed<'_>>>) -> String {
    form.context
        .fields()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

#[authenticated]
#[post("/form/strict", data = "<form>")]
fn form_strict(form: Form<Strict<Borrowed<'_>>>) -> String {
    form.title.to_owned()
}

#[authenticated]
#[post("/form/lenient", data = "<form>")]
fn form_lenient(form: Form<Lenient<Draft>>) -> String {
    form.title.clone()
}

#[authenticated]
#[post("/form/option", data = "<form>")]
fn form_option(form: Option<Form<Draft>>) -> &'static str {
    if form.is_some() { "a form" } else { "no form" }
}

#[authenticated]
#[post("/form/result", data = "<form>")]
fn form_result(form: Result<Form<Draft>, rocket::form::Errors<'_>>) -> String {
    form.map_or_else(|errors| errors.len().to_string(), |form| form.into_inner().title)
}

#[require_role(AppRole::Admin, AppRole::Editor)]
#[post("/upload", format = "multipart/form-data", data = "<upload>")]
async fn upload(mut upload: Form<Upload<'_>>) -> std::io::Result<String> {
    let length = upload.file.len();
    upload
        .file
        .persist_to(std::env::temp_dir().join("shapes-upload"))
        .await?;
    Ok(format!("{} {length}", upload.name))
}

#[authenticated]
#[post("/file", data = "<file>")]
fn file(file: TempFile<'_>) -> String {
    file.len().to_string()
}

#[authenticated]
#[post("/file/capped", data = "<file>")]
async fn file_capped(file: Capped<TempFile<'_>>) -> String {
    format!("{} {}", file.is_complete(), file.len())
}

#[public("a mailbox")]
#[post("/data", data = "<data>")]
async fn open(data: Data<'_>) -> std::io::Result<String> {
    let text = data.open(1.kibibytes()).into_string().await?;
    Ok(text.into_inner())
}

#[authenticated]
#[post("/data/stream", data = "<data>")]
async fn stream_to(data: Data<'_>) -> Result<String, rocket::response::Debug<std::io::Error>> {
    let mut bytes = Vec::new();
    let written = data.open(ByteUnit::max_value()).stream_to(&mut bytes).await?;
    Ok(written.to_string())
}

#[authenticated]
#[post("/bytes", data = "<bytes>")]
fn bytes(bytes: &[u8]) -> String {
    bytes.len().to_string()
}

#[authenticated]
#[post("/bytes/owned", data = "<bytes>")]
fn bytes_owned(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[authenticated]
#[post("/text", data = "<text>")]
fn text(text: String) -> String {
    text
}

#[authenticated]
#[post("/text/borrowed", data = "<text>")]
fn text_borrowed<'r>(text: &'r str) -> &'r str {
    text
}

#[authenticated]
#[post("/text/raw", data = "<text>")]
fn text_raw(text: &RawStr) -> String {
    text.percent_decode_lossy().into_owned()
}

#[authenticated]
#[post("/text/capped", data = "<text>")]
fn text_capped(text: Capped<String>) -> String {
    format!("{} {}", text.n.written, text.value)
}

/// A body that the application reads itself.
pub(crate) struct Lines<'r>(Vec<&'r str>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Lines<'r> {
    type Error = Error<'r>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let text = match data.open(100.bytes()).into_string().await {
            Ok(text) if text.is_complete() => text.into_inner(),
            Ok(_) => return Outcome::Error((Status::PayloadTooLarge, Error::validation("long"))),
            Err(error) => return Outcome::Error((Status::BadRequest, error.into())),
        };
        Outcome::Success(Lines(rocket::request::local_cache!(request, text).lines().collect()))
    }
}

#[authenticated]
#[post("/lines", data = "<lines>")]
fn lines(lines: Lines<'_>) -> String {
    lines.0.len().to_string()
}

#[authenticated]
#[post("/lines/result?<word>", data = "<lines>", rank = 2)]
fn lines_result<'r>(word: &'r str, lines: Result<Lines<'r>, Error<'r>>) -> Option<&'r str> {
    lines.ok()?.0.into_iter().find(|line| line.contains(word))
}

#[authenticated]
#[post(
    "/everything/<id>/<rest..>?<page>&<more..>",
    format = "json",
    data = "<draft>",
    rank = 4
)]
async fn everything(
    id: u32,
    rest: std::path::PathBuf,
    page: Option<u32>,
    more: std::collections::HashMap<String, String>,
    cookies: &rocket::http::CookieJar<'_>,
    draft: Json<Draft>,
    counter: &rocket::State<crate::guards::Counter>,
) -> Result<Json<Draft>, rocket::response::status::BadRequest<String>> {
    counter.count();
    if cookies.get("no").is_some() {
        return Err(rocket::response::status::BadRequest(format!(
            "{id} {page:?} {}",
            more.len()
        )));
    }
    let mut draft = draft.into_inner();
    draft.lines.push(rest.display().to_string());
    Ok(Json(draft))
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        as_json,
        json_borrowed,
        json_named,
        json_result,
        json_option,
        json_value,
        json_list,
        form,
        form_mut,
        form_context,
        form_context_elided,
        form_strict,
        form_lenient,
        form_option,
        form_result,
        upload,
        file,
        file_capped,
        open,
        stream_to,
        bytes,
        bytes_owned,
        text,
        text_borrowed,
        text_raw,
        text_capped,
        lines,
        lines_result,
        everything,
    ]
}
