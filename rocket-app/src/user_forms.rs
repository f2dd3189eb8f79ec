//! The dashboard's forms for admins, who change other users without JavaScript.

use auth_core::session::ClientInfo;
use auth_core::{Auth, AuthError, SecretString, TimedForm, User, require_role};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, State, post};

use crate::dashboard::{Dashboard, render};
use crate::made_for::prove;
use crate::notice::Notice;
use crate::page::Page;
use crate::people::{NotChanged, People};
use crate::role::AppRole;

/// Back to the dashboard, or a refusal.
type Answer = Result<Redirect, Either<AuthError, Status>>;

/// The dashboard with a link that is shown this once; otherwise as [`Answer`].
type LinkAnswer = Result<Either<Page<Dashboard>, Redirect>, Either<AuthError, Status>>;

/// A user to add.
#[derive(FromForm)]
pub struct NewUser<'r> {
    email: &'r str,
    password: &'r str,
    roles: Vec<String>,
}

/// A user to invite.
#[derive(FromForm)]
pub struct Invitation<'r> {
    email: &'r str,
    roles: Vec<String>,
}

/// The roles that are ticked.
#[derive(FromForm)]
pub struct TickedRoles {
    roles: Vec<String>,
}

/// A user's new e-mail.
#[derive(FromForm)]
pub struct NewEmail<'r> {
    email: &'r str,
}

/// The admin's own password, and a code.
#[derive(FromForm)]
pub struct Proof<'r> {
    password: &'r str,
    code: &'r str,
}

/// Whether the admin ticked the box that confirms.
#[derive(FromForm)]
pub struct Confirmation {
    confirmed: bool,
}

/// Adds a user.
///
/// # Errors
///
/// 408 for a form that does not arrive, 422 for another form, 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users", data = "<form>")]
pub async fn add(people: People<'_>, form: TimedForm<NewUser<'_>>) -> Answer {
    let added = people
        .add(form.email, SecretString::new(form.password), &form.roles)
        .await;
    answered(added.map(drop), Notice::UserAdded)
}

/// Makes a link by which a user signs up with these roles.
///
/// # Errors
///
/// As those of [`add`].
#[require_role(AppRole::Admin)]
#[post("/dashboard/invitations", data = "<form>")]
pub async fn invite(
    auth: &State<Auth>,
    people: People<'_>,
    admin: &User<AppRole>,
    form: TimedForm<Invitation<'_>>,
) -> LinkAnswer {
    shown(auth, admin, people.invite(form.email, &form.roles).await).await
}

/// Replaces a user's roles.
///
/// # Errors
///
/// As those of [`add`].
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/roles", data = "<form>")]
pub async fn set_roles(people: People<'_>, admin: &User<AppRole>, id: &str, form: TimedForm<TickedRoles>) -> Answer {
    let changed = people.set_roles(admin, id, &form.roles).await;
    answered(changed, Notice::RolesChanged)
}

/// Disables a user.
///
/// # Errors
///
/// 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/disable")]
pub async fn disable(people: People<'_>, admin: &User<AppRole>, id: &str) -> Answer {
    answered(people.disable(admin, id).await, Notice::UserDisabled)
}

/// Enables a user again.
///
/// # Errors
///
/// 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/enable")]
pub async fn enable(people: People<'_>, id: &str) -> Answer {
    answered(people.enable(id).await, Notice::UserEnabled)
}

/// Sets a user's e-mail.
///
/// # Errors
///
/// As those of [`add`].
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/email", data = "<form>")]
pub async fn set_email(people: People<'_>, admin: &User<AppRole>, id: &str, form: TimedForm<NewEmail<'_>>) -> Answer {
    answered(people.set_email(admin, id, form.email).await, Notice::EmailSet)
}

/// Makes a link by which a user sets a new password.
///
/// # Errors
///
/// 503.
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/reset-link")]
pub async fn reset_link(auth: &State<Auth>, people: People<'_>, admin: &User<AppRole>, id: &str) -> LinkAnswer {
    shown(auth, admin, people.reset_link(admin, id).await).await
}

/// Removes the second factor of a user who lost it. The form proves the admin's own factor, which
/// the JSON route asks for by `mfa`.
///
/// # Errors
///
/// As those of [`add`].
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/factors", data = "<form>")]
pub async fn remove_factor(
    auth: &State<Auth>,
    people: People<'_>,
    admin: &User<AppRole>,
    client: ClientInfo,
    id: &str,
    form: TimedForm<Proof<'_>>,
) -> Answer {
    let removed = match prove(auth, admin.identity(), form.password, Some(form.code), &client).await {
        Ok(_) => people.remove_factor(admin, id).await,
        Err(error) => Err(error.into()),
    };
    answered(removed, Notice::UserFactorRemoved)
}

/// Deletes a user, if the admin confirms it.
///
/// # Errors
///
/// As those of [`add`].
#[require_role(AppRole::Admin)]
#[post("/dashboard/users/<id>/delete", data = "<form>")]
pub async fn delete(people: People<'_>, admin: &User<AppRole>, id: &str, form: TimedForm<Confirmation>) -> Answer {
    if !form.confirmed {
        return Ok(back(Notice::NotConfirmed));
    }
    answered(people.delete(admin, id).await, Notice::UserDeleted)
}

/// The dashboard with the link, which no address may hold.
async fn shown(auth: &Auth, admin: &User<AppRole>, made: Result<SecretString, NotChanged>) -> LinkAnswer {
    match made {
        Ok(link) => {
            let page = render(auth, admin, Notice::LinkMade.text(), Some(link)).await;
            page.map(Either::Left).map_err(Either::Left)
        }
        Err(problem) => excused(problem).map(Either::Right),
    }
}

fn answered(done: Result<(), NotChanged>, notice: Notice) -> Answer {
    done.map_or_else(excused, |()| Ok(back(notice)))
}

fn excused(problem: NotChanged) -> Answer {
    match problem {
        NotChanged::Unknown | NotChanged::Impossible => Ok(back(Notice::NotPossible)),
        NotChanged::Refused(refused) => Notice::of(&refused).map(back).ok_or(Either::Left(refused)),
    }
}

fn back(notice: Notice) -> Redirect {
    notice.on("/dashboard")
}
