//! `/can`: which requests the decisions would let pass, so that a page shows what its user may do.

use rocket::data::{Data, FromData};
use rocket::http::uri::Origin;
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::serde::json::Json;
use rocket::{Orbit, Rocket, Route, async_trait, data, get, post};
use serde::{Deserialize, Serialize};

use super::asked_path::{ask, read_as};
use super::authenticate::identify;
use super::endpoints::Body;
use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::guarded_route::enforced_decisions_of;
use super::policy::PolicyFailure;
use super::ranks::RequestedUri;
use super::state::AuthState;
use crate::{guarded_routes, public};

/// How many requests a client may ask about at once: policies may ask a database for each.
const MAX_QUESTIONS: usize = 32;

/// The longest path that a client may ask about, in bytes.
const MAX_PATH_BYTES: usize = 2048;

/// The endpoints of this file, which are always on.
pub(super) fn can_endpoints() -> Vec<Route> {
    guarded_routes![can, can_each]
}

#[public("a page asks what its visitor may do, signed in or not")]
#[get("/can")]
fn can(answer: OneAnswer) -> Json<Answer> {
    Json(answer.0)
}

#[public("a page asks what its visitor may do, signed in or not")]
#[post("/can", data = "<answers>")]
fn can_each(answers: Answers) -> Json<Vec<Answer>> {
    Json(answers.0)
}

/// A request that a client might make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    #[serde(default = "get")]
    method: String,
    path: String,
}

fn get() -> String {
    Method::Get.to_string()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    requests: Vec<Question>,
}

/// What the decision of the route says.
#[derive(Serialize)]
struct Answer {
    allowed: bool,
    /// Why not, as the refusal itself would say it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalView>,
}

#[derive(Serialize)]
struct RefusalView {
    status: u16,
    error: &'static str,
    message: &'static str,
}

impl From<Result<(), AuthError>> for Answer {
    fn from(decided: Result<(), AuthError>) -> Answer {
        Answer {
            allowed: decided.is_ok(),
            refusal: decided.err().map(|refused| RefusalView {
                status: refused.status().code,
                error: refused.code(),
                message: refused.message(),
            }),
        }
    }
}

struct OneAnswer(Answer);

#[async_trait]
impl<'r> FromRequest<'r> for OneAnswer {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<OneAnswer, AuthError> {
        let field = |name| request.query_value::<String>(name).and_then(Result::ok);
        let question = field("path").map(|path| Question {
            method: field("method").unwrap_or_else(get),
            path,
        });
        let answered = match question {
            Some(question) => answer(request, vec![question]).await,
            None => Err(unreadable("The query must have a `path`.")),
        };
        let only = answered.and_then(|mut answers| answers.pop().ok_or(AuthError::new(AuthErrorKind::Internal)));
        outcome(request, only.map(OneAnswer))
    }
}

struct Answers(Vec<Answer>);

#[async_trait]
impl<'r> FromData<'r> for Answers {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Answers> {
        let Body(Questions { requests }) = match Body::from_data(request, data).await {
            data::Outcome::Success(body) => body,
            data::Outcome::Error(refused) => return data::Outcome::Error(refused),
            data::Outcome::Forward(forward) => return data::Outcome::Forward(forward),
        };
        match answer(request, requests).await {
            Ok(answers) => data::Outcome::Success(Answers(answers)),
            Err(refused) => {
                refused.record(request);
                data::Outcome::Error((refused.status(), refused))
            }
        }
    }
}

/// The answers to `questions`, for the caller of `request`.
async fn answer(request: &Request<'_>, questions: Vec<Question>) -> Result<Vec<Answer>, AuthError> {
    if questions.len() > MAX_QUESTIONS {
        return Err(unreadable("At most 32 requests can be asked about at once."));
    }
    let (methods, paths): (Vec<Method>, Vec<Origin<'static>>) =
        questions.into_iter().map(parsed).collect::<Result<_, _>>()?;
    let paths = ask(request, paths);
    let mut answers = Vec::with_capacity(paths.len());
    for (place, (method, path)) in methods.into_iter().zip(paths).enumerate() {
        let decided = decide(request, method, path, place).await;
        if let Err(refused) = &decided
            && needs_refresh(request, refused)?
        {
            return Err(refused.clone());
        }
        answers.push(Answer::from(decided));
    }
    Ok(answers)
}

/// Whether a decision needed a token that the client has to fetch by a refresh. The token of the
/// request is dead, or the browser has dropped it and still sends the refresh cookie. Neither says
/// what the user may do.
fn needs_refresh(request: &Request<'_>, refused: &AuthError) -> Result<bool, AuthError> {
    if refused.kind() == AuthErrorKind::MissingToken {
        // Not verified: the refresh finds out whether it is good.
        return Ok(!AuthState::of(request)?.refresh_tokens(request)?.is_empty());
    }
    Ok(identify(request).as_ref().err() == Some(refused))
}

fn parsed(question: Question) -> Result<(Method, Origin<'static>), AuthError> {
    let method = question.method.to_ascii_uppercase().parse();
    let method = method.map_err(|_| unreadable("The method is none that a route can have."))?;
    if question.path.len() > MAX_PATH_BYTES {
        return Err(unreadable("The path is longer than 2048 bytes."));
    }
    let path = Origin::parse_owned(question.path);
    let path = path.map_err(|_| unreadable("The path must begin with a slash, and may have a query."))?;
    Ok((method, path.into_normalized()))
}

fn unreadable(message: &'static str) -> AuthError {
    AuthError::saying(AuthErrorKind::InvalidRequest, message)
}

/// Asks the decisions of the routes that Rocket would try, as it would.
async fn decide(request: &Request<'_>, method: Method, path: &Origin<'_>, place: usize) -> Result<(), AuthError> {
    let mut refusal = AuthError::from_status(Status::NotFound);
    // After the routes of HEAD Rocket begins anew with those of GET.
    let after_head = (method == Method::Head).then_some(Method::Get);
    for method in [method].into_iter().chain(after_head) {
        refusal = AuthError::from_status(Status::NotFound);
        for route in routes_for(request.rocket(), method, path) {
            read_as(request, place, route);
            match passes(request, route).await {
                Ok(()) => return Ok(()),
                Err(PolicyFailure::Forward(Status::UnprocessableEntity)) => {
                    refusal = unreadable("The path is not what is expected here.");
                }
                Err(PolicyFailure::Forward(status)) => refusal = AuthError::from_status(status),
                Err(PolicyFailure::Refused(refused)) => return Err(refused),
                Err(PolicyFailure::Guard(status)) => return Err(AuthError::from_status(status)),
            }
        }
    }
    Err(refusal)
}

async fn passes(request: &Request<'_>, route: &Route) -> Result<(), PolicyFailure> {
    for decision in enforced_decisions_of(route) {
        decision.decide(request).await?;
    }
    Ok(())
}

/// The routes that match a request without `Accept` and `Content-Type`, in the order in which
/// Rocket tries them.
fn routes_for<'r>(rocket: &'r Rocket<Orbit>, method: Method, path: &Origin<'_>) -> Vec<&'r Route> {
    let requested = RequestedUri::of(path);
    let of_method = rocket.routes().filter(|route| route.method == method);
    let mut routes: Vec<&Route> = of_method.filter(|route| requested.is_for(route)).collect();
    // Without `Content-Type` a route with a `format` takes no body. Where all routes have one, every
    // client sends one of these types.
    if method.supports_payload() && routes.iter().any(|route| route.format.is_none()) {
        routes.retain(|route| route.format.is_none());
    }
    routes.sort_by_key(|route| route.rank);
    routes
}
