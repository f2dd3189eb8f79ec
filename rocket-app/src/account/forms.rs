//! The forms of the account pages, for browsers without JavaScript. A refusal that the user can do
//! something about leads back to the page.

use auth_core::session::{ClientInfo, SessionError};
use auth_core::{
    Auth, AuthError, SameOriginForm, SecretString, SetTokenCookies, TimedForm, User, authenticated, public,
};
use rocket::form::FromForm;
use rocket::response::Redirect;
use rocket::{State, post};

use crate::answer::{Answer, excused, signed_in};
use crate::code_page::LINK_PAGE;
use crate::forms::dashboard_opens;
use crate::made_for::{is_of_another, prove_if_asked};
use crate::notice::Notice;
use crate::role::AppRole;

/// Who a mail is for.
#[derive(FromForm)]
pub struct Address<'r> {
    email: &'r str,
}

/// A link of a mail.
#[derive(FromForm)]
pub struct Link<'r> {
    link: &'r str,
}

/// A link of a mail, and a new password.
#[derive(FromForm)]
pub struct LinkAndPassword<'r> {
    link: &'r str,
    password: &'r str,
}

/// A new address, with the password if the sign-in is too long ago.
#[derive(FromForm)]
pub struct NewAddress<'r> {
    email: &'r str,
    password: Option<&'r str>,
    /// The id of the user whom the page was made for.
    #[field(name = "for")]
    made_for: Option<&'r str>,
}

/// The user's password.
#[derive(FromForm)]
pub struct OwnPassword<'r> {
    password: &'r str,
    /// As in [`NewAddress`].
    #[field(name = "for")]
    made_for: Option<&'r str>,
}

/// Asks for a link to sign up with.
///
/// # Errors
///
/// 403 for a form of another site, 408 for one that does not arrive, 422 for another form, 503.
#[public("users sign up here")]
#[post("/form/sign-up", data = "<form>")]
pub async fn sign_up(
    auth: &State<Auth>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
    form: TimedForm<Address<'_>>,
) -> Result<Redirect, AuthError> {
    let asked = auth.account_flows().request_sign_up(form.email, &client, None).await;
    answered(asked, Notice::MailSent.on("/sign-up"), "/sign-up")
}

/// Makes the account of a link, and leads to the dashboard.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("a ticket is its own credential")]
#[post("/form/complete-sign-up", data = "<form>")]
pub async fn complete_sign_up(
    auth: &State<Auth>,
    client: ClientInfo,
    own: SameOriginForm<'_>,
    // Not Rocket's `Form`, which logs one that it cannot read, and the password with it.
    form: TimedForm<LinkAndPassword<'_>>,
) -> Result<Answer, AuthError> {
    if !dashboard_opens(auth.config()) {
        return Ok(Answer::Leads(Notice::NoAccessCookie.on("/sign-up")));
    }
    let (ticket, password) = (ticket_of(form.link), SecretString::new(form.password));
    let flows = auth.account_flows();
    let made = flows
        .complete_sign_up(ticket, password, &client, own.refresh_token())
        .await;
    signed_in(auth, made, Notice::SignedUp.on("/dashboard"), "/sign-up")
}

/// Asks for a link to set a new password with.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("for users who cannot sign in")]
#[post("/form/forgot-password", data = "<form>")]
pub async fn forgot_password(
    auth: &State<Auth>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
    form: TimedForm<Address<'_>>,
) -> Result<Redirect, AuthError> {
    let asked = auth.account_flows().request_reset(form.email, &client, None).await;
    answered(asked, Notice::MailSent.on("/forgot-password"), "/forgot-password")
}

/// Sets a new password by a link, and leads to the front page.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("a ticket is its own credential")]
#[post("/form/reset-password", data = "<form>")]
pub async fn reset_password(
    auth: &State<Auth>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
    form: TimedForm<LinkAndPassword<'_>>,
) -> Result<Redirect, AuthError> {
    let (ticket, password) = (ticket_of(form.link), SecretString::new(form.password));
    let set = auth.account_flows().reset_password(ticket, password, &client).await;
    answered(set, Notice::PasswordReset.on("/"), "/reset-password")
}

/// Asks for a link to a new address. With the password it proves the user first.
///
/// # Errors
///
/// 401 without a good access cookie; otherwise as those of [`sign_up`].
#[authenticated]
#[post("/form/change-email", data = "<form>")]
pub async fn change_email(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    form: TimedForm<NewAddress<'_>>,
) -> Result<Redirect, AuthError> {
    if is_of_another(user, form.made_for) {
        return Ok(Notice::AnotherUser.on("/change-email"));
    }
    let flows = auth.account_flows();
    let asked = async {
        let who = prove_if_asked(auth, user.identity(), form.password, &client).await?;
        flows.request_email_change(&who, form.email, &client, None).await
    };
    answered(asked.await, Notice::MailSent.on("/change-email"), "/change-email")
}

/// Changes the e-mail by a link, and leads to the front page.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("a ticket is its own credential")]
#[post("/form/confirm-email", data = "<form>")]
pub async fn confirm_email(
    auth: &State<Auth>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
    form: TimedForm<Link<'_>>,
) -> Result<Redirect, AuthError> {
    let set = auth.account_flows().confirm_email(ticket_of(form.link), &client).await;
    answered(set, Notice::EmailChanged.on("/"), "/confirm-email")
}

/// Asks for a link to sign in with.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("users sign in from here")]
#[post("/form/request-sign-in-link", data = "<form>")]
pub async fn request_sign_in_link(
    auth: &State<Auth>,
    client: ClientInfo,
    _own: SameOriginForm<'_>,
    form: TimedForm<Address<'_>>,
) -> Result<Redirect, AuthError> {
    let asked = auth.account_flows().request_login_link(form.email, &client, None).await;
    answered(asked, Notice::MailSent.on(LINK_PAGE), LINK_PAGE)
}

/// Signs in by a link, and leads to the dashboard.
///
/// # Errors
///
/// As those of [`sign_up`].
#[public("a ticket is its own credential")]
#[post("/form/sign-in-by-link", data = "<form>")]
pub async fn sign_in_by_link(
    auth: &State<Auth>,
    client: ClientInfo,
    own: SameOriginForm<'_>,
    form: TimedForm<Link<'_>>,
) -> Result<Answer, AuthError> {
    if !dashboard_opens(auth.config()) {
        return Ok(Answer::Leads(Notice::NoAccessCookie.on(LINK_PAGE)));
    }
    let flows = auth.account_flows();
    let begun = flows
        .login_by_link(ticket_of(form.link), &client, own.refresh_token())
        .await;
    signed_in(auth, begun, Notice::SignedIn.on("/dashboard"), LINK_PAGE)
}

/// Deletes the user's account, and leads to the front page.
///
/// # Errors
///
/// 401 without a good access cookie; otherwise as those of [`sign_up`].
#[authenticated]
#[post("/form/delete-account", data = "<form>")]
pub async fn delete_account(
    auth: &State<Auth>,
    user: &User<AppRole>,
    client: ClientInfo,
    form: TimedForm<OwnPassword<'_>>,
) -> Result<Answer, AuthError> {
    if is_of_another(user, form.made_for) {
        return Ok(Answer::Leads(Notice::AnotherUser.on("/delete-account")));
    }
    let password = SecretString::new(form.password);
    let flows = auth.account_flows();
    match flows.delete_account(user.identity(), password, &client).await {
        Ok(()) => Ok(Answer::WithCookies(SetTokenCookies::signed_out(
            auth,
            Notice::AccountDeleted.on("/"),
        ))),
        Err(error) => excused(error, "/delete-account").map(Answer::Leads),
    }
}

/// The ticket of a link, or of what is only a ticket.
fn ticket_of(pasted: &str) -> &str {
    let pasted = pasted.trim();
    pasted.split_once("#ticket=").map_or(pasted, |(_, ticket)| ticket)
}

/// To where the form leads, or back to its page for a refusal that the user can do something about.
fn answered(done: Result<(), SessionError>, next: Redirect, page: &str) -> Result<Redirect, AuthError> {
    done.map_or_else(|error| excused(error, page), |()| Ok(next))
}
