//! The endpoints of the account flows: each is mounted only where `auth.flows` turns it on, so that
//! others answer 404.

use std::io::Cursor;

use rocket::http::{ContentType, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::serde::json::Json;
use rocket::{Route, State, async_trait, post};
use serde::{Deserialize, Serialize};

use super::authenticate::LoginCookies;
use super::can::can_endpoints;
use super::endpoints::{Body, Peer, present};
use super::error::AuthError;
use super::guard::SignedIn;
use super::responses::{Delivery, SignedOut, Tokens, add_cookies};
use super::state::AuthState;
use crate::config::{FlowsConfig, SignUp};
use crate::secret::SecretString;
use crate::session::FreshAccess;
use crate::{authenticated, guarded_routes, public};

/// The library's endpoints that are always on, as the fairing mounts them at `auth.mount`: for
/// tools that print an access map without launching a server. An application has no reason to mount
/// them.
pub fn endpoints() -> Vec<Route> {
    let mut routes = super::endpoints::endpoints();
    routes.extend(guarded_routes![reauthenticate]);
    routes.extend(can_endpoints());
    routes
}

/// The endpoints of the account flows that are on, as the fairing mounts them at `auth.mount`
/// beside [`endpoints`].
pub fn flow_endpoints(flows: &FlowsConfig) -> Vec<Route> {
    let mut routes = Vec::new();
    if flows.sign_up == SignUp::Open {
        routes.extend(guarded_routes![register]);
    }
    if flows.sign_up != SignUp::Off {
        routes.extend(guarded_routes![register_complete]);
    }
    if flows.reset {
        routes.extend(guarded_routes![password_forgot, password_reset]);
    }
    if flows.change_email {
        routes.extend(guarded_routes![email, email_confirm]);
    }
    if flows.magic_link {
        routes.extend(guarded_routes![login_link, login_link_complete]);
    }
    if flows.delete_account {
        routes.extend(guarded_routes![account_delete]);
    }
    routes
}

/// An answer that says nothing but that the request was taken: 202 and `{}`.
struct Accepted;

impl<'r> Responder<'r, 'static> for Accepted {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(Response::build()
            .status(Status::Accepted)
            .header(ContentType::JSON)
            .sized_body(2, Cursor::new("{}"))
            .finalize())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailBody {
    email: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewEmailBody {
    new_email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketBody {
    ticket: SecretString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInTicketBody {
    ticket: SecretString,
    #[serde(default)]
    delivery: Delivery,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUpBody {
    ticket: SecretString,
    password: SecretString,
    #[serde(default)]
    delivery: Delivery,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetBody {
    ticket: SecretString,
    new_password: SecretString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyPasswordBody {
    password: SecretString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    password: SecretString,
    /// Of the second factor.
    #[serde(default, deserialize_with = "present")]
    code: Option<SecretString>,
}

#[public("this is where one signs up")]
#[post("/register", data = "<body>")]
async fn register(state: &State<AuthState>, peer: Peer, body: Body<EmailBody>) -> Result<Accepted, AuthError> {
    let flows = state.auth.account_flows();
    flows.request_sign_up(&body.0.email, &peer.0, peer.language()).await?;
    Ok(Accepted)
}

#[public("a ticket is its own credential")]
#[post("/register/complete", data = "<body>")]
async fn register_complete(
    state: &State<AuthState>,
    peer: Peer,
    cookies: LoginCookies<'_>,
    body: Body<SignUpBody>,
) -> Result<(Status, Tokens), AuthError> {
    let SignUpBody {
        ticket,
        password,
        delivery,
    } = body.0;
    let replaced = cookies.0.one().ok().flatten();
    let flows = state.auth.account_flows();
    let pair = flows
        .complete_sign_up(ticket.expose(), password, &peer.0, replaced)
        .await?;
    Ok((Status::Created, Tokens::new(state, pair, delivery)))
}

#[public("for users who cannot sign in")]
#[post("/password/forgot", data = "<body>")]
async fn password_forgot(state: &State<AuthState>, peer: Peer, body: Body<EmailBody>) -> Result<Accepted, AuthError> {
    let flows = state.auth.account_flows();
    flows.request_reset(&body.0.email, &peer.0, peer.language()).await?;
    Ok(Accepted)
}

#[public("a ticket is its own credential")]
#[post("/password/reset", data = "<body>")]
async fn password_reset(state: &State<AuthState>, peer: Peer, body: Body<ResetBody>) -> Result<Status, AuthError> {
    let ResetBody { ticket, new_password } = body.0;
    let flows = state.auth.account_flows();
    flows.reset_password(ticket.expose(), new_password, &peer.0).await?;
    Ok(Status::NoContent)
}

// The age of the sign-in is judged by the verb.
#[authenticated]
#[post("/email", data = "<body>")]
async fn email(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    body: Body<NewEmailBody>,
) -> Result<Accepted, AuthError> {
    let flows = state.auth.account_flows();
    flows
        .request_email_change(&who.0, &body.0.new_email, &peer.0, peer.language())
        .await?;
    Ok(Accepted)
}

#[public("a ticket is its own credential")]
#[post("/email/confirm", data = "<body>")]
async fn email_confirm(state: &State<AuthState>, peer: Peer, body: Body<TicketBody>) -> Result<Status, AuthError> {
    let flows = state.auth.account_flows();
    flows.confirm_email(body.0.ticket.expose(), &peer.0).await?;
    Ok(Status::NoContent)
}

#[public("this is where one asks for a link to sign in")]
#[post("/login/link", data = "<body>")]
async fn login_link(state: &State<AuthState>, peer: Peer, body: Body<EmailBody>) -> Result<Accepted, AuthError> {
    let flows = state.auth.account_flows();
    flows
        .request_login_link(&body.0.email, &peer.0, peer.language())
        .await?;
    Ok(Accepted)
}

#[public("a ticket is its own credential")]
#[post("/login/link/complete", data = "<body>")]
async fn login_link_complete(
    state: &State<AuthState>,
    peer: Peer,
    cookies: LoginCookies<'_>,
    body: Body<SignInTicketBody>,
) -> Result<Tokens, AuthError> {
    let SignInTicketBody { ticket, delivery } = body.0;
    let replaced = cookies.0.one().ok().flatten();
    let flows = state.auth.account_flows();
    let pair = flows.login_by_link(ticket.expose(), &peer.0, replaced).await?;
    Ok(Tokens::new(state, pair, delivery))
}

#[authenticated]
#[post("/account/delete", data = "<body>")]
async fn account_delete(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    body: Body<OnlyPasswordBody>,
) -> Result<SignedOut, AuthError> {
    let flows = state.auth.account_flows();
    flows.delete_account(&who.0, body.0.password, &peer.0).await?;
    Ok(SignedOut::new(state))
}

/// An access token alone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessBody {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// An access token for the client. If the request came with the access cookie, that cookie gets the
/// token as well: a page and its cookie must not differ.
pub(super) struct StepUp {
    fresh: FreshAccess,
    cookies: Vec<String>,
}

impl<'r> Responder<'r, 'static> for StepUp {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = Json(AccessBody {
            access_token: self.fresh.access.expose().to_owned(),
            token_type: "Bearer",
            expires_in: self.fresh.expires_in.as_secs(),
        });
        let mut response = body.respond_to(request)?;
        add_cookies(&mut response, request, self.cookies);
        Ok(response)
    }
}

/// Whether the request carries the access cookie.
pub(super) struct HasAccessCookie(bool);

#[async_trait]
impl<'r> FromRequest<'r> for HasAccessCookie {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<HasAccessCookie, AuthError> {
        let has = AuthState::of(request).is_ok_and(|state| {
            let values = state.access_cookie.values(request);
            state.auth.config().cookie.access && values.is_ok_and(|values| !values.is_empty())
        });
        Outcome::Success(HasAccessCookie(has))
    }
}

#[authenticated]
#[post("/reauthenticate", data = "<body>")]
async fn reauthenticate(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    cookie: HasAccessCookie,
    body: Body<ProofBody>,
) -> Result<StepUp, AuthError> {
    let ProofBody { password, code } = body.0;
    let flows = state.auth.account_flows();
    let fresh = flows.reauthenticate(&who.0, password, code.as_ref(), &peer.0).await?;
    let set = || state.access_cookie.set(fresh.access.expose(), fresh.expires_in);
    let cookies = cookie.0.then(set).into_iter().collect();
    Ok(StepUp { fresh, cookies })
}
