use std::convert::Infallible;
use std::sync::Arc;

use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};

use super::client_address::{self, LoggedOnce};
use super::cookies::CookieSpec;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use crate::audit::RequestId;
use crate::session::{Auth, ClientInfo, TokenPair};

/// What the Rocket side keeps beside [`Auth`].
#[derive(Clone, Debug)]
pub(crate) struct AuthState {
    pub(crate) auth: Auth,
    pub(crate) access_cookie: CookieSpec,
    pub(crate) refresh_cookie: CookieSpec,
    former_refresh_cookie: Option<CookieSpec>,
    logged_once: Arc<LoggedOnce>,
}

impl AuthState {
    pub(crate) fn new(auth: Auth) -> AuthState {
        let access_cookie = CookieSpec::access(auth.config());
        let refresh_cookie = CookieSpec::refresh(auth.config());
        let former_refresh_cookie = CookieSpec::former_refresh(auth.config());
        AuthState {
            auth,
            access_cookie,
            refresh_cookie,
            former_refresh_cookie,
            logged_once: Arc::default(),
        }
    }

    /// The refresh tokens in a request's cookies. They are in the cookie of the configured name,
    /// else in the one that the first version of this library set. Another host of the domain can
    /// set a cookie of that old name, but can no longer get such a token.
    pub(super) fn refresh_tokens<'r>(&self, request: &'r Request<'_>) -> Result<Vec<&'r str>, AuthError> {
        let values = self.refresh_cookie.values(request)?;
        Ok(match &self.former_refresh_cookie {
            Some(former) if values.is_empty() && former.name() != self.refresh_cookie.name() => {
                // Of a name that strangers can set, too many are none.
                let mut values = former.values(request).unwrap_or_default();
                values.retain(|token| self.is_of_first_version(token));
                values
            }
            _ => values,
        })
    }

    /// Of several good refresh tokens those that count. Without a prefix the cookie of the first
    /// version has the name of the present one, and both come along.
    pub(super) fn prefer_present<'r>(&self, mut tokens: Vec<&'r str>) -> Vec<&'r str> {
        let shares_name = |former: &CookieSpec| former.name() == self.refresh_cookie.name();
        let is_present = |token: &str| !self.is_of_first_version(token);
        if self.former_refresh_cookie.as_ref().is_some_and(shares_name) && tokens.iter().any(|token| is_present(token))
        {
            tokens.retain(|token| is_present(token));
        }
        tokens
    }

    /// The `Set-Cookie` that clears the cookie of the first version, where the request carries it.
    pub(super) fn clear_former(&self, request: &Request<'_>) -> Option<String> {
        let former = self.former_refresh_cookie.as_ref()?;
        let values = former.values(request);
        let is_there = if former.name() == self.refresh_cookie.name() {
            values.is_ok_and(|values| values.iter().any(|token| self.is_of_first_version(token)))
        } else {
            values.is_ok_and(|values| !values.is_empty())
        };
        is_there.then(|| former.clear())
    }

    fn is_of_first_version(&self, token: &str) -> bool {
        let claims = self.auth.read_refresh_token(token);
        claims.is_some_and(|claims| claims.is_of_first_version)
    }

    /// The state of the running server. Without the fairing launch aborts, so that this fails in no
    /// running server.
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Result<&'r AuthState, AuthError> {
        request
            .rocket()
            .state::<AuthState>()
            .ok_or(AuthError::new(AuthErrorKind::Internal))
    }

    /// Where the request comes from.
    pub(crate) fn client(&self, request: &Request<'_>) -> ClientInfo {
        ClientInfo {
            ip: client_address::client(request, &self.auth.config().trusted_proxies, &self.logged_once),
            user_agent: request.headers().get_one("User-Agent").map(str::to_owned),
            request: Some(RequestId::of(request).clone()),
            language: language(request),
        }
    }

    /// Whether what the request says about itself was written by a proxy of ours.
    pub(super) fn comes_from_trusted_proxy(&self, request: &Request<'_>) -> bool {
        let trusted = &self.auth.config().trusted_proxies;
        !trusted.is_empty()
            && client_address::peer(request).is_some_and(|peer| trusted.iter().any(|range| range.contains(peer)))
    }
}

/// The client's first language, if it is written as one (RFC 9110 §12.5.4).
fn language(request: &Request<'_>) -> Option<String> {
    let header = request.headers().get_one("Accept-Language").unwrap_or_default();
    let first = header.split([',', ';']).next().unwrap_or_default().trim();
    let is_tag = (1..=35).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_tag.then(|| first.to_owned())
}

/// The route that a request was for, as it was declared.
pub(super) fn declared<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.route().map(|route| route.uri.as_str())
}

/// The `Set-Cookie`s that hand a pair of tokens to a browser.
pub(super) fn setting_cookies(state: &AuthState, pair: &TokenPair) -> Vec<String> {
    let access = || state.access_cookie.set(pair.access.expose(), pair.access_expires_in);
    std::iter::once(state.refresh_cookie.set(pair.refresh.expose(), pair.refresh_expires_in))
        .chain(state.auth.config().cookie.access.then(access))
        .collect()
}

/// The `Set-Cookie`s that take it back.
pub(super) fn clearing_cookies(state: &AuthState) -> Vec<String> {
    let access = state.auth.config().cookie.access.then(|| state.access_cookie.clear());
    std::iter::once(state.refresh_cookie.clear()).chain(access).collect()
}

// What a request is called in logs and events.

impl RequestId {
    /// The id of this request: made at its first use, or taken from the configured header of a
    /// trusted proxy.
    pub fn of<'r>(request: &'r Request<'_>) -> &'r RequestId {
        request.local_cache(|| given(request).unwrap_or_else(RequestId::random))
    }
}

/// What a trusted proxy calls the request. Two names are none: there is no telling which one the
/// proxy wrote.
fn given(request: &Request<'_>) -> Option<RequestId> {
    let state = AuthState::of(request).ok()?;
    let header = state.auth.config().request_id_header.as_deref()?;
    if !state.comes_from_trusted_proxy(request) {
        return None;
    }
    let mut values = request.headers().get(header);
    match (values.next(), values.next()) {
        (Some(only), None) => RequestId::parse(only),
        _ => None,
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for &'r RequestId {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<&'r RequestId, Infallible> {
        Outcome::Success(RequestId::of(request))
    }
}
