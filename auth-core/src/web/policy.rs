//! Policies: functions of the application that a rule calls when the roles do not decide.

use std::fmt::Display;
use std::pin::Pin;

use rocket::State;
use rocket::http::Status;
use rocket::request::{FromParam, FromSegments, Request};

use super::asked_path::route_segments;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use super::granted::Granted;
use super::refusal::Refusal;

/// The answer of a policy, once it is there.
pub type PolicyFuture<'r> = Pin<Box<dyn Future<Output = Result<PolicyReply, PolicyFailure>> + Send + 'r>>;

/// What a policy says of a user.
#[derive(Debug)]
pub enum PolicyReply {
    /// The policy holds.
    Yes,
    /// It does not.
    No,
    /// It does not, and this is what the client gets if the rule refuses for it.
    Refused(AuthError),
}

impl From<bool> for PolicyReply {
    fn from(holds: bool) -> PolicyReply {
        if holds { PolicyReply::Yes } else { PolicyReply::No }
    }
}

/// Why a policy gave no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyFailure {
    /// A path parameter does not parse, so Rocket tries the next route.
    Forward(Status),
    /// The server refuses the request.
    Refused(AuthError),
    /// A guard of the application refused with this status, which stands.
    Guard(Status),
}

impl PolicyFailure {
    /// Writes the cause to the log, even if the rule's other terms decide the request, and returns
    /// the failure.
    pub(crate) fn logged(self, request: &Request<'_>) -> PolicyFailure {
        match self {
            PolicyFailure::Refused(refused) => PolicyFailure::Refused(refused.logged(request)),
            other => other,
        }
    }

    /// The failure to answer with when no term lets the user in. A forward comes before a refusal,
    /// as the request is for another route. Of two failures of one kind the first counts.
    pub(crate) fn more_telling(kept: Option<PolicyFailure>, failure: PolicyFailure) -> PolicyFailure {
        match (kept, failure) {
            (Some(PolicyFailure::Refused(_)), forward @ PolicyFailure::Forward(_)) => forward,
            (Some(kept), _) => kept,
            (None, failure) => failure,
        }
    }
}

/// The result of a policy: `bool`, `Result<bool, E>`, `Result<(), Refusal>` or
/// `Result<Granted<T>, Refusal>`.
///
/// The server logs an error `E`. An error counts as no answer, and never lets a user in. If the
/// rule's other terms leave the rule open, the server answers 503.
#[diagnostic::on_unimplemented(
    message = "a policy returns `bool`, `Result<bool, E>`, `Result<(), Refusal>` or `Result<Granted<T>, Refusal>`, not `{Self}`",
    label = "this policy returns something else",
    note = "`E` must implement `Display`: the server writes the error to the log, and answers 503"
)]
pub trait PolicyAnswer {
    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// [`PolicyFailure::Refused`] where the policy failed.
    #[doc(hidden)]
    fn answer(self, request: &Request<'_>) -> Result<PolicyReply, PolicyFailure>;
}

impl PolicyAnswer for bool {
    fn answer(self, _: &Request<'_>) -> Result<PolicyReply, PolicyFailure> {
        Ok(PolicyReply::from(self))
    }
}

impl<E: Display> PolicyAnswer for Result<bool, E> {
    fn answer(self, _: &Request<'_>) -> Result<PolicyReply, PolicyFailure> {
        self.map(PolicyReply::from).map_err(|problem| {
            let cause = format!("a policy failed: {problem}");
            PolicyFailure::Refused(AuthError::caused_by(AuthErrorKind::Unavailable, &cause))
        })
    }
}

impl PolicyAnswer for Result<(), Refusal> {
    fn answer(self, _: &Request<'_>) -> Result<PolicyReply, PolicyFailure> {
        match self.map_err(AuthError::from) {
            Ok(()) => Ok(PolicyReply::Yes),
            Err(own) if matches!(own.kind(), AuthErrorKind::Status(_)) => Ok(PolicyReply::Refused(own)),
            Err(failed) => Err(PolicyFailure::Refused(failed)),
        }
    }
}

impl<T: Send + 'static> PolicyAnswer for Result<Granted<T>, Refusal> {
    fn answer(self, request: &Request<'_>) -> Result<PolicyReply, PolicyFailure> {
        self.map(|granted| granted.keep(request)).answer(request)
    }
}

/// The path parameter at segment `index` of the route, counted as Rocket does.
///
/// # Errors
///
/// [`PolicyFailure::Forward`] where it does not parse, with the status that Rocket itself forwards
/// with.
pub fn segment<'r, T: FromParam<'r>>(request: &'r Request<'_>, index: usize) -> Result<T, PolicyFailure> {
    let text = route_segments(request, index).get(0);
    let text = text.ok_or(PolicyFailure::Refused(AuthError::new(AuthErrorKind::Internal)))?;
    T::from_param(text).map_err(|_| PolicyFailure::Forward(Status::UnprocessableEntity))
}

/// The trailing path parameter (`<path..>`) from segment `index` of the route on.
///
/// # Errors
///
/// [`PolicyFailure::Forward`] where it does not parse, with the status that Rocket itself forwards
/// with.
pub fn segments<'r, T: FromSegments<'r>>(request: &'r Request<'_>, index: usize) -> Result<T, PolicyFailure> {
    T::from_segments(route_segments(request, index)).map_err(|_| PolicyFailure::Forward(Status::UnprocessableEntity))
}

/// What a policy takes last: the request, or what the application gave to Rocket's `manage`.
#[diagnostic::on_unimplemented(
    message = "a policy takes `&Request<'_>` or `&State<T>` last, not `{Self}`",
    label = "the last parameter of this policy is something else",
    note = "write `async fn(&User<YourRole>, T…, &Request<'_>)` or `async fn(&User<YourRole>, T…, &State<Db>)`"
)]
pub trait PolicyContext<'r, 'q>: Sized {
    /// It, from the request.
    ///
    /// # Errors
    ///
    /// [`PolicyFailure::Refused`] where the application manages no such state.
    #[doc(hidden)]
    fn of(request: &'r Request<'q>) -> Result<Self, PolicyFailure>;
}

impl<'r, 'q> PolicyContext<'r, 'q> for &'r Request<'q> {
    fn of(request: &'r Request<'q>) -> Result<Self, PolicyFailure> {
        Ok(request)
    }
}

impl<'r, T: Send + Sync + 'static> PolicyContext<'r, '_> for &'r State<T> {
    fn of(request: &'r Request<'_>) -> Result<Self, PolicyFailure> {
        State::get(request.rocket()).ok_or_else(|| {
            let name = std::any::type_name::<T>();
            let cause =
                format!("a policy takes `&State<{name}>`, which is not managed: add `.manage(…)` to the rocket");
            PolicyFailure::Refused(AuthError::caused_by(AuthErrorKind::Internal, &cause))
        })
    }
}

/// The last argument of a policy.
///
/// # Errors
///
/// See [`PolicyContext::of`].
pub fn context<'r, 'q, C: PolicyContext<'r, 'q>>(request: &'r Request<'q>) -> Result<C, PolicyFailure> {
    C::of(request)
}
