//! The page for people without JavaScript: guarded by the access cookie. Its forms are judged by
//! where they come from (CSRF) before anything else, as every request is that changes something and
//! carries a cookie.

use askama::Template;
use auth_core::config::{FlowsConfig, SignUp};
use auth_core::session::{ClientInfo, Session};
use auth_core::{Auth, AuthError, Role, SecretString, SessionId, TimedForm, User, authenticated};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, State, get, post};

use crate::answer::{self, Answer};
use crate::notice::{Notice, Said};
use crate::page::{Page, base, offers_factors};
use crate::people::{self, Person};
use crate::role::AppRole;

/// What the page shows.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct Dashboard {
    notice: &'static str,
    /// A link that an admin made, shown this once.
    link: Option<SecretString>,
    /// Where the forms to sign out are.
    forms: String,
    email: String,
    roles: Vec<&'static str>,
    sessions: Vec<SessionRow>,
    may_edit: bool,
    may_administer: bool,
    /// For admins.
    users: Vec<Person>,
    all_roles: &'static [&'static str],
    /// Which account pages there are.
    flows: FlowsConfig,
    may_invite: bool,
    offers_factors: bool,
}

struct SessionRow {
    id: SessionId,
    created: String,
    last_used: String,
    ip: String,
    user_agent: String,
    current: bool,
}

/// Who am I, and where am I signed in? For an admin also: who is there?
///
/// # Errors
///
/// 401 when the account is gone, 503 when something cannot be read.
#[authenticated]
#[get("/dashboard")]
pub async fn dashboard(auth: &State<Auth>, user: &User<AppRole>, said: Said) -> Result<Page<Dashboard>, AuthError> {
    render(auth, user, said.text(), None).await
}

/// The page of a user, with a notice, and with a link that is shown this once.
///
/// # Errors
///
/// As those of [`dashboard`].
pub async fn render(
    auth: &Auth,
    user: &User<AppRole>,
    notice: &'static str,
    link: Option<SecretString>,
) -> Result<Page<Dashboard>, AuthError> {
    let account = auth.accounts().enabled(user.id()).await?;
    let sessions = auth.sessions().list(user.id()).await?;
    let may_administer = user.has(AppRole::Admin);
    let users = if may_administer {
        people::list(auth).await?
    } else {
        Vec::new()
    };
    Ok(Page(Dashboard {
        notice,
        link,
        forms: base(auth.config()).to_owned(),
        email: account.email,
        roles: user.roles().map(Role::name).collect(),
        sessions: sessions.into_iter().map(|session| row(session, user)).collect(),
        may_edit: user.has(AppRole::Editor),
        may_administer,
        users,
        all_roles: AppRole::NAMES,
        flows: auth.config().flows.clone(),
        may_invite: auth.config().flows.sign_up != SignUp::Off,
        offers_factors: offers_factors(auth.config()),
    }))
}

/// Ends one of the user's sessions.
///
/// # Errors
///
/// 404 for a session that is not the user's, 503.
#[authenticated]
#[post("/dashboard/sessions/<id>")]
pub async fn end_session(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    id: &str,
) -> Result<Redirect, Either<AuthError, Status>> {
    let id = id.parse().map_err(|_| Either::Right(Status::NotFound))?;
    let ended = auth.sessions().end(user.identity(), id, &client).await;
    ended.map_err(|error| Either::Left(error.into()))?;
    Ok(back(Notice::SessionEnded))
}

/// The two passwords of a change.
#[derive(FromForm)]
pub struct Passwords<'r> {
    current: &'r str,
    new: &'r str,
}

/// Changes the password; the user's other sessions end, and this one goes on with new cookies.
///
/// # Errors
///
/// 408 for a form that does not arrive, 422 for another form, 503.
#[authenticated]
#[post("/dashboard/password", data = "<form>")]
pub async fn password(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    // Not Rocket's `Form`, which logs one that it cannot read, and the passwords with it.
    form: TimedForm<Passwords<'_>>,
) -> Result<Answer, AuthError> {
    let (current, new) = (SecretString::new(form.current), SecretString::new(form.new));
    let changed = auth.change_password(user.identity(), current, new, &client).await;
    answer::signed_in(auth, changed, back(Notice::PasswordChanged), "/dashboard")
}

fn back(notice: Notice) -> Redirect {
    notice.on("/dashboard")
}

fn row(session: Session, user: &User<AppRole>) -> SessionRow {
    SessionRow {
        id: session.id,
        created: session.created_at.to_string(),
        last_used: session.current_since.to_string(),
        current: session.id == user.session_id(),
        ip: session.ip.unwrap_or_default(),
        user_agent: session.user_agent.unwrap_or_else(|| "unknown".to_owned()),
    }
}
