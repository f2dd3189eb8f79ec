//! The endpoints, mounted at `auth.mount`.

use std::time::Duration;

use rocket::data::{ByteUnit, Data, FromData};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::serde::json::Json;
use rocket::{Route, State, async_trait, data, delete, get, post};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::authenticate::{LoginCookies, RefreshCookies, SignOutTokens};
use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::guard::SignedIn;
use super::launch::AccessDecisions;
use super::responses::{Delivery, SignedOut, Tokens};
use super::state::AuthState;
use super::unread_body;
use crate::ids::SessionId;
use crate::secret::SecretString;
use crate::session::{ClientInfo, Credentials, LogoutCredentials};
use crate::store::Session;
use crate::{authenticated, guarded_routes, public};

/// The longest e-mail there can be (RFC 5321 §4.5.3.1): 64 and 255 bytes around the `@`.
const MAX_EMAIL_BYTES: usize = 320;

/// The endpoints of this file, which are always on.
pub(super) fn endpoints() -> Vec<Route> {
    guarded_routes![login, refresh, logout, logout_all, sessions, end_session, password]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    pub(super) email: String,
    pub(super) password: SecretString,
    #[serde(default)]
    pub(super) delivery: Delivery,
}

#[public("this is where one signs in")]
#[post("/login", data = "<body>")]
async fn login(
    state: &State<AuthState>,
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
        return Err(AuthError::new(AuthErrorKind::InvalidRequest));
    }
    // The session that the browser still had ends; with two cookies of the name there is no telling
    // which one it was.
    let replaced = cookies.0.one().ok().flatten();
    let pair = state
        .auth
        .login_with_password(Credentials { email, password }, &peer.0, replaced)
        .await?;
    Ok(Tokens::new(state, pair, delivery))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RefreshBody {
    #[serde(default, deserialize_with = "present")]
    pub(super) refresh_token: Option<SecretString>,
}

/// A field that may be missing, but is neither `null` nor empty when it is there.
pub(super) fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let token = SecretString::deserialize(deserializer)?;
    if token.expose().is_empty() {
        return Err(D::Error::custom("empty"));
    }
    Ok(Some(token))
}

#[public("a refresh token is its own credential")]
#[post("/refresh", data = "<body>")]
async fn refresh(
    state: &State<AuthState>,
    peer: Peer,
    cookies: RefreshCookies<'_>,
    body: OptionalBody<RefreshBody>,
) -> Result<Tokens, AuthError> {
    let in_body = body.0.and_then(|body| body.refresh_token);
    if in_body.is_some() && !cookies.values.is_empty() {
        return Err(AuthError::new(AuthErrorKind::SeveralCredentials));
    }
    if let Some(token) = in_body {
        let pair = state.auth.refresh(token.expose(), &peer.0).await?;
        return Ok(Tokens::new(state, pair, Delivery::Body));
    }
    let token = cookies.one()?.ok_or(AuthError::new(AuthErrorKind::MissingToken))?;
    let pair = state.auth.refresh(token, &peer.0).await?;
    Ok(Tokens::new(state, pair, Delivery::Cookie))
}

#[public("a client without a session is already signed out")]
#[post("/logout", data = "<body>")]
async fn logout(
    state: &State<AuthState>,
    peer: Peer,
    access: SignOutTokens<'_>,
    cookies: RefreshCookies<'_>,
    body: LenientBody<RefreshBody>,
) -> Result<SignedOut, AuthError> {
    let in_body = body.0.and_then(|body| body.refresh_token);
    if in_body.as_ref().is_some_and(|token| cookies.contradict(token.expose())) {
        return Err(AuthError::new(AuthErrorKind::SeveralCredentials));
    }
    let mut refresh = cookies.values.clone();
    refresh.extend(in_body.as_ref().map(SecretString::expose));
    state
        .auth
        .logout(
            &LogoutCredentials {
                bearer: access.bearer,
                refresh,
                access_cookies: access.access_cookies,
            },
            &peer.0,
        )
        .await?;
    Ok(if access.foreign {
        SignedOut::keeping_cookies()
    } else {
        SignedOut::new(state)
    })
}

#[authenticated]
#[post("/logout-all")]
async fn logout_all(state: &State<AuthState>, peer: Peer, who: SignedIn) -> Result<Status, AuthError> {
    state.auth.logout_all(who.0.user(), &peer.0).await?;
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
async fn sessions(state: &State<AuthState>, who: SignedIn) -> Result<Json<Vec<SessionView>>, AuthError> {
    let sessions = state.auth.sessions().list(who.0.user()).await?;
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
        last_used_at: session.current_since.to_string(),
        current: session.id == current,
        user_agent: session.user_agent,
        ip: session.ip,
    }
}

#[authenticated]
#[delete("/sessions/<id>")]
async fn end_session(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    id: &str,
    _launch: AccessDecisions,
) -> Result<Status, AuthError> {
    let id = id.parse().map_err(|_| AuthError::new(AuthErrorKind::NotFound))?;
    state.auth.sessions().end(&who.0, id, &peer.0).await?;
    Ok(Status::NoContent)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PasswordBody {
    pub(super) current_password: SecretString,
    pub(super) new_password: SecretString,
}

#[authenticated]
#[post("/password", data = "<body>")]
async fn password(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    cookies: RefreshCookies<'_>,
    body: Body<PasswordBody>,
) -> Result<Tokens, AuthError> {
    let PasswordBody {
        current_password,
        new_password,
    } = body.0;
    // Every older token of this session is worthless afterwards: a browser must get its new cookie
    // here.
    let mut cookies = cookies.values.iter();
    let delivery = if cookies.any(|token| state.auth.is_refresh_token_of(token, who.0.session())) {
        Delivery::Cookie
    } else {
        Delivery::Body
    };
    let pair = state
        .auth
        .change_password(&who.0, current_password, new_password, &peer.0)
        .await?;
    Ok(Tokens::new(state, pair, delivery))
}

/// Where the request comes from.
pub(super) struct Peer(pub(super) ClientInfo);

impl Peer {
    /// The client's first language.
    pub(super) fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for Peer {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Peer, AuthError> {
        outcome(request, AuthState::of(request).map(|state| Peer(state.client(request))))
    }
}

// Bodies of the endpoints: small, JSON, exactly what is expected, and never in a log.

/// The largest body, in bytes.
const MAX_BODY_BYTES: u64 = 4096;

/// How long a body may take to arrive. Rocket itself waits for ever.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A body that must be there.
///
/// Rocket's `Json` accepts other content types and logs what it could not parse, which for a
/// sign-in is the password.
pub(crate) struct Body<T>(pub(crate) T);

/// A body that may be missing.
pub(crate) struct OptionalBody<T>(pub(crate) Option<T>);

/// A body that counts as missing if it is wrong in any way.
pub(crate) struct LenientBody<T>(pub(crate) Option<T>);

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for Body<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Body<T>> {
        let parsed = match read(request, data).await {
            Ok(bytes) => parse(request, &bytes).map(Body),
            Err(refused) => Err(refused),
        };
        body_outcome(request, parsed)
    }
}

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for OptionalBody<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, OptionalBody<T>> {
        let parsed = match read(request, data).await {
            Ok(bytes) if bytes.is_empty() => Ok(OptionalBody(None)),
            Ok(bytes) => parse(request, &bytes).map(|body| OptionalBody(Some(body))),
            Err(refused) => Err(refused),
        };
        body_outcome(request, parsed)
    }
}

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for LenientBody<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, LenientBody<T>> {
        let bytes = read(request, data).await.ok();
        body_outcome(
            request,
            Ok(LenientBody(bytes.and_then(|bytes| parse(request, &bytes).ok()))),
        )
    }
}

async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Zeroizing<Vec<u8>>, AuthError> {
    // One byte more than is allowed tells a body of the limit from a longer one.
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    let mut stream = data.open(ByteUnit::max_value());
    let mut beginning = (&mut stream).take(MAX_BODY_BYTES + 1);
    match timeout(READ_TIMEOUT, beginning.read_to_end(&mut bytes)).await {
        Err(_) => Err(AuthError::new(AuthErrorKind::Timeout)),
        Ok(Err(_)) => Err(AuthError::new(AuthErrorKind::BadRequest)),
        Ok(Ok(_)) if bytes.len() as u64 > MAX_BODY_BYTES => {
            unread_body::drain_stream(request, stream).await;
            Err(AuthError::new(AuthErrorKind::TooLarge))
        }
        Ok(Ok(_)) => {
            unread_body::mark_read(request);
            Ok(bytes)
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(request: &Request<'_>, bytes: &[u8]) -> Result<T, AuthError> {
    if !request.content_type().is_some_and(|kind| kind.is_json()) {
        return Err(AuthError::new(AuthErrorKind::UnsupportedMediaType));
    }
    // Serde would take the items of an array for the fields by position.
    let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    // The error of the parser may quote the body: it goes nowhere.
    let parsed = if is_object {
        serde_json::from_slice(bytes).ok()
    } else {
        None
    };
    parsed.ok_or(AuthError::new(AuthErrorKind::InvalidRequest))
}

fn body_outcome<'r, T: FromData<'r, Error = AuthError>>(
    request: &Request<'_>,
    parsed: Result<T, AuthError>,
) -> data::Outcome<'r, T> {
    match parsed {
        Ok(body) => data::Outcome::Success(body),
        Err(refused) => {
            refused.record(request);
            data::Outcome::Error((refused.status(), refused))
        }
    }
}
