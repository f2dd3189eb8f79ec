//! What a request is called in logs and events.

use std::convert::Infallible;

use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};

use super::state::Web;
use crate::audit::RequestId;

impl RequestId {
    /// The id of this request: made when it is first asked for, or taken from the header that is configured and trusted.
    pub fn of<'r>(request: &'r Request<'_>) -> &'r RequestId {
        request.local_cache(|| given(request).unwrap_or_else(RequestId::random))
    }
}

/// What a trusted proxy calls the request. Two names are none: there is no telling which one the proxy wrote.
fn given(request: &Request<'_>) -> Option<RequestId> {
    let web = Web::of(request).ok()?;
    let header = web.auth.config().request_id_header.as_deref()?;
    if !web.comes_from_trusted_proxy(request) {
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
