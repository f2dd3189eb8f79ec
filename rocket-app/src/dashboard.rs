//! The page for people without JavaScript: guarded by the access cookie. Its forms are judged by where they come from
//! (CSRF) before anything else, as every request is that changes something and carries a cookie.

use askama::Template;
use auth_core::secret::SecretString;
use auth_core::session::ClientInfo;
use auth_core::store::Session;
use auth_core::{Auth, AuthError, Role, SessionId, SetTokenCookies, TimedForm, User, authenticated, require_role};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, State, get, post};

use crate::notice::{Notice, Said};
use crate::page::{Page, base};
use crate::people::{self, NotChanged, Person};
use crate::reports::Reports;
use crate::role::AppRole;

/// What the page shows.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct Dashboard {
    notice: &'static str,
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
pub async fn dashboard(
    auth: &State<Auth>,
    reports: &State<Reports>,
    user: &User<AppRole>,
    said: Said,
) -> Result<Page<Dashboard>, Either<AuthError, Status>> {
    let refused = |error: auth_core::session::SessionError| Either::Left(error.into());
    let account = auth.account(user.id()).await.map_err(refused)?;
    let sessions = auth.sessions(user.id()).await.map_err(refused)?;
    let may_administer = user.has(AppRole::Admin);
    let users = if may_administer {
        let people = reports.people().await;
        people.map_err(|_| Either::Right(Status::ServiceUnavailable))?
    } else {
        Vec::new()
    };
    Ok(Page(Dashboard {
        notice: said.0,
        forms: base(auth.config()).to_owned(),
        email: account.email,
        roles: user.roles().map(Role::name).collect(),
        sessions: sessions.into_iter().map(|session| row(session, user)).collect(),
        may_edit: user.has(AppRole::Editor),
        may_administer,
        users,
        all_roles: AppRole::NAMES,
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
    let ended = auth.end_session(user.identity(), id, &client).await;
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
) -> Result<Either<SetTokenCookies<Redirect>, Redirect>, AuthError> {
    let (current, new) = (SecretString::new(form.current), SecretString::new(form.new));
    match auth.change_password(user.identity(), current, new, &client).await {
        Ok(pair) => {
            let done = back(Notice::PasswordChanged);
            Ok(Either::Left(SetTokenCookies::signed_in(auth, &pair, done)))
        }
        Err(error) => {
            let refused = AuthError::from(error);
            let excuse = Notice::of(&refused).map(|notice| Either::Right(back(notice)));
            excuse.ok_or(refused)
        }
    }
}

/// The roles that are ticked.
#[derive(FromForm)]
pub struct TickedRoles {
    roles: Vec<String>,
}

/// Replaces a user's roles.
///
/// # Errors
///
/// 408 for a form that does not arrive, 422 for another form, 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/roles", data = "<form>")]
pub async fn set_roles(
    auth: &State<Auth>,
    admin: &User<AppRole>,
    id: &str,
    form: TimedForm<TickedRoles>,
) -> Result<Redirect, Either<AuthError, Status>> {
    let changed = people::set_roles(auth, admin, id, &form.roles).await;
    changed.map_or_else(excused, |()| Ok(back(Notice::RolesChanged)))
}

/// Disables a user.
///
/// # Errors
///
/// 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/disable")]
pub async fn disable(
    auth: &State<Auth>,
    admin: &User<AppRole>,
    id: &str,
) -> Result<Redirect, Either<AuthError, Status>> {
    let changed = people::disable(auth, admin, id).await;
    changed.map_or_else(excused, |()| Ok(back(Notice::UserDisabled)))
}

fn excused(problem: NotChanged) -> Result<Redirect, Either<AuthError, Status>> {
    match problem {
        NotChanged::Unknown | NotChanged::Impossible => Ok(back(Notice::NotPossible)),
        NotChanged::Refused(refused) => Err(Either::Left(refused)),
    }
}

fn back(notice: Notice) -> Redirect {
    notice.on("/dashboard")
}

fn row(session: Session, user: &User<AppRole>) -> SessionRow {
    SessionRow {
        id: session.id,
        created: session.created_at.to_string(),
        last_used: session.head_at.to_string(),
        current: session.id == user.session_id(),
        ip: session.ip.unwrap_or_default(),
        user_agent: session.user_agent.unwrap_or_else(|| "unknown".to_owned()),
    }
}
