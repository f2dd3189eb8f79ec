//! Forms for people without JavaScript: to sign in, to go on and to sign out. They lie beside the
//! library's endpoints, so the browser sends the refresh cookie under any `auth.cookie.path`.

use auth_core::session::{ClientInfo, Credentials};
use auth_core::{
    Auth, AuthError, Config, SameOriginForm, SecretString, SetTokenCookies, TimedForm, User, authenticated, public,
};
use rocket::form::FromForm;
use rocket::response::Redirect;
use rocket::{State, post, uri};

use crate::answer::{Answer, signed_in};
use crate::dashboard;
use crate::notice::Notice;
use crate::role::AppRole;

/// What one signs in with.
#[derive(FromForm)]
pub struct SignIn<'r> {
    email: &'r str,
    password: &'r str,
}

/// Signs in and leads to the dashboard.
///
/// # Errors
///
/// 403 for a form of another site, 408 for one that does not arrive, 422 for another form, 503.
#[public("a form to sign in with")]
#[post("/form/sign-in", data = "<form>")]
pub async fn sign_in(
    auth: &State<Auth>,
    client: ClientInfo,
    own: SameOriginForm<'_>,
    // Not Rocket's `Form`, which logs one that it cannot read, and the password with it.
    form: TimedForm<SignIn<'_>>,
) -> Result<Answer, AuthError> {
    if !dashboard_opens(auth.config()) {
        return Ok(to_page(Notice::NoAccessCookie));
    }
    let credentials = Credentials::new(form.email, SecretString::new(form.password));
    let begun = auth
        .login_with_password(credentials, &client, own.refresh_token())
        .await;
    signed_in(auth, begun, to_dashboard(), "/")
}

/// Goes on with the session of the refresh cookie: the access cookie has expired.
///
/// # Errors
///
/// 403 for a form of another site, 503.
#[public("a refresh token is its own credential")]
#[post("/form/continue")]
pub async fn go_on(auth: &State<Auth>, client: ClientInfo, own: SameOriginForm<'_>) -> Result<Answer, AuthError> {
    if !dashboard_opens(auth.config()) {
        return Ok(to_page(Notice::NoAccessCookie));
    }
    let Some(token) = own.refresh_token() else {
        return Ok(to_page(Notice::SessionOver));
    };
    signed_in(auth, auth.refresh(token, &client).await, to_dashboard(), "/")
}

/// Ends this browser's session.
///
/// # Errors
///
/// 400 for cookies of several sessions, 403 for a form of another site, 503.
#[public("a client without a session is already signed out")]
#[post("/form/sign-out")]
pub async fn sign_out(
    auth: &State<Auth>,
    client: ClientInfo,
    own: SameOriginForm<'_>,
) -> Result<SetTokenCookies<Redirect>, AuthError> {
    auth.logout(&own.sign_out(), &client).await?;
    Ok(signed_out(auth))
}

/// Ends every session of the user.
///
/// # Errors
///
/// 401 without a good access cookie, 403 for a form of another site, 503.
#[authenticated]
#[post("/form/sign-out-everywhere")]
pub async fn sign_out_everywhere(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
) -> Result<SetTokenCookies<Redirect>, AuthError> {
    auth.logout_all(user.id(), &client).await?;
    Ok(signed_out(auth))
}

/// Whether a sign-in opens the dashboard, as the repository's `Rocket.toml` has it.
pub fn dashboard_opens(config: &Config) -> bool {
    config.cookie.access && config.reads_access_cookie()
}

fn signed_out(auth: &Auth) -> SetTokenCookies<Redirect> {
    SetTokenCookies::signed_out(auth, Notice::SignedOut.on("/"))
}

fn to_page(notice: Notice) -> Answer {
    Answer::Leads(notice.on("/"))
}

fn to_dashboard() -> Redirect {
    Redirect::to(uri!(dashboard::dashboard))
}
