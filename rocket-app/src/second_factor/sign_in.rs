//! The second step of a sign-in without JavaScript.

use auth_core::session::ClientInfo;
use auth_core::{Auth, AuthError, AuthErrorKind, SameOriginForm, SecretString, SetTokenCookies, TimedForm, public};
use rocket::form::FromForm;
use rocket::response::Redirect;
use rocket::{State, post, uri};

use crate::answer::Answer;
use crate::code_page::CodePage;
use crate::dashboard;
use crate::notice::Notice;

/// The code, and the challenge of the sign-in that it is for.
#[derive(FromForm)]
pub struct SignInCode<'r> {
    challenge: &'r str,
    code: &'r str,
    /// Whether the sign-in began with a link.
    by_link: bool,
}

/// Goes on with a sign-in that needs a code, and leads to the dashboard.
///
/// # Errors
///
/// 403 for a form of another site, 408 for one that does not arrive, 422 for another form, 503.
#[public("a challenge is its own credential")]
#[post("/form/sign-in-code", data = "<form>")]
pub async fn sign_in_code(
    auth: &State<Auth>,
    client: ClientInfo,
    own: SameOriginForm<'_>,
    // Not Rocket's `Form`, which logs one that it cannot read, and the challenge with it.
    form: TimedForm<SignInCode<'_>>,
) -> Result<Answer, AuthError> {
    let code = SecretString::new(form.code);
    let begun = auth
        .login_with_factor(form.challenge, &code, &client, own.refresh_token())
        .await;
    let refused = match begun {
        Ok(pair) => {
            let next = Redirect::to(uri!(dashboard::dashboard));
            return Ok(Answer::WithCookies(SetTokenCookies::signed_in(auth, &pair, next)));
        }
        Err(error) => AuthError::from(error),
    };
    let ask_again = |notice: Notice| {
        Ok(Answer::AsksCode(CodePage::new(
            auth,
            form.challenge,
            form.by_link,
            notice.text(),
        )))
    };
    match refused.kind() {
        // The challenge is still good.
        AuthErrorKind::InvalidCode => ask_again(Notice::WrongCode),
        AuthErrorKind::TooManyAttempts => ask_again(Notice::TooManyAttempts),
        AuthErrorKind::InvalidTicket => Ok(Answer::Leads(Notice::InvalidChallenge.on("/"))),
        _ => Err(refused),
    }
}
