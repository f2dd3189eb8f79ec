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

impl PolicyFailure {
    /// The same, once its cause is in the log. A policy that failed is worth a line whatever the other terms say.
    pub(crate) fn logged(self, request: &Request<'_>) -> PolicyFailure {
        match self {
            PolicyFailure::Refused(refused) => PolicyFailure::Refused(refused.logged(request)),
            forward @ PolicyFailure::Forward(_) => forward,
        }
    }

    /// The one that is answered if nothing lets the user in: a request for another route is for another route whatever else
    /// failed. Of two failures of one kind it is the first.
    pub(crate) fn more_telling(kept: Option<PolicyFailure>, failure: PolicyFailure) -> PolicyFailure {
        match (kept, failure) {
            (Some(PolicyFailure::Refused(_)), forward @ PolicyFailure::Forward(_)) => forward,
            (Some(kept), _) => kept,
            (None, failure) => failure,
        }
    }
}

/// What a policy may return: `bool`, or `Result<bool, E>`. An error is logged. It counts as no answer, and never lets a user in: where
/// the rule's other terms leave the rule open, the request is answered with 503.
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
