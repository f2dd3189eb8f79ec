//! Books: handlers that take queries, bodies, paths and streams.

use std::path::PathBuf;

use auth::{User, authenticated, guarded_routes, require_role};
use rocket::form::{Form, FromForm};
use rocket::http::{ContentType, Status};
use rocket::response::Responder;
use rocket::response::status::Created;
use rocket::response::stream::{Event, EventStream, TextStream};
use rocket::serde::json::Json;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Route, get, post, put, route};

use crate::roles::{ClubRole, Member, on_open_shelf};

/// A book as a client sends it.
#[derive(Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
pub(crate) struct Book {
    title: String,
    pages: u32,
}

/// A page of a list.
#[derive(FromForm)]
pub(crate) struct Page {
    #[field(default = 1)]
    number: u32,
    #[field(default = 10, validate = range(1..=100))]
    size: u32,
}

/// 3: query parameters, of which one takes the rest.
#[authenticated]
#[get("/search?<word>&<page..>")]
pub(crate) fn search(word: &str, page: Page) -> String {
    format!("{word}, page {} of {} each", page.number, page.size)
}

/// 4: JSON, and a format.
#[require_role(ClubRole::Librarian)]
#[post("/", format = "json", data = "<book>")]
async fn add(book: Json<Book>, user: &User<ClubRole>) -> Created<Json<Book>> {
    Created::new(format!("/books/{}", user.id())).body(book)
}

/// 5: a form, and a rule that nests.
#[require_role(all(any(ClubRole::Librarian, ClubRole::Reader), not(ClubRole::Treasurer)))]
#[put("/wishes", data = "<wish>")]
fn wish(wish: Form<Vec<String>>) -> String {
    wish.join(", ")
}

/// 6: a path of many segments, given to a policy.
#[require_role(any(ClubRole::Librarian, on_open_shelf(path)))]
#[get("/shelves/<path..>", rank = 2)]
fn shelf(path: PathBuf) -> String {
    path.display().to_string()
}

/// 7: a route that goes before another of the same path.
#[require_role(ClubRole::Treasurer, ClubRole::Librarian)]
#[get("/shelves/<number>", rank = 1)]
fn numbered_shelf(number: u16) -> String {
    format!("shelf {number}")
}

/// 8: lifetimes, and a guard of Rocket's.
#[authenticated]
#[get("/cover/<name>")]
pub(crate) fn cover<'r>(name: &'r str, content_type: Option<&'r ContentType>) -> &'r str {
    content_type.map_or(name, |content_type| content_type.top().as_str())
}

/// 9: something that responds, or a status.
#[authenticated]
#[get("/random")]
async fn random() -> Result<impl for<'r> Responder<'r, 'static>, Status> {
    std::future::ready(Ok((ContentType::Plain, "four"))).await
}

/// 10: a stream of text, for members.
#[authenticated]
#[get("/pages")]
fn pages(member: Member<'_>) -> TextStream![String] {
    let reader = member.0.id().to_string();
    TextStream! {
        for page in 1..=3 {
            yield format!("{reader} reads page {page}\n");
        }
    }
}

/// 11: a stream of events, in the other form of the attribute.
#[require_role(ClubRole::Reader)]
#[route(GET, uri = "/news?<since>")]
fn news(since: Option<u8>) -> EventStream![] {
    EventStream! {
        yield Event::data(format!("since {}", since.unwrap_or_default()));
    }
}

/// 20: as many parameters as Clippy lets pass.
#[require_role(any(all(ClubRole::Reader, not(ClubRole::Librarian)), ClubRole::Treasurer))]
#[get("/find?<title>&<author>&<year>&<pages>&<language>&<lent>")]
fn find(
    title: Option<&str>,
    author: Option<&str>,
    year: Option<u16>,
    pages: Option<u32>,
    language: Option<&str>,
    lent: Option<bool>,
    user: User<ClubRole>,
) -> String {
    format!(
        "{} finds {title:?} {author:?} {year:?} {pages:?} {language:?} {lent:?}",
        user.id()
    )
}

/// Where the private handlers of this module are listed.
pub(super) fn routes() -> Vec<Route> {
    guarded_routes![
        search,
        add,
        wish,
        shelf,
        numbered_shelf,
        cover,
        random,
        pages,
        news,
        find
    ]
}
