//! The setting `auth.sessions.refresh_pages`: a browser that asks for a page with a dead access
//! cookie and a live refresh cookie gets the page, and new cookies.

use rocket::http::{Header, Method};
use rocket::request::Request;
use rocket::response::Response;

use super::authenticate::{RefreshCookies, identify_as};
use super::catchers::{NOT_KEPT, prefers_html};
use super::csrf;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use super::responses::add_cookies;
use super::state::{AuthState, setting_cookies};
use crate::session::Identity;

/// The `Set-Cookie`s of the refresh that this request made.
#[derive(Default)]
struct NewCookies(Vec<String>);

/// Refreshes within the request where that is turned on, the request is for a page, and its access
/// cookie is dead. Afterwards the request has the identity of the new token.
pub(crate) async fn refresh_page(request: &Request<'_>) {
    let Ok(state) = AuthState::of(request) else { return };
    if state.auth.config().sessions.refresh_pages && is_for_page(request) {
        identify_as(request, async |dead| match dead.kind() {
            AuthErrorKind::MissingToken | AuthErrorKind::TokenExpired | AuthErrorKind::TokenStale => {
                refreshed(state, request).await.unwrap_or(Err(dead))
            }
            _ => Err(dead),
        })
        .await;
    }
}

/// Adds the cookies of [`refresh_page`] to each answer, also to a refusal: the former refresh token
/// is used.
pub(super) fn add_new_cookies(state: &AuthState, request: &Request<'_>, response: &mut Response<'_>) {
    if !state.auth.config().sessions.refresh_pages {
        return;
    }
    let NewCookies(cookies) = request.local_cache(NewCookies::default);
    // A handler that signs a user in or out by itself has set them already.
    let name = format!("{}=", state.refresh_cookie.name());
    let is_set = response
        .headers()
        .get("Set-Cookie")
        .any(|cookie| cookie.starts_with(&name));
    if !cookies.is_empty() && !is_set {
        add_cookies(response, request, cookies.clone());
        response.set_header(Header::new("Cache-Control", NOT_KEPT));
    }
}

/// Whether a browser asks for a page, with cookies as its only credential. Fetch Metadata says so,
/// or in browsers without it `Accept`.
fn is_for_page(request: &Request<'_>) -> bool {
    let headers = request.headers();
    request.method() == Method::Get
        && !csrf::changes_state(request)
        && !headers.contains("Authorization")
        && match headers.get_one("Sec-Fetch-Mode") {
            Some(mode) => mode == "navigate",
            None => prefers_html(request),
        }
}

/// The identity after a refresh; `None` without one refresh cookie.
async fn refreshed(state: &AuthState, request: &Request<'_>) -> Option<Result<Identity, AuthError>> {
    let cookies = RefreshCookies::of_page(request).ok()?;
    let token = cookies.one().ok()??;
    let verified = match state.auth.refresh(token, &state.client(request)).await {
        Ok(pair) => {
            request.local_cache(|| NewCookies(setting_cookies(state, &pair)));
            state.auth.verify_access(pair.access.expose())
        }
        Err(refused) => Err(refused),
    };
    Some(verified.map_err(AuthError::from))
}
