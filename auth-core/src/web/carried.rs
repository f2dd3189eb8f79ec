//! What a request to an endpoint carries besides its body.

use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Ignite, Rocket, Sentinel, async_trait};

use super::csrf;
use super::error::{AuthError, Kind};
use super::guard::outcome;
use super::identify::{bearer, no_good_cookie};
use super::launch;
use super::state::Web;
use crate::session::Client;
use crate::token::is_readable;

/// Where the request comes from. Its sentinel is the check of all routes: every server with the fairing has it.
pub(super) struct Peer(pub(super) Client);

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

/// The access tokens of a sign-out. A dead token counts as none, but one that cannot be read does not: 204 would say that
/// its session has ended.
pub(super) struct SignOutTokens<'r> {
    pub(super) bearer: Option<&'r str>,
    pub(super) access_cookies: Vec<&'r str>,
    /// A form on another site comes without our cookies, but the browser would take the clearing of them from its answer.
    pub(super) foreign: bool,
}

impl<'r> SignOutTokens<'r> {
    fn of(request: &'r Request<'_>) -> Result<SignOutTokens<'r>, AuthError> {
        let bearer = match bearer(request) {
            Err(malformed) if malformed.code() == "invalid_token" => {
                let is_empty = request
                    .headers()
                    .get("Authorization")
                    .all(|header| !header.contains(' '));
                if !is_empty {
                    return Err(AuthError::new(Kind::UnreadableCredentials));
                }
                None
            }
            found => found?,
        };
        let web = Web::of(request)?;
        let reads_cookie = web.auth.config().reads_access_cookie();
        let access_cookies = if reads_cookie {
            web.access_cookie.values(request)?
        } else {
            Vec::new()
        };
        if bearer.is_none() && !access_cookies.is_empty() {
            web.refuse_foreign(request)?;
        }
        Ok(SignOutTokens {
            bearer,
            access_cookies,
            foreign: !csrf::is_allowed_origin(request, &web.auth.config().allowed_origins),
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
pub(super) struct RefreshCookies<'r> {
    pub(super) values: Vec<&'r str>,
    web: &'r Web,
}

impl<'r> RefreshCookies<'r> {
    pub(super) fn of(request: &'r Request<'_>) -> Result<RefreshCookies<'r>, AuthError> {
        let web = Web::of(request)?;
        let values = web.refresh_tokens(request)?;
        if !values.is_empty() {
            web.refuse_foreign(request)?;
        }
        Ok(RefreshCookies { values, web })
    }

    /// The one token; of several the one that verifies.
    pub(super) fn one(&self) -> Result<Option<&'r str>, AuthError> {
        match self.values.as_slice() {
            [] => Ok(None),
            [only] if is_readable(only) => Ok(Some(only)),
            several => {
                let verified = several.iter().copied();
                let verified = verified.filter(|token| self.web.auth.is_refresh_token(token)).collect();
                match self.web.prefer_present(verified).as_slice() {
                    [] => Err(no_good_cookie(several)),
                    [token] => Ok(Some(token)),
                    _ => Err(AuthError::new(Kind::SeveralCredentials)),
                }
            }
        }
    }

    /// Whether the cookies name sessions, but not the one that `token` names.
    pub(super) fn contradict(&self, token: &str) -> bool {
        let auth = &self.web.auth;
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

/// The refresh cookies that come with a sign-in, which must not come from elsewhere even without one: it would sign the
/// browser's user in as somebody else.
pub(super) struct LoginCookies<'r>(pub(super) RefreshCookies<'r>);

#[async_trait]
impl<'r> FromRequest<'r> for LoginCookies<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<LoginCookies<'r>, AuthError> {
        let judged = Web::of(request).and_then(|web| web.refuse_foreign(request));
        outcome(
            request,
            judged.and_then(|()| RefreshCookies::of(request)).map(LoginCookies),
        )
    }
}
