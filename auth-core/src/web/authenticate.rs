//! From a request to an identity: found, verified and judged once per request.

use std::sync::OnceLock;

use rocket::request::Request;

use super::csrf;
use super::error::{AuthError, Kind};
use super::state::Web;
use crate::session::{Identity, SessionError};
use crate::token::is_readable;

/// The identity of a request, or why it has none; kept with the request, so that the decision and every `User`
/// parameter verify once.
pub(crate) fn identify<'r>(request: &'r Request<'_>) -> &'r Result<Identity, AuthError> {
    identified(request).get_or_init(|| verify(request))
}

/// What [`identify`] said, if the decision, a guard or a policy asked.
pub(super) fn asked<'r>(request: &'r Request<'_>) -> Option<&'r Result<Identity, AuthError>> {
    identified(request).get()
}

#[derive(Default)]
struct Identified(OnceLock<Result<Identity, AuthError>>);

fn identified<'r>(request: &'r Request<'_>) -> &'r OnceLock<Result<Identity, AuthError>> {
    &request.local_cache(Identified::default).0
}

/// The token of the one `Authorization` header, if that is a bearer token (RFC 6750 §2.1).
pub(crate) fn bearer<'r>(request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    let mut headers = request.headers().get("Authorization");
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(AuthError::new(Kind::SeveralCredentials));
    }
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Ok(None);
    }
    // One space, one token: anything else is an attempt that the verifier need not see. To the end in any case, which is
    // twenty times as fast as to stop at the first that is wrong.
    let is_token = token.bytes().fold(!token.is_empty(), |all, byte| {
        all & byte.is_ascii_graphic() & (byte != b',')
    });
    match is_token {
        true => Ok(Some(token)),
        false if token.is_ascii() => Err(AuthError::new(Kind::InvalidToken)),
        false => Err(AuthError::new(Kind::UnreadableCredentials)),
    }
}

/// Why no cookie of a name is good, `values` being all that came: one that cannot be read is no invalid one.
pub(super) fn no_good_cookie(values: &[&str]) -> AuthError {
    if values.iter().all(|value| is_readable(value)) {
        AuthError::new(Kind::InvalidToken)
    } else {
        AuthError::new(Kind::UnreadableCredentials)
    }
}

/// The access cookie's token, where cookies are a source: of two values the one that verifies, or none.
fn cookie<'r>(web: &Web, request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    if !web.auth.config().reads_access_cookie() {
        return Ok(None);
    }
    let values = web.access_cookie.values(request)?;
    match values.as_slice() {
        [] => Ok(None),
        [only] if is_readable(only) => Ok(Some(only)),
        several => {
            let mut verified = several.iter().filter(|token| web.auth.verify_access(token).is_ok());
            match (verified.next(), verified.next()) {
                (Some(token), None) => Ok(Some(token)),
                (Some(_), Some(_)) => Err(AuthError::new(Kind::SeveralCredentials)),
                (None, _) => Err(no_good_cookie(several)),
            }
        }
    }
}

fn verify(request: &Request<'_>) -> Result<Identity, AuthError> {
    let web = Web::of(request)?;
    let token = match (header(web, request)?, cookie(web, request)) {
        (Some(header), Ok(Some(cookie))) if header != cookie => return Err(AuthError::new(Kind::SeveralCredentials)),
        (Some(_), Err(several)) if several.code() == "several_credentials" => return Err(several),
        (Some(header), _) => header,
        (None, cookie) => {
            let token = cookie?.ok_or(AuthError::new(Kind::MissingToken))?;
            if csrf::changes_state(request) || csrf::is_websocket_upgrade(request) {
                web.refuse_foreign(request)?;
            }
            token
        }
    };
    web.auth
        .verify_access(token)
        .map_err(|error: SessionError| error.into())
}

fn header<'r>(web: &Web, request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    let from_header = bearer(request)?;
    let reads_header = web
        .auth
        .config()
        .token_sources
        .contains(&crate::config::TokenSource::Header);
    Ok(from_header.filter(|_| reads_header))
}
