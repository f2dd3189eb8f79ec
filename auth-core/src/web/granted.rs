use std::any::type_name;
use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rocket::async_trait;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};

/// What a policy read to decide, handed to the handler, so that it is not read twice.
///
/// A policy that returns `Result<Granted<T>, Refusal>` lets the user in with the value. A handler
/// with the parameter `Granted<T>` gets that value.
///
/// ```
/// use auth_core::{Granted, Refusal, Role, User, require_role};
/// use rocket::{State, get};
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Editor }
/// # struct Db;
/// # impl Db { async fn report(&self, _: i32) -> Option<Report> { None } }
///
/// struct Report {
///     owner: String,
///     title: String,
/// }
///
/// async fn own_report(user: &User<AppRole>, id: i32, db: &State<Db>) -> Result<Granted<Report>, Refusal> {
///     match db.report(id).await {
///         Some(report) if report.owner == user.id().as_str() => Ok(Granted(report)),
///         _ => Err(Refusal::not_found("no_such_report", "There is no such report.")),
///     }
/// }
///
/// #[require_role(own_report(id))]
/// #[get("/reports/<id>")]
/// fn report(id: i32, report: Granted<Report>) -> String {
///     format!("{id}: {}", report.title)
/// }
/// ```
///
/// The guard gives only what a policy of the same route returned for this request, and only once.
/// Where the rule can let a user in without that policy, as `any(AppRole::Admin, own_report(id))`
/// does, take `Option<Granted<T>>`. Of two policies with one `T`, the handler gets the value of the
/// one that was called last: give each a type of its own.
///
/// # Errors
///
/// As a request guard: 500 where no policy returned a `T`. Rocket logs which type it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted<T>(pub T);

impl<T> Deref for Granted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// No policy of the route returned a value of the type that the handler takes.
pub struct NotGranted(&'static str);

impl fmt::Debug for NotGranted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(
            f,
            "no policy returned a `Granted<{name}>` for this request; where the rule can pass without it, take `Option<Granted<_>>`"
        )
    }
}

/// The value, and the route whose policy returned it.
struct Slot<T>(Mutex<Option<(usize, T)>>);

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot(Mutex::new(None))
    }
}

/// The route that the request is for now: after a forward it is another one.
fn route_of(request: &Request<'_>) -> usize {
    request.route().map_or(0, |route| std::ptr::from_ref(route).addr())
}

impl<T: Send + 'static> Granted<T> {
    /// Keeps the value for the handler.
    pub(super) fn keep(self, request: &Request<'_>) {
        let Slot(slot) = request.local_cache(Slot::<T>::default);
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((route_of(request), self.0));
    }
}

#[async_trait]
impl<'r, T: Send + 'static> FromRequest<'r> for Granted<T> {
    type Error = NotGranted;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Granted<T>, NotGranted> {
        let Slot(slot) = request.local_cache(Slot::<T>::default);
        let kept = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match kept {
            Some((route, value)) if route == route_of(request) => Outcome::Success(Granted(value)),
            _ => Outcome::Error((Status::InternalServerError, NotGranted(type_name::<T>()))),
        }
    }
}
