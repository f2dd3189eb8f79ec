//! From a request to an identity: found, verified and judged once per request.

use std::sync::OnceLock;

use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};

use super::csrf;
use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::state::AuthState;
use crate::session::{Identity, SessionError};
use crate::token::is_readable;

/// The identity of a request, or why it has none; kept with the request, so that the decision and
/// every `User` parameter verify once.
pub(crate) fn identify<'r>(request: &'r Request<'_>) -> &'r Result<Identity, AuthError> {
    cached_identity(request).get_or_init(|| verify(request))
}

/// The result of [`identify`], if the decision, a guard or a policy called it.
pub(super) fn asked<'r>(request: &'r Request<'_>) -> Option<&'r Result<Identity, AuthError>> {
    cached_identity(request).get()
}

/// As [`identify`], for a request of which nothing is known yet. Where it has no identity,
/// `instead` may find one.
pub(super) async fn identify_as(
    request: &Request<'_>,
    instead: impl AsyncFnOnce(AuthError) -> Result<Identity, AuthError>,
) {
    if asked(request).is_none() {
        let identity = match verify(request) {
            Ok(identity) => Ok(identity),
            Err(refused) => instead(refused).await,
        };
        cached_identity(request).get_or_init(|| identity);
    }
}

#[derive(Default)]
struct CachedIdentity(OnceLock<Result<Identity, AuthError>>);

fn cached_identity<'r>(request: &'r Request<'_>) -> &'r OnceLock<Result<Identity, AuthError>> {
    &request.local_cache(CachedIdentity::default).0
}

/// The token of the one `Authorization` header, if that is a bearer token (RFC 6750 §2.1).
pub(crate) fn bearer<'r>(request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    let mut headers = request.headers().get("Authorization");
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(AuthError::new(AuthErrorKind::SeveralCredentials));
    }
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Ok(None);
    }
    // One space, one token: anything else is an attempt that the verifier need not see. To the end
    // in any case, which is twenty times as fast as to stop at the first that is wrong.
    let is_token = token.bytes().fold(!token.is_empty(), |all, byte| {
        all & byte.is_ascii_graphic() & (byte != b',')
    });
    match is_token {
        true => Ok(Some(token)),
        false if token.is_ascii() => Err(AuthError::new(AuthErrorKind::InvalidToken)),
        false => Err(AuthError::new(AuthErrorKind::UnreadableCredentials)),
    }
}

/// Why no cookie of a name is good, `values` being all that came: one that cannot be read is no
/// invalid one.
pub(super) fn no_good_cookie(values: &[&str]) -> AuthError {
    if values.iter().all(|value| is_readable(value)) {
        AuthError::new(AuthErrorKind::InvalidToken)
    } else {
        AuthError::new(AuthErrorKind::UnreadableCredentials)
    }
}

/// The access cookie's token, where cookies are a source: of two values the one that verifies, or
/// none.
fn cookie<'r>(state: &AuthState, request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    if !state.auth.config().reads_access_cookie() {
        return Ok(None);
    }
    let values = state.access_cookie.values(request)?;
    match values.as_slice() {
        [] => Ok(None),
        [only] if is_readable(only) => Ok(Some(only)),
        several => {
            let mut verified = several.iter().filter(|token| state.auth.verify_access(token).is_ok());
            match (verified.next(), verified.next()) {
                (Some(token), None) => Ok(Some(token)),
                (Some(_), Some(_)) => Err(AuthError::new(AuthErrorKind::SeveralCredentials)),
                (None, _) => Err(no_good_cookie(several)),
            }
        }
    }
}

fn verify(request: &Request<'_>) -> Result<Identity, AuthError> {
    let state = AuthState::of(request)?;
    let token = match (header(state, request)?, cookie(state, request)) {
        (Some(header), Ok(Some(cookie))) if header != cookie => {
            return Err(AuthError::new(AuthErrorKind::SeveralCredentials));
        }
        (Some(_), Err(several)) if several.kind() == AuthErrorKind::SeveralCredentials => return Err(several),
        (Some(header), _) => header,
        (None, cookie) => {
            let token = cookie?.ok_or(AuthError::new(AuthErrorKind::MissingToken))?;
            if csrf::changes_state(request) || csrf::is_websocket_upgrade(request) {
                state.require_same_origin(request)?;
            }
            token
        }
    };
    state
        .auth
        .verify_access(token)
        .map_err(|error: SessionError| error.into())
}

fn header<'r>(state: &AuthState, request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    let from_header = bearer(request)?;
    let reads_header = state
        .auth
        .config()
        .token_sources
        .contains(&crate::config::TokenSource::Header);
    Ok(from_header.filter(|_| reads_header))
}

// What a request to an endpoint carries besides its body.

/// The access tokens of a sign-out. A dead token counts as none, but one that cannot be read does
/// not: 204 would say that its session has ended.
pub(super) struct SignOutTokens<'r> {
    pub(super) bearer: Option<&'r str>,
    pub(super) access_cookies: Vec<&'r str>,
    /// A form on another site comes without our cookies, but the browser would take the clearing of
    /// them from its answer.
    pub(super) foreign: bool,
}

impl<'r> SignOutTokens<'r> {
    fn of(request: &'r Request<'_>) -> Result<SignOutTokens<'r>, AuthError> {
        let bearer = match bearer(request) {
            Err(malformed) if malformed.kind() == AuthErrorKind::InvalidToken => {
                let is_empty = request
                    .headers()
                    .get("Authorization")
                    .all(|header| !header.contains(' '));
                if !is_empty {
                    return Err(AuthError::new(AuthErrorKind::UnreadableCredentials));
                }
                None
            }
            found => found?,
        };
        let state = AuthState::of(request)?;
        let reads_cookie = state.auth.config().reads_access_cookie();
        let access_cookies = if reads_cookie {
            state.access_cookie.values(request)?
        } else {
            Vec::new()
        };
        if bearer.is_none() && !access_cookies.is_empty() {
            state.require_same_origin(request)?;
        }
        Ok(SignOutTokens {
            bearer,
            access_cookies,
            foreign: !csrf::is_allowed_origin(request, &state.auth.config().allowed_origins),
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

/// The refresh cookies of a request: usually one, none for clients that keep the token themselves.
/// A request that carries one must come from our own pages, and is refused before its body is read.
pub(super) struct RefreshCookies<'r> {
    pub(super) values: Vec<&'r str>,
    state: &'r AuthState,
}

impl<'r> RefreshCookies<'r> {
    pub(super) fn of(request: &'r Request<'_>) -> Result<RefreshCookies<'r>, AuthError> {
        let state = AuthState::of(request)?;
        let values = state.refresh_tokens(request)?;
        if !values.is_empty() {
            state.require_same_origin(request)?;
        }
        Ok(RefreshCookies { values, state })
    }

    /// Those of a request for a page, which changes nothing: it may come from anywhere.
    pub(super) fn of_page(request: &'r Request<'_>) -> Result<RefreshCookies<'r>, AuthError> {
        let state = AuthState::of(request)?;
        let values = state.refresh_tokens(request)?;
        Ok(RefreshCookies { values, state })
    }

    /// The one token; of several the one that verifies.
    pub(super) fn one(&self) -> Result<Option<&'r str>, AuthError> {
        match self.values.as_slice() {
            [] => Ok(None),
            [only] if is_readable(only) => Ok(Some(only)),
            several => {
                let verified = several.iter().copied();
                let verified = verified
                    .filter(|token| self.state.auth.is_refresh_token(token))
                    .collect();
                match self.state.prefer_present(verified).as_slice() {
                    [] => Err(no_good_cookie(several)),
                    [token] => Ok(Some(token)),
                    _ => Err(AuthError::new(AuthErrorKind::SeveralCredentials)),
                }
            }
        }
    }

    /// Whether the cookies name sessions, but not the one that `token` names.
    pub(super) fn contradict(&self, token: &str) -> bool {
        let auth = &self.state.auth;
        let mut named = self
            .values
            .iter()
            .filter_map(|cookie| auth.session_of_refresh_token(cookie))
            .peekable();
        let other = auth.session_of_refresh_token(token);
        named.peek().is_some() && other.is_some_and(|other| named.all(|session| session != other))
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for RefreshCookies<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<RefreshCookies<'r>, AuthError> {
        outcome(request, RefreshCookies::of(request))
    }
}

/// The refresh cookies of a sign-in request. A sign-in from another site is refused even without a
/// cookie: it would sign the browser's user in to another account.
pub(super) struct LoginCookies<'r>(pub(super) RefreshCookies<'r>);

#[async_trait]
impl<'r> FromRequest<'r> for LoginCookies<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<LoginCookies<'r>, AuthError> {
        let judged = AuthState::of(request).and_then(|state| state.require_same_origin(request));
        outcome(
            request,
            judged.and_then(|()| RefreshCookies::of(request)).map(LoginCookies),
        )
    }
}
