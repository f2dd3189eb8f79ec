//! What a query may be.

use std::collections::HashMap;
use std::path::PathBuf;

use auth_core::{authenticated, require_role};
use rocket::FromForm;
use rocket::form::{self, Contextual, Errors, FromFormField, Strict};
use rocket::get;
use rocket::http::uri::Origin;

use crate::roles::AppRole; // auth_core

/// A page of a list.
#[derive(Debug, FromForm)]
pub(crate) struct Page {
    #[field(validate = with(|number| number.is_none_or(|number| number < 100), "too large"))]
    number: Option<u8>,
    #[field(name = uncased("per-page"), default = 20)]
    size: u8,
}

/// What borrows from the query.
#[derive(Debug, FromForm)]
pub(crate) struct Search<'r> {
    word: &'r str,
    tags: Vec<&'r str>,
}

#[derive(Debug, Clone, Copy, FromFormField)]
pub(crate) enum Sort {
    Newest,
    #[field(value = "oldest-first")]
    Oldest,
}

#[authenticated]
#[get("/one?<page>")]
fn one(page: u8) -> String {
    page.to_string()
}

#[authenticated]
#[get("/flag?<flag>&<page>")]
fn flag(flag: bool, page: Option<u8>) -> String {
    format!("{flag} {page:?}")
}

#[authenticated]
#[get("/static?kind=book&<title>")]
fn with_static(title: &str) -> &str {
    title
}

#[authenticated]
#[get("/static?draft&<title>", rank = 1)]
fn with_static_flag(title: String) -> String {
    title
}

#[authenticated]
#[get("/rest?<rest..>")]
fn rest(rest: HashMap<&str, &str>) -> String {
    let mut pairs: Vec<_> = rest.into_iter().collect();
    pairs.sort_unstable();
    format!("{pairs:?}")
}

#[authenticated]
#[get("/struct?<page..>")]
fn structured(page: Page) -> String {
    format!("{:?} {}", page.number, page.size)
}

#[authenticated]
#[get("/struct/one?<page>")]
fn one_struct(page: Option<Page>) -> String {
    format!("{page:?}")
}

#[authenticated]
#[get("/search?<search..>")]
fn search(search: Search<'_>) -> String {
    format!("{} {:?}", search.word, search.tags)
}

#[authenticated]
#[get("/search/named?<search..>")]
fn search_named<'r>(search: Search<'r>) -> &'r str {
    search.word
}

#[authenticated]
#[get("/strict?<search..>")]
fn strict(search: Strict<Search<'_>>) -> String {
    search.word.to_owned()
}

#[authenticated]
#[get("/context?<search..>")]
fn contextual<'r>(search: Contextual<'r, Search<'r>>) -> String {
    match search.value {
        Some(ref search) => search.word.to_owned(),
        None => search.context.errors().count().to_string(),
    }
}

#[authenticated]
#[get("/result?<page>")]
fn result(page: form::Result<'_, u8>) -> String {
    match page {
        Ok(page) => page.to_string(),
        Err(errors) => format!("{} errors", errors.len()),
    }
}

#[authenticated]
#[get("/errors?<page>")]
fn errors(page: Result<u8, Errors<'_>>) -> String {
    page.map_or_else(|errors| errors.len().to_string(), |page| page.to_string())
}

#[authenticated]
#[get("/list?<id>")]
fn list(id: Vec<u32>) -> String {
    format!("{id:?}")
}

#[authenticated]
#[get("/map?<of>")]
fn map(of: HashMap<String, Vec<u8>>) -> String {
    of.values().flatten().count().to_string()
}

#[authenticated]
#[get("/sort?<sort>")]
fn sort(sort: Option<Sort>) -> String {
    match sort.unwrap_or(Sort::Newest) {
        Sort::Newest => "newest".to_owned(),
        Sort::Oldest => "oldest".to_owned(),
    }
}

#[require_role(AppRole::Editor, fresh = "5m")]
#[get("/all/<id>/<rest..>?tab=1&<flag>&<page..>", rank = 3)]
fn all_of_it(id: u32, rest: PathBuf, flag: Option<bool>, page: Page, uri: &Origin<'_>) -> String {
    format!("{id} {} {flag:?} {} {}", rest.display(), page.size, uri.path())
}

#[authenticated]
#[get("/?<_unused>")]
fn unused(_unused: Option<u8>) {}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        one,
        flag,
        with_static,
        with_static_flag,
        rest,
        structured,
        one_struct,
        search,
        search_named,
        strict,
        contextual,
        result,
        errors,
        list,
        map,
        sort,
        all_of_it,
        unused,
    ]
}
