//! How tokens leave the server, and how cookies are taken back.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::{Deserialize, Serialize};

use super::state::{AuthState, clearing_cookies, setting_cookies};
use crate::session::TokenPair;

/// How a client gets its refresh token.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Delivery {
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

/// Adds them to an answer; what the first version set goes with it. Not through Rocket's jar: a
/// catcher would drop what was put there, and only this answer may set them.
pub(super) fn add_cookies(response: &mut Response<'_>, request: &Request<'_>, mut cookies: Vec<String>) {
    if !cookies.is_empty() {
        cookies.extend(
            AuthState::of(request)
                .ok()
                .and_then(|state| state.clear_former(request)),
        );
    }
    for cookie in cookies {
        response.adjoin_header(Header::new("Set-Cookie", cookie));
    }
}

/// A pair of tokens on its way to the client.
pub(super) struct Tokens {
    body: TokenBody,
    cookies: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl Tokens {
    pub(super) fn new(state: &AuthState, pair: TokenPair, delivery: Delivery) -> Tokens {
        let in_body = delivery == Delivery::Body;
        let cookies = if in_body {
            Vec::new()
        } else {
            setting_cookies(state, &pair)
        };
        let body = TokenBody {
            access_token: pair.access.expose().to_owned(),
            token_type: "Bearer",
            expires_in: pair.access_expires_in.as_secs(),
            refresh_token: in_body.then(|| pair.refresh.expose().to_owned()),
        };
        Tokens { body, cookies }
    }
}

impl<'r> Responder<'r, 'static> for Tokens {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = serde_json::to_string(&self.body).map_err(|_| Status::InternalServerError)?;
        let mut response = Response::build()
            .header(ContentType::JSON)
            .sized_body(body.len(), Cursor::new(body))
            .finalize();
        add_cookies(&mut response, request, self.cookies);
        Ok(response)
    }
}

/// The answer to a sign-out: nothing, and the cookies cleared.
pub(super) struct SignedOut {
    cookies: Vec<String>,
}

impl SignedOut {
    /// The answer that leaves the browser's cookies alone.
    pub(super) fn keeping_cookies() -> SignedOut {
        SignedOut { cookies: Vec::new() }
    }

    /// The answer that clears them.
    pub(super) fn new(state: &AuthState) -> SignedOut {
        SignedOut {
            cookies: clearing_cookies(state),
        }
    }
}

impl<'r> Responder<'r, 'static> for SignedOut {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build().status(Status::NoContent).finalize();
        add_cookies(&mut response, request, self.cookies);
        Ok(response)
    }
}
