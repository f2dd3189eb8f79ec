//! Handlers with attributes beside the route attribute, above and below the decision.

use auth_core::{authenticated, public, require_role};
use tracing::instrument;

use crate::roles::AppRole; // auth_core

/// What it does.
///
/// Documented above the decision, with an example:
///
/// ```
/// assert_eq!(1 + 1, 2);
/// ```
#[authenticated]
#[get("/documented")]
pub fn documented() -> &'static str {
    "documented"
}

#[authenticated]
/// Documented between the two.
#[get("/documented/between")]
pub fn documented_between() -> &'static str {
    "documented"
}

#[authenticated]
#[get("/documented/below")]
/// Documented below, see [`documented`].
#[doc = "In two attributes."]
#[doc(alias = "under")]
pub fn documented_below() -> &'static str {
    //! And inside, as it may be.
    "documented"
}

#[authenticated]
#[get("/undocumented")]
pub fn undocumented() -> &'static str {
    "undocumented"
}

#[authenticated]
#[allow(clippy::needless_return, reason = "it is for the test")]
#[get("/allowed")]
fn allowed() -> &'static str {
    return "allowed";
}

#[authenticated]
#[get("/expected")]
#[expect(unused_variables, clippy::needless_return)]
fn expected() -> &'static str {
    let unused = 1;
    return "expected";
}

#[expect(unused_mut)]
#[authenticated]
#[get("/expected/above")]
fn expected_above() -> String {
    let mut text = String::from("expected");
    text
}

#[authenticated]
#[get("/warned")]
fn warned() -> &'static str {
    let unused = 1;
    let mut changed = 2;
    return "warned";
}

#[authenticated]
#[cfg(debug_assertions)]
#[get("/cfg")]
fn configured() -> &'static str {
    "debug"
}

#[cfg(not(debug_assertions))]
#[authenticated]
#[get("/cfg")]
fn configured() -> &'static str {
    "release"
}

#[authenticated]
#[cfg(any())]
#[get("/cfg/none")]
fn not_compiled(missing: NoSuchType) {}

#[authenticated]
#[cfg_attr(all(), allow(unused_variables))]
#[cfg_attr(any(), no_such_attribute)]
#[get("/cfg/attr")]
#[cfg_attr(all(), inline)]
fn configured_attributes() -> &'static str {
    let unused = 1;
    "attributes"
}

#[authenticated]
#[deprecated(since = "1.0.0", note = "ask /documented")]
#[get("/deprecated")]
pub fn deprecated() -> &'static str {
    "deprecated"
}

#[deprecated]
#[authenticated]
#[get("/deprecated/above")]
pub fn deprecated_above() -> &'static str {
    "deprecated"
}

#[authenticated]
#[must_use]
#[get("/must/use")]
pub fn must_use() -> String {
    "must use".to_owned()
}

#[authenticated]
#[get("/must/use/why")]
#[must_use = "it is dear"]
pub fn must_use_why() -> String {
    "must use".to_owned()
}

#[authenticated]
#[inline]
#[get("/inline")]
fn inlined() -> &'static str {
    "inline"
}

#[authenticated]
#[get("/inline/never")]
#[inline(never)]
#[cold]
async fn cold() -> &'static str {
    "cold"
}

#[authenticated]
#[rustfmt::skip]
#[get("/skipped")]
fn   skipped (  )   ->   &'static str   {   "skipped"   }

#[authenticated]
#[get("/instrumented/<id>")]
#[instrument]
async fn instrumented(id: u32) -> String {
    format!("{id} {}", span())
}

#[authenticated]
#[instrument(skip_all, fields(id = id))]
#[get("/instrumented/between/<id>")]
fn instrumented_between(id: u32) -> String {
    format!("{id} {}", span())
}

#[tracing::instrument(level = "debug", ret)]
#[authenticated]
#[get("/instrumented/above/<id>")]
async fn instrumented_above(id: u32) -> String {
    format!("{id} {}", span())
}

#[authenticated]
#[instrument(err, name = "own name")]
#[get("/instrumented/result/<text>")]
async fn instrumented_result(text: &str) -> Result<String, String> {
    Ok(format!("{text} {}", span()))
}

/// The name of the span that is open.
fn span() -> String {
    let span = tracing::Span::current();
    let name = span.metadata().map(|data| format!("{}::{}", data.target(), data.name()));
    name.unwrap_or_else(|| "no span".to_owned())
}

#[require_role(AppRole::Admin)]
#[doc(hidden)]
#[get("/hidden")]
pub fn hidden() -> &'static str {
    "hidden"
}

#[authenticated]
#[get("/parameters/<used>/<unused>")]
fn parameters(used: u8, #[allow(unused_variables)] unused: u8) -> String {
    used.to_string()
}

#[authenticated]
#[get("/cfg/parameters/<used>")]
fn cfg_parameters(#[cfg(all())] used: u8) -> String {
    used.to_string()
}

#[authenticated]
#[get("/mut/<number>/<text>")]
fn mutable(mut number: u32, mut text: String) -> String {
    number += 1;
    text.push('!');
    format!("{number} {text}")
}

#[authenticated]
#[get("/mutable/async/<number>")]
async fn mutable_async(mut number: u32) -> String {
    number += 1;
    number.to_string()
}

#[authenticated]
#[get("/where/<name>")]
fn with_where<'a>(name: &'a str) -> String
where
    &'a str: Into<String>,
    String: Send + 'static,
{
    name.into()
}

#[public("commented between")]
// A comment.
/* And another. */
#[get("/commented" /* here */)] // and here
#[allow(non_snake_case)]
fn Commented() -> &'static str {
    "commented"
}

#[authenticated] #[get("/line")] fn on_one_line() -> &'static str { "line" }

#[allow(deprecated)]
pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        documented,
        documented_between,
        documented_below,
        undocumented,
        allowed,
        expected,
        expected_above,
        warned,
        configured,
        configured_attributes,
        deprecated,
        deprecated_above,
        must_use,
        must_use_why,
        inlined,
        cold,
        skipped,
        instrumented,
        instrumented_between,
        instrumented_above,
        instrumented_result,
        hidden,
        parameters,
        cfg_parameters,
        mutable,
        mutable_async,
        with_where,
        Commented,
        on_one_line,
    ]
}
