//! The endpoints of `http.md`, mounted at `auth.mount`.

use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::serde::json::Json;
use rocket::{Ignite, Rocket, Route, Sentinel, State, async_trait, delete, get, post};
use serde::{Deserialize, Serialize};
use std::io::Cursor;

use super::body::{Body, LenientBody, OptionalBody};
use super::csrf::{self, FetchSite};
use super::error::{AuthError, Kind};
use super::guard::{SignedIn, outcome};
use super::identify::bearer;
use super::launch;
use super::state::Web;
use crate::secret::SecretString;
use crate::session::{Client, Credentials, SignOut, TokenPair};
use crate::store::{Session, SessionId};
use crate::{authenticated, guarded_routes, public};

/// The longest e-mail there can be (RFC 5321 §4.5.3.1): 64 and 255 bytes around the `@`.
const MAX_EMAIL_BYTES: usize = 320;

/// The library's endpoints, as the fairing mounts them at `auth.mount`: for tools that print an access map without
/// launching a server. An application has no reason to mount them.
pub fn endpoints() -> Vec<Route> {
    guarded_routes![login, refresh, logout, logout_all, sessions, end_session, password]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    email: String,
    password: SecretString,
    #[serde(default)]
    delivery: Delivery,
}

/// How a client wants its refresh token.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Delivery {
    #[default]
    Cookie,
    Body,
}

impl TryFrom<String> for Delivery {
    type Error = &'static str;

    /// From text only: serde would read a variant from a map, too.
    fn try_from(text: String) -> Result<Delivery, &'static str> {
        match text.as_str() {
            "cookie" => Ok(Delivery::Cookie),
            "body" => Ok(Delivery::Body),
            _ => Err("`cookie` or `body`"),
        }
    }
}

#[public("this is where one signs in")]
#[post("/login", data = "<body>")]
async fn login(
    web: &State<Web>,
    peer: Peer,
    cookies: LoginCookies<'_>,
    body: Body<LoginBody>,
) -> Result<Tokens, AuthError> {
    let LoginBody {
        email,
        password,
        delivery,
    } = body.0;
    if email.len() > MAX_EMAIL_BYTES {
        return Err(AuthError::new(Kind::InvalidRequest));
    }
    // The session that the browser still had ends; with two cookies of the name there is no telling which one it was.
    let replaced = cookies.0.one().ok().flatten();
    let pair = web
        .auth
        .login(Credentials { email, password }, &peer.0, replaced)
        .await?;
    Ok(Tokens::new(web, pair, delivery))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RefreshBody {
    #[serde(default, deserialize_with = "present")]
    refresh_token: Option<SecretString>,
}

/// A field that may be missing, but is not `null` when it is there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    SecretString::deserialize(deserializer).map(Some)
}

#[public("a refresh token is its own credential")]
#[post("/refresh", data = "<body>")]
async fn refresh(
    web: &State<Web>,
    peer: Peer,
    cookies: RefreshCookies<'_>,
    body: OptionalBody<RefreshBody>,
) -> Result<Tokens, AuthError> {
    let in_body = body.0.and_then(|body| body.refresh_token);
    if in_body.is_some() && !cookies.values.is_empty() {
        return Err(AuthError::new(Kind::SeveralCredentials));
    }
    if let Some(token) = in_body {
        let pair = web.auth.refresh(token.expose(), &peer.0).await?;
        return Ok(Tokens::new(web, pair, Delivery::Body));
    }
    let token = cookies.one()?.ok_or(AuthError::new(Kind::MissingToken))?;
    let pair = web.auth.refresh(token, &peer.0).await?;
    Ok(Tokens::new(web, pair, Delivery::Cookie))
}

#[public("whoever has nothing to end is signed out already")]
#[post("/logout", data = "<body>")]
async fn logout(
    web: &State<Web>,
    access: SignOutTokens<'_>,
    cookies: RefreshCookies<'_>,
    body: LenientBody<RefreshBody>,
) -> Result<SignedOut, AuthError> {
    let in_body = body.0.and_then(|body| body.refresh_token);
    let mut refresh = cookies.values.clone();
    refresh.extend(in_body.as_ref().map(SecretString::expose));
    web.auth
        .logout(&SignOut {
            bearer: access.bearer,
            refresh,
            access_cookies: access.access_cookies,
        })
        .await?;
    Ok(if access.foreign {
        SignedOut { cookies: Vec::new() }
    } else {
        SignedOut::new(web)
    })
}

#[authenticated]
#[post("/logout-all")]
async fn logout_all(web: &State<Web>, who: SignedIn) -> Result<Status, AuthError> {
    web.auth.logout_all(who.0.user()).await?;
    Ok(Status::NoContent)
}

/// A session as its user sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    id: String,
    created_at: String,
    last_used_at: String,
    user_agent: Option<String>,
    ip: Option<String>,
    current: bool,
}

#[authenticated]
#[get("/sessions")]
async fn sessions(web: &State<Web>, who: SignedIn) -> Result<Json<Vec<SessionView>>, AuthError> {
    let sessions = web.auth.sessions(who.0.user()).await?;
    Ok(Json(
        sessions
            .into_iter()
            .map(|session| view(session, who.0.session()))
            .collect(),
    ))
}

fn view(session: Session, current: SessionId) -> SessionView {
    SessionView {
        id: session.id.to_string(),
        created_at: session.created_at.to_string(),
        last_used_at: session.head_at.to_string(),
        current: session.id == current,
        user_agent: session.user_agent,
        ip: session.ip,
    }
}

#[authenticated]
#[delete("/sessions/<id>")]
async fn end_session(web: &State<Web>, who: SignedIn, id: &str) -> Result<Status, AuthError> {
    let id = id.parse().map_err(|_| AuthError::new(Kind::NotFound))?;
    web.auth.end_session(&who.0, id).await?;
    Ok(Status::NoContent)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordBody {
    current_password: SecretString,
    new_password: SecretString,
}

#[authenticated]
#[post("/password", data = "<body>")]
async fn password(web: &State<Web>, peer: Peer, who: SignedIn, body: Body<PasswordBody>) -> Result<Status, AuthError> {
    let PasswordBody {
        current_password,
        new_password,
    } = body.0;
    web.auth
        .change_password(&who.0, current_password, new_password, &peer.0)
        .await?;
    Ok(Status::NoContent)
}

/// Where the request comes from. Its sentinel is the check of all routes: every server with the fairing has it.
struct Peer(Client);

#[async_trait]
impl<'r> FromRequest<'r> for Peer {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Peer, AuthError> {
        outcome(request, Web::of(request).map(|web| Peer(web.client(request))))
    }
}

impl Sentinel for Peer {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launch::abort_with_unguarded_routes(rocket)
    }
}

/// The access tokens of a sign-out. What cannot be read counts as none: whoever signs out is answered 204.
struct SignOutTokens<'r> {
    bearer: Option<&'r str>,
    access_cookies: Vec<&'r str>,
    /// A form on another site comes without our cookies, but the browser would take the clearing of them from its answer.
    foreign: bool,
}

impl<'r> SignOutTokens<'r> {
    fn of(request: &'r Request<'_>) -> Result<SignOutTokens<'r>, AuthError> {
        let bearer = match bearer(request) {
            Err(several) if several.code() == "several_credentials" => return Err(several),
            found => found.ok().flatten(),
        };
        let web = Web::of(request)?;
        let reads_cookie = web.auth.config().reads_access_cookie();
        let access_cookies = if reads_cookie {
            web.access_cookie.values(request)
        } else {
            Vec::new()
        };
        if bearer.is_none() && !access_cookies.is_empty() {
            web.refuse_foreign(request)?;
        }
        Ok(SignOutTokens {
            bearer,
            access_cookies,
            foreign: csrf::fetch_site(request) == FetchSite::Foreign,
        })
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for SignOutTokens<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<SignOutTokens<'r>, AuthError> {
        outcome(request, SignOutTokens::of(request))
    }
}

/// The refresh cookies of a request: usually one, none for clients that keep the token themselves. A request that carries
/// one must come from our own pages, and is refused before its body is read.
struct RefreshCookies<'r> {
    values: Vec<&'r str>,
    web: &'r Web,
}

impl<'r> RefreshCookies<'r> {
    fn of(request: &'r Request<'_>) -> Result<RefreshCookies<'r>, AuthError> {
        let web = Web::of(request)?;
        let values = web.refresh_cookie.values(request);
        if !values.is_empty() {
            web.refuse_foreign(request)?;
        }
        Ok(RefreshCookies { values, web })
    }

    /// The one token; of several the one that verifies.
    fn one(&self) -> Result<Option<&'r str>, AuthError> {
        match self.values.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => {
                let mut verified = several.iter().filter(|token| self.web.auth.is_refresh_token(token));
                match (verified.next(), verified.next()) {
                    (Some(token), None) => Ok(Some(token)),
                    (Some(_), Some(_)) => Err(AuthError::new(Kind::SeveralCredentials)),
                    (None, _) => Err(AuthError::new(Kind::InvalidToken)),
                }
            }
        }
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for RefreshCookies<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<RefreshCookies<'r>, AuthError> {
        outcome(request, RefreshCookies::of(request))
    }
}

/// The refresh cookies that come with a sign-in, which must not come from elsewhere even without one: it would sign the
/// browser's user in as somebody else.
struct LoginCookies<'r>(RefreshCookies<'r>);

#[async_trait]
impl<'r> FromRequest<'r> for LoginCookies<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<LoginCookies<'r>, AuthError> {
        let judged = match csrf::fetch_site(request) {
            FetchSite::Foreign => Web::of(request).and_then(|web| web.refuse_foreign(request)),
            FetchSite::Ours | FetchSite::Silent => Ok(()),
        };
        outcome(
            request,
            judged.and_then(|()| RefreshCookies::of(request)).map(LoginCookies),
        )
    }
}

/// A pair of tokens on its way to the client.
struct Tokens {
    body: TokenBody,
    cookies: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl Tokens {
    fn new(web: &Web, pair: TokenPair, delivery: Delivery) -> Tokens {
        let in_body = delivery == Delivery::Body;
        let mut cookies = Vec::new();
        if !in_body {
            cookies.push(web.refresh_cookie.set(pair.refresh.expose(), pair.refresh_expires_in));
            if web.auth.config().cookie.access {
                cookies.push(web.access_cookie.set(pair.access.expose(), pair.access_expires_in));
            }
        }
        let body = TokenBody {
            access_token: pair.access.expose().to_owned(),
            token_type: "Bearer",
            expires_in: pair.access_expires_in,
            refresh_token: in_body.then(|| pair.refresh.expose().to_owned()),
        };
        Tokens { body, cookies }
    }
}

impl<'r> Responder<'r, 'static> for Tokens {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let body = serde_json::to_string(&self.body).map_err(|_| Status::InternalServerError)?;
        let mut response = Response::build()
            .header(ContentType::JSON)
            .sized_body(body.len(), Cursor::new(body))
            .finalize();
        // Not through Rocket's jar: a catcher would drop what was put there, and only this answer may set them.
        self.cookies
            .into_iter()
            .for_each(|cookie| response.adjoin_header(Header::new("Set-Cookie", cookie)));
        Ok(response)
    }
}

/// The answer to a sign-out: nothing, and the cookies cleared.
struct SignedOut {
    cookies: Vec<String>,
}

impl SignedOut {
    fn new(web: &Web) -> SignedOut {
        let access = web.auth.config().cookie.access.then(|| web.access_cookie.clear());
        SignedOut {
            cookies: std::iter::once(web.refresh_cookie.clear()).chain(access).collect(),
        }
    }
}

impl<'r> Responder<'r, 'static> for SignedOut {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build().status(Status::NoContent).finalize();
        self.cookies
            .into_iter()
            .for_each(|cookie| response.adjoin_header(Header::new("Set-Cookie", cookie)));
        Ok(response)
    }
}
