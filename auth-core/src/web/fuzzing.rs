//! The readers of headers and bodies, for `__internal::fuzzing`; nothing is decided here.

use std::net::IpAddr;

use rocket::request::Request;

use super::authenticate::RefreshCookies;
use super::cookies::CookieSpec;
use super::endpoints::{LoginBody, PasswordBody, RefreshBody};
use super::error::AuthError;
use super::responses::Delivery;
use super::{authenticate, catchers, client_address, csrf, endpoints};
use crate::config::Config;
use crate::password::{WeakPassword, check_plainly_of};
use crate::secret::SecretString;
use crate::session::Identity;

/// The values of the refresh cookie.
pub fn refresh_cookie_values<'r>(config: &Config, request: &'r Request<'_>) -> Result<Vec<&'r str>, AuthError> {
    CookieSpec::refresh(config).values(request)
}

/// The values of the access cookie.
pub fn access_cookie_values<'r>(config: &Config, request: &'r Request<'_>) -> Result<Vec<&'r str>, AuthError> {
    CookieSpec::access(config).values(request)
}

/// The one refresh token that a request carries in cookies.
pub fn refresh_token<'r>(request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    RefreshCookies::of(request)?.one()
}

/// The token of the `Authorization` header.
pub fn bearer<'r>(request: &'r Request<'_>) -> Result<Option<&'r str>, AuthError> {
    authenticate::bearer(request)
}

/// Who a request comes from.
pub fn identity<'r>(request: &'r Request<'_>) -> &'r Result<Identity, AuthError> {
    authenticate::identify(request)
}

/// The address of a request's client.
pub fn client_address(request: &Request<'_>, config: &Config) -> Option<IpAddr> {
    client_address::client(request, &config.trusted_proxies, &client_address::LoggedOnce::default())
}

/// Whether a client prefers a page to JSON.
pub fn prefers_html(request: &Request<'_>) -> bool {
    catchers::prefers_html(request)
}

/// What is judged of a new password on the threads that serve requests.
pub fn check_plainly(password: &str, email: &str) -> Result<(), WeakPassword> {
    check_plainly_of(password, email)
}

/// Whether a request may change state.
pub fn changes_state(request: &Request<'_>) -> bool {
    csrf::changes_state(request)
}

/// Whether a request asks for a WebSocket.
pub fn is_websocket_upgrade(request: &Request<'_>) -> bool {
    csrf::is_websocket_upgrade(request)
}

/// Whether a request comes from a page of ours, from one of an allowed origin, or from no browser.
pub fn is_allowed_origin(request: &Request<'_>, allowed_origins: &[String]) -> bool {
    csrf::is_allowed_origin(request, allowed_origins)
}

/// The body of a sign-in: e-mail, password, and whether the tokens shall stand in the answer's
/// body.
pub fn login_body(request: &Request<'_>, bytes: &[u8]) -> Result<(String, SecretString, bool), AuthError> {
    let body: LoginBody = endpoints::parse(request, bytes)?;
    Ok((body.email, body.password, body.delivery == Delivery::Body))
}

/// The body of a refresh.
pub fn refresh_body(request: &Request<'_>, bytes: &[u8]) -> Result<Option<SecretString>, AuthError> {
    let body: RefreshBody = endpoints::parse(request, bytes)?;
    Ok(body.refresh_token)
}

/// The body of a change of password: the current one and the new one.
pub fn password_body(request: &Request<'_>, bytes: &[u8]) -> Result<(SecretString, SecretString), AuthError> {
    let body: PasswordBody = endpoints::parse(request, bytes)?;
    Ok((body.current_password, body.new_password))
}
