//! For an application's own HTML forms: pages that work without JavaScript.

use std::any::type_name;
use std::ops::{Deref, DerefMut};

use rocket::data::{self, Data, FromData};
use rocket::form::{Form, FromForm};
use rocket::http::Method;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder};
use rocket::{Ignite, Rocket, Sentinel, async_trait};
use tokio::time::timeout;

use super::authenticate::RefreshCookies;
use super::authorize::abort_without_roles;
use super::endpoints::READ_TIMEOUT;
use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::responses::add_cookies;
use super::state::{AuthState, clearing_cookies, setting_cookies};
use super::unread_body;
use crate::session::{Auth, ClientInfo, LogoutCredentials, TokenPair};

/// A form sent from one of our own pages, with the cookies that came along.
///
/// The guard of a handler that signs in, refreshes or signs out by a form. A form from another site
/// is refused with 403 `csrf_rejected`, with or without cookies: it would sign the browser's user
/// in to another account. Handlers with `#[authenticated]` or `#[require_role(…)]` do not need it:
/// they check their access cookie in the same way.
///
/// ```
/// use auth_core::SecretString;
/// use auth_core::session::{ClientInfo, Credentials};
/// use auth_core::{Auth, AuthError, SameOriginForm, TimedForm, SetTokenCookies, public};
/// use rocket::form::FromForm;
/// use rocket::response::Redirect;
/// use rocket::{State, post};
///
/// #[derive(FromForm)]
/// struct SignIn<'r> {
///     email: &'r str,
///     password: &'r str,
/// }
///
/// #[public("a form to sign in with")]
/// #[post("/sign-in", data = "<form>")]
/// async fn sign_in(
///     auth: &State<Auth>,
///     client: ClientInfo,
///     own: SameOriginForm<'_>,
///     form: TimedForm<SignIn<'_>>,
/// ) -> Result<SetTokenCookies<Redirect>, AuthError> {
///     let credentials = Credentials::new(form.email, SecretString::new(form.password));
///     let pair = auth.login_with_password(credentials, &client, own.refresh_token()).await?;
///     Ok(SetTokenCookies::signed_in(auth, &pair, Redirect::to("/")))
/// }
/// ```
pub struct SameOriginForm<'r> {
    refresh: RefreshCookies<'r>,
    access: Vec<&'r str>,
}

impl<'r> SameOriginForm<'r> {
    fn of(request: &'r Request<'_>) -> Result<SameOriginForm<'r>, AuthError> {
        let state = AuthState::of(request)?;
        state.require_same_origin(request)?;
        Ok(SameOriginForm {
            refresh: RefreshCookies::of(request)?,
            access: state.access_cookie.values(request)?,
        })
    }

    /// The refresh cookie's token: of two the one that verifies, or none. With a narrow
    /// `auth.cookie.path` the form must lie below it.
    pub fn refresh_token(&self) -> Option<&'r str> {
        self.refresh.one().ok().flatten()
    }

    /// The tokens whose session a sign-out by this form ends.
    pub fn sign_out(&self) -> LogoutCredentials<'r> {
        LogoutCredentials {
            bearer: None,
            refresh: self.refresh.values.clone(),
            access_cookies: self.access.clone(),
        }
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for SameOriginForm<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<SameOriginForm<'r>, AuthError> {
        outcome(request, SameOriginForm::of(request))
    }
}

impl Sentinel for SameOriginForm<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_without_roles(rocket, None, type_name::<SameOriginForm<'_>>())
    }
}

/// A form whose body has five seconds to arrive, as the endpoints' bodies have.
///
/// Rocket's [`Form`] waits for ever, so a client that sends half a form holds the handler. This
/// guard reads the same forms with the same limits, and gives up with 408 `request_timeout`. A form
/// that does not fit is refused with Rocket's status. No error message holds its values.
///
/// It dereferences to `T`, as `Form` does. See [`SameOriginForm`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimedForm<T>(pub T);

impl<T> TimedForm<T> {
    /// The form itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for TimedForm<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for TimedForm<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

#[async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for TimedForm<T> {
    type Error = AuthError;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, TimedForm<T>> {
        let refused = match timeout(READ_TIMEOUT, Form::<T>::from_data(request, data)).await {
            Ok(data::Outcome::Success(form)) => {
                unread_body::mark_read(request);
                return data::Outcome::Success(TimedForm(form.into_inner()));
            }
            Ok(data::Outcome::Forward(forward)) => return data::Outcome::Forward(forward),
            // The errors hold what was typed: they go nowhere.
            Ok(data::Outcome::Error((status, _))) => AuthError::from_status(status),
            Err(_) => AuthError::new(AuthErrorKind::Timeout),
        };
        refused.record(request);
        data::Outcome::Error((refused.status(), refused))
    }
}

/// Makes a form that Rocket took for a HEAD, by its field `_method`, the POST again that it was.
///
/// Hyper knows the request as a POST and drops the connection when the answer's body is missing. A
/// HEAD with such a body is taken for the form as well, since nothing tells the two apart.
pub(super) async fn undo_head(request: &mut Request<'_>, data: &mut Data<'_>) {
    if request.method() != Method::Head {
        return;
    }
    let is_form = request.content_type().is_some_and(|kind| kind.is_form());
    if is_form && names_a_method(data.peek(REWRITTEN.len()).await) {
        request.set_method(Method::Post);
    }
}

/// The longest beginning of a form that Rocket reads for a method.
const REWRITTEN: &[u8] = b"_method=delete";

fn names_a_method(beginning: &[u8]) -> bool {
    let form = std::str::from_utf8(beginning).unwrap_or_default();
    Form::values(form).next().is_some_and(|field| field.name == "_method")
}

/// Where a request comes from, for the verbs of [`Auth`]: the peer's address, or what a trusted
/// proxy says.
#[async_trait]
impl<'r> FromRequest<'r> for ClientInfo {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<ClientInfo, AuthError> {
        outcome(request, AuthState::of(request).map(|state| state.client(request)))
    }
}

impl Sentinel for ClientInfo {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_without_roles(rocket, None, type_name::<ClientInfo>())
    }
}

/// An answer that sets or clears the cookies of a session as well, as the endpoints do.
pub struct SetTokenCookies<R> {
    answer: R,
    cookies: Vec<String>,
}

impl<R> SetTokenCookies<R> {
    /// `answer`, and the cookies of a session that began or was refreshed: the refresh cookie, and
    /// with `auth.cookie.access` the access cookie.
    pub fn signed_in(auth: &Auth, pair: &TokenPair, answer: R) -> SetTokenCookies<R> {
        let cookies = setting_cookies(&AuthState::new(auth.clone()), pair);
        SetTokenCookies { answer, cookies }
    }

    /// `answer`, and the cookies cleared.
    pub fn signed_out(auth: &Auth, answer: R) -> SetTokenCookies<R> {
        let cookies = clearing_cookies(&AuthState::new(auth.clone()));
        SetTokenCookies { answer, cookies }
    }
}

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for SetTokenCookies<R> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let mut response = self.answer.respond_to(request)?;
        add_cookies(&mut response, request, self.cookies);
        Ok(response)
    }
}
