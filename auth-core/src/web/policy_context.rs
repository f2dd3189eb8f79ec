use rocket::State;
use rocket::request::Request;

use super::authorize::PolicyFailure;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;

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
