//! The forms of the page. A refusal that the user can do something about leads back to it.

use auth_core::session::ClientInfo;
use auth_core::{Auth, AuthError, AuthErrorKind, SecretString, TimedForm, User, authenticated};
use rocket::form::FromForm;
use rocket::response::Redirect;
use rocket::{Either, State, post};

use super::page::SecondFactorPage;
use crate::answer::excused;
use crate::made_for::{is_of_another, prove, prove_if_asked};
use crate::notice::Notice;
use crate::page::Page;
use crate::role::AppRole;

const PAGE: &str = "/second-factor";

/// The page with something that it shows once, or back to it.
type Answer = Result<Either<Page<SecondFactorPage>, Redirect>, AuthError>;

/// The wish for an app, with the password if the sign-in is too long ago.
#[derive(FromForm)]
pub struct Wish<'r> {
    password: Option<&'r str>,
    /// The id of the user whom the page was made for.
    #[field(name = "for")]
    made_for: &'r str,
}

/// The first code of an app.
#[derive(FromForm)]
pub struct FirstCode<'r> {
    code: &'r str,
    /// As in [`Wish`].
    #[field(name = "for")]
    made_for: &'r str,
}

/// The password and a code.
#[derive(FromForm)]
pub struct Proof<'r> {
    password: &'r str,
    code: &'r str,
    /// As in [`Wish`].
    #[field(name = "for")]
    made_for: &'r str,
}

/// Begins to add an authenticator app, and shows its secret.
///
/// # Errors
///
/// 408 for a form that does not arrive, 422 for another form, 503.
#[authenticated]
#[post("/second-factor/app", data = "<form>")]
pub async fn start(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    // Not Rocket's `Form`, which logs one that it cannot read, and the password with it.
    form: TimedForm<Wish<'_>>,
) -> Answer {
    if is_of_another(user, Some(form.made_for)) {
        return Ok(back(Notice::AnotherUser));
    }
    let started = async {
        let who = prove_if_asked(auth, user.identity(), form.password, &client).await?;
        auth.factors().start_totp(&who).await
    };
    match started.await {
        Ok(enrolment) => Ok(Either::Left(SecondFactorPage::enrolling(user, &enrolment))),
        Err(error) => excused(error, PAGE).map(Either::Right),
    }
}

/// Makes the app a factor by its first code, and shows the recovery codes.
///
/// # Errors
///
/// As those of [`start`].
#[authenticated]
#[post("/second-factor/confirm", data = "<form>")]
pub async fn confirm(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    form: TimedForm<FirstCode<'_>>,
) -> Answer {
    if is_of_another(user, Some(form.made_for)) {
        return Ok(back(Notice::AnotherUser));
    }
    let code = SecretString::new(form.code);
    let refused = match auth.factors().confirm_totp(user.identity(), &code, &client).await {
        Ok(codes) => {
            let page = SecondFactorPage::showing(user, Notice::FactorAdded, codes);
            return Ok(Either::Left(page));
        }
        Err(error) => AuthError::from(error),
    };
    match refused.kind() {
        AuthErrorKind::InvalidCode => Ok(Either::Left(SecondFactorPage::asking_again(user, Notice::WrongCode))),
        AuthErrorKind::TooManyAttempts => {
            let page = SecondFactorPage::asking_again(user, Notice::TooManyAttempts);
            Ok(Either::Left(page))
        }
        _ => Notice::of(&refused).map(back).ok_or(refused),
    }
}

/// Makes new recovery codes, and shows them.
///
/// # Errors
///
/// As those of [`start`].
#[authenticated]
#[post("/second-factor/recovery-codes", data = "<form>")]
pub async fn renew(auth: &State<Auth>, user: &User<AppRole>, client: ClientInfo, form: TimedForm<Proof<'_>>) -> Answer {
    if is_of_another(user, Some(form.made_for)) {
        return Ok(back(Notice::AnotherUser));
    }
    let renewed = async {
        let who = prove(auth, user.identity(), form.password, Some(form.code), &client).await?;
        auth.factors().replace_recovery_codes(&who, &client).await
    };
    match renewed.await {
        Ok(codes) => {
            let page = SecondFactorPage::showing(user, Notice::CodesReplaced, codes);
            Ok(Either::Left(page))
        }
        Err(error) => excused(error, PAGE).map(Either::Right),
    }
}

/// Removes the app and the recovery codes.
///
/// # Errors
///
/// As those of [`start`].
#[authenticated]
#[post("/second-factor/remove", data = "<form>")]
pub async fn remove(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    form: TimedForm<Proof<'_>>,
) -> Result<Redirect, AuthError> {
    if is_of_another(user, Some(form.made_for)) {
        return Ok(Notice::AnotherUser.on(PAGE));
    }
    let removed = async {
        let who = prove(auth, user.identity(), form.password, Some(form.code), &client).await?;
        auth.factors().remove_totp(&who, &client).await
    };
    match removed.await {
        Ok(()) => Ok(Notice::FactorRemoved.on(PAGE)),
        Err(error) => excused(error, PAGE),
    }
}

fn back<T>(notice: Notice) -> Either<T, Redirect> {
    Either::Right(notice.on(PAGE))
}
