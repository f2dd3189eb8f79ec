//! Policies that refuse in the words of the application, read managed state, or hand a value to the
//! handler.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::{
    AuthError, AuthErrorKind, Granted, Refusal, User, UserId, authenticated, guarded_routes, require_role,
};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{State, async_trait, catch, catchers, get};
use rocket_app::role::AppRole;

use crate::support::{ANN, Server, VIC, manual_clock};

const SMALL: Refusal = Refusal::forbidden("plan_too_small", "This needs the <team> plan.");
const SECRET: Refusal = Refusal::not_found("not_found", "There is nothing here.");

async fn has_plan(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Err(SMALL)
}

async fn may_know(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Err(SECRET)
}

async fn passes(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Ok(())
}

async fn fails(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Err(Refusal::unavailable("the ledger is closed"))
}

async fn says_no(_: &User<AppRole>, _: &Request<'_>) -> bool {
    false
}

async fn shouts(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Err(Refusal::forbidden("Plan Too Small", "This needs the team plan."))
}

async fn borrows_a_code(_: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
    Err(Refusal::forbidden("token_expired", "This needs the team plan."))
}

#[require_role(any(AppRole::Admin, has_plan()))]
#[get("/any")]
fn any() {}

#[require_role(any(says_no(), has_plan(), may_know()))]
#[get("/any/first")]
fn any_first() {}

#[require_role(any(may_know(), has_plan()))]
#[get("/any/hidden")]
fn any_hidden() {}

#[require_role(any(has_plan(), passes()))]
#[get("/any/passes")]
fn any_passes() {}

#[require_role(any(has_plan(), fails()))]
#[get("/any/fails")]
fn any_fails() {}

#[require_role(all(any(has_plan(), passes()), says_no()))]
#[get("/all/no")]
fn all_no() {}

#[require_role(all(AppRole::Viewer, may_know(), has_plan()))]
#[get("/all/first")]
fn all_first() {}

#[require_role(not(has_plan()))]
#[get("/not")]
fn not() {}

#[require_role(all(not(has_plan()), says_no()))]
#[get("/not/no")]
fn not_no() {}

#[require_role(all(fails(), has_plan()))]
#[get("/fails")]
fn refuses_despite_failure() {}

#[require_role(any(AppRole::Admin, shouts()))]
#[get("/shouts")]
fn shouting() {}

#[require_role(any(AppRole::Admin, borrows_a_code()))]
#[get("/borrows")]
fn borrowing() {}

#[authenticated]
#[get("/handler")]
fn by_handler() -> Result<(), AuthError> {
    Err(SMALL.into())
}

#[tokio::test]
async fn the_first_refusal_that_the_rule_depends_on_answers_the_request() {
    let routes = guarded_routes![
        any,
        any_first,
        any_hidden,
        any_passes,
        any_fails,
        all_no,
        all_first,
        not,
        not_no,
        refuses_despite_failure,
        shouting,
        borrowing,
        by_handler
    ];
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", routes))
        .start()
        .await;
    let [ann, vic] = [server.sign_in(ANN).await, server.sign_in(VIC).await];
    for (path, status, code) in [
        ("/app/any", 403, "plan_too_small"),
        ("/app/any/first", 403, "plan_too_small"),
        ("/app/any/hidden", 404, "not_found"),
        ("/app/any/fails", 503, "unavailable"),
        ("/app/all/no", 403, "insufficient_role"),
        ("/app/all/first", 404, "not_found"),
        ("/app/not/no", 403, "insufficient_role"),
        ("/app/fails", 403, "plan_too_small"),
        ("/app/shouts", 500, "internal_error"),
        ("/app/borrows", 500, "internal_error"),
        ("/app/handler", 403, "plan_too_small"),
    ] {
        let answer = server.get(path).bearer(&vic.access).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.field("error"), code, "{path}: {answer:?}");
        answer.protects();
        let challenged = answer.header("WWW-Authenticate").is_some();
        assert_eq!(challenged, code == "insufficient_role", "{path}: {answer:?}");
    }
    for (path, who) in [("/app/any/passes", &vic), ("/app/not", &vic), ("/app/any", &ann)] {
        server.get(path).bearer(&who.access).await.ok();
    }
    assert_eq!(server.log.with("`Plan Too Small` is no code").len(), 1);
    assert_eq!(server.log.with("`token_expired` is no code").len(), 1);
}

#[tokio::test]
async fn a_refusal_is_a_page_for_a_browser_and_its_sentence_is_text() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![any]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    let page = server
        .get("/app/any")
        .bearer(&vic.access)
        .header("Accept", "text/html")
        .await;
    assert_eq!(page.status, 403, "{page:?}");
    assert!(page.text.contains("<p>This needs the &lt;team> plan.</p>"), "{page:?}");
}

#[catch(403)]
fn own_page(request: &Request<'_>) -> String {
    AuthError::of(request).map_or_else(String::new, |reason| {
        let is_own = reason.kind() == AuthErrorKind::Status(403);
        format!("{} {is_own}", reason.code())
    })
}

#[tokio::test]
async fn a_catcher_of_the_application_reads_the_code_of_its_own_refusal() {
    let server = Server::options()
        .extended(|rocket| {
            rocket
                .mount("/app", guarded_routes![any])
                .register("/app", catchers![own_page])
        })
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    let answer = server.get("/app/any").bearer(&vic.access).await;
    assert_eq!((answer.status, answer.text.as_str()), (403, "plan_too_small true"));
}

/// The owners of documents.
#[derive(Clone, Default)]
struct Owners(Arc<Mutex<HashMap<u32, UserId>>>);

async fn owns(user: &User<AppRole>, id: u32, owners: &State<Owners>) -> Result<(), Refusal> {
    let owners = owners.0.lock().map_err(Refusal::unavailable)?;
    let owner = owners.get(&id).ok_or(SECRET)?;
    if owner == user.id().as_str() {
        Ok(())
    } else {
        Err(SMALL)
    }
}

#[require_role(any(AppRole::Admin, owns(id)))]
#[get("/documents/<id>")]
fn document(id: u32) -> String {
    id.to_string()
}

#[tokio::test]
async fn a_policy_reads_managed_state() {
    let owners = Owners::default();
    let managed = owners.clone();
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![document]).manage(managed))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    let known = [(1, server.id_of(VIC).await), (2, server.id_of(ANN).await)];
    owners.0.lock().expect("no thread panicked").extend(known);
    let ask = async |path| server.get(path).bearer(&vic.access).await;
    ask("/app/documents/1").await.ok();
    ask("/app/documents/2").await.refused(403, "plan_too_small");
    ask("/app/documents/3").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_policy_whose_state_is_not_managed_refuses_and_the_log_names_the_type() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![document]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    let answer = server.get("/app/documents/1").bearer(&vic.access).await;
    answer.refused(500, "internal_error");
    assert_eq!(server.log.with("Owners>`, which is not managed").len(), 1);
}

// Policies that hand a value to the handler.

/// A document, as its policy read it.
struct Document {
    title: String,
}

async fn own_document(_: &User<AppRole>, id: u32, _: &Request<'_>) -> Result<Granted<Document>, Refusal> {
    match id {
        0 => Err(SECRET),
        id => Ok(Granted(Document {
            title: format!("document {id}"),
        })),
    }
}

#[require_role(own_document(id))]
#[get("/granted/<id>")]
fn granted(id: u32, document: Granted<Document>) -> String {
    format!("{id}: {}", document.title)
}

#[require_role(any(AppRole::Admin, own_document(id)))]
#[get("/granted-or-admin/<id>")]
fn granted_or_admin(id: u32, document: Option<Granted<Document>>) -> String {
    document.map_or_else(|| format!("{id} unread"), |document| document.0.title)
}

#[require_role(any(AppRole::Admin, own_document(id)))]
#[get("/careless/<id>")]
fn careless(id: u32, document: Granted<Document>) -> String {
    format!("{id}: {}", document.title)
}

/// Passes on what is no number above 9, after its policy has returned a document.
#[require_role(own_document(id))]
#[get("/forwards/<id>")]
fn forwards(id: u32, _never: Never, document: Granted<Document>) -> String {
    format!("{id}: {}", document.title)
}

#[authenticated]
#[get("/forwards/<name>", rank = 2)]
fn forwarded(name: &str, document: Option<Granted<Document>>) -> String {
    format!("{name}: {}", document.is_some())
}

/// A guard that passes each request on.
struct Never;

#[async_trait]
impl<'r> FromRequest<'r> for Never {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Never, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

#[tokio::test]
async fn a_handler_gets_what_its_policy_read_and_nothing_of_another_route() {
    let routes = guarded_routes![granted, granted_or_admin, careless, forwards, forwarded];
    let server = Server::options()
        .set("rank_conflicts", "allow")
        .extended(|rocket| rocket.mount("/app", routes))
        .start()
        .await;
    let [ann, vic] = [server.sign_in(ANN).await, server.sign_in(VIC).await];
    for (path, who, text) in [
        ("/app/granted/7", &vic, "7: document 7"),
        ("/app/granted/7", &ann, "7: document 7"),
        ("/app/granted-or-admin/7", &vic, "document 7"),
        ("/app/granted-or-admin/7", &ann, "7 unread"),
        ("/app/careless/7", &vic, "7: document 7"),
        ("/app/forwards/7", &vic, "7: false"),
    ] {
        assert_eq!(server.get(path).bearer(&who.access).await.ok().text, text, "{path}");
    }
    let hidden = server.get("/app/granted/0").bearer(&vic.access).await;
    hidden.refused(404, "not_found");
    let careless = server.get("/app/careless/7").bearer(&ann.access).await;
    careless.refused(500, "internal_error");
    assert_eq!(server.log.with("no policy returned a `Granted<").len(), 1);
}

#[require_role(not(has_plan()), fresh = "5m")]
#[get("/fresh")]
fn fresh() {}

#[tokio::test]
async fn a_rule_that_a_refusal_meets_still_asks_for_a_recent_sign_in() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .extended(|rocket| rocket.mount("/app", guarded_routes![fresh]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    server.get("/app/fresh").bearer(&vic.access).await.ok();
    clock.advance(Duration::from_secs(301));
    let answer = server.get("/app/fresh").bearer(&vic.access).await;
    answer.refused(401, "reauthentication_required");
}
