//! Policies: functions of the application that a rule asks when the roles do not decide.

use std::fmt::Display;
use std::pin::Pin;

use rocket::http::Status;
use rocket::request::{FromParam, FromSegments, Request};

use super::error::{AuthError, Kind};

/// The answer of a policy, once it is there.
pub type PolicyFuture<'r> = Pin<Box<dyn Future<Output = Result<bool, PolicyFailure>> + Send + 'r>>;

/// Why a policy gave no answer.
#[derive(Debug)]
pub enum PolicyFailure {
    /// A path parameter could not be parsed: the request is for another route, as Rocket would have it.
    Forward(Status),
    /// The request is refused.
    Refused(AuthError),
}

/// What a policy may return: `bool`, or `Result<bool, E>` whose error is logged and answered with 503, never a pass.
#[diagnostic::on_unimplemented(
    message = "a policy returns `bool` or `Result<bool, E>`, not `{Self}`",
    label = "this policy returns something else",
    note = "`E` must implement `Display`: the error is written to the log, and the request answered with 503"
)]
pub trait PolicyAnswer {
    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// [`PolicyFailure::Refused`] where the policy failed.
    fn answer(self) -> Result<bool, PolicyFailure>;
}

impl PolicyAnswer for bool {
    fn answer(self) -> Result<bool, PolicyFailure> {
        Ok(self)
    }
}

impl<E: Display> PolicyAnswer for Result<bool, E> {
    fn answer(self) -> Result<bool, PolicyFailure> {
        self.map_err(|problem| {
            let cause = format!("a policy failed: {problem}");
            PolicyFailure::Refused(AuthError::caused_by(Kind::Unavailable, &cause))
        })
    }
}

/// The path parameter at segment `index` of the route, counted as Rocket does.
///
/// # Errors
///
/// [`PolicyFailure::Forward`] where it does not parse, with the status that Rocket itself forwards with.
pub fn segment<'r, T: FromParam<'r>>(request: &'r Request<'_>, index: usize) -> Result<T, PolicyFailure> {
    match request.param(index) {
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) => Err(PolicyFailure::Forward(Status::UnprocessableEntity)),
        None => Err(PolicyFailure::Refused(AuthError::new(Kind::Internal))),
    }
}

/// The trailing path parameter (`<path..>`) from segment `index` of the route on.
///
/// # Errors
///
/// [`PolicyFailure::Forward`] where it does not parse, with the status that Rocket itself forwards with.
pub fn segments<'r, T: FromSegments<'r>>(request: &'r Request<'_>, index: usize) -> Result<T, PolicyFailure> {
    request
        .segments(index..)
        .map_err(|_| PolicyFailure::Forward(Status::UnprocessableEntity))
}
