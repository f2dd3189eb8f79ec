//! Bodies of the endpoints: small, JSON, exactly what is expected, and never in a log.

use std::time::Duration;

use rocket::async_trait;
use rocket::data::{ByteUnit, Data, FromData, Outcome};
use rocket::request::Request;
use serde::de::DeserializeOwned;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::error::{AuthError, Kind};
use super::unread;

/// The largest body, in bytes.
const MAX_BODY_BYTES: u64 = 4096;

/// How long a body may take to arrive. Rocket itself waits for ever.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A body that must be there.
///
/// Rocket's `Json` accepts other content types and logs what it could not parse, which for a sign-in is the password.
pub(crate) struct Body<T>(pub(crate) T);

/// A body that may be missing.
pub(crate) struct OptionalBody<T>(pub(crate) Option<T>);

/// A body that is used where it can be: whatever is wrong with it, it counts as missing.
pub(crate) struct LenientBody<T>(pub(crate) Option<T>);

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for Body<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Body<T>> {
        let parsed = match read(request, data).await {
            Ok(bytes) => parse(request, &bytes).map(Body),
            Err(refused) => Err(refused),
        };
        outcome(request, parsed)
    }
}

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for OptionalBody<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, OptionalBody<T>> {
        let parsed = match read(request, data).await {
            Ok(bytes) if bytes.is_empty() => Ok(OptionalBody(None)),
            Ok(bytes) => parse(request, &bytes).map(|body| OptionalBody(Some(body))),
            Err(refused) => Err(refused),
        };
        outcome(request, parsed)
    }
}

#[async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for LenientBody<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, LenientBody<T>> {
        let bytes = read(request, data).await.ok();
        outcome(
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
        Err(_) => Err(AuthError::new(Kind::Timeout)),
        Ok(Err(_)) => Err(AuthError::new(Kind::BadRequest)),
        Ok(Ok(_)) if bytes.len() as u64 > MAX_BODY_BYTES => {
            unread::drain_stream(request, stream).await;
            Err(AuthError::new(Kind::TooLarge))
        }
        Ok(Ok(_)) => {
            unread::mark_read(request);
            Ok(bytes)
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(request: &Request<'_>, bytes: &[u8]) -> Result<T, AuthError> {
    if !request.content_type().is_some_and(|kind| kind.is_json()) {
        return Err(AuthError::new(Kind::UnsupportedMediaType));
    }
    // Serde would take the items of an array for the fields by position.
    let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    // The error of the parser may quote the body: it goes nowhere.
    let parsed = if is_object {
        serde_json::from_slice(bytes).ok()
    } else {
        None
    };
    parsed.ok_or(AuthError::new(Kind::InvalidRequest))
}

fn outcome<'r, T: FromData<'r, Error = AuthError>>(
    request: &Request<'_>,
    parsed: Result<T, AuthError>,
) -> Outcome<'r, T> {
    match parsed {
        Ok(body) => Outcome::Success(body),
        Err(refused) => {
            refused.record(request);
            Outcome::Error((refused.status(), refused))
        }
    }
}
