//! The page of a second factor. What it shows once is the answer to a form, so that no address and
//! no cache holds it.

use askama::Template;
use auth_core::session::TotpEnrolment;
use auth_core::{Auth, AuthError, SecretString, Timestamp, User, authenticated};
use rocket::http::RawStr;
use rocket::{State, get};

use crate::notice::{Notice, Said};
use crate::page::Page;
use crate::role::AppRole;

/// What the page shows.
#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactorPage {
    notice: &'static str,
    /// Whether the page asks for the password of a user who signed in too long ago.
    asks_again: bool,
    /// The id of the signed-in user whom the page is for.
    made_for: String,
    part: Part,
}

/// What the user has, or is about to get.
enum Part {
    /// No authenticator app.
    Nothing,
    /// An app that waits for its first code. The secret is shown once: after a wrong code the app
    /// has it.
    Enrolment(Option<Enrolment>),
    /// Recovery codes, shown this once.
    Codes(Vec<SecretString>),
    /// An app.
    App { since: Timestamp, recovery_codes: u32 },
}

struct Enrolment {
    /// In groups of four, to be typed.
    secret: SecretString,
    /// The address of the picture, which is the picture.
    qr: SecretString,
}

impl Enrolment {
    fn of(shown: &TotpEnrolment) -> Enrolment {
        let qr = RawStr::new(shown.qr.expose()).percent_encode();
        Enrolment {
            secret: SecretString::new(in_groups(shown.secret.expose())),
            qr: SecretString::new(format!("data:image/svg+xml,{qr}")),
        }
    }
}

impl SecondFactorPage {
    fn new(user: &User<AppRole>, said: Option<Notice>, part: Part) -> Page<SecondFactorPage> {
        Page(SecondFactorPage {
            notice: said.map_or("", Notice::text),
            // A wrong password comes from a form that asked for it.
            asks_again: matches!(said, Some(Notice::AskPassword | Notice::InvalidCredentials)),
            made_for: user.id().to_string(),
            part,
        })
    }

    /// Shows a secret, and asks for the first code of the app.
    pub fn enrolling(user: &User<AppRole>, shown: &TotpEnrolment) -> Page<SecondFactorPage> {
        SecondFactorPage::new(user, None, Part::Enrolment(Some(Enrolment::of(shown))))
    }

    /// Asks for the first code again.
    pub fn asking_again(user: &User<AppRole>, notice: Notice) -> Page<SecondFactorPage> {
        SecondFactorPage::new(user, Some(notice), Part::Enrolment(None))
    }

    /// Shows recovery codes.
    pub fn showing(user: &User<AppRole>, notice: Notice, codes: Vec<SecretString>) -> Page<SecondFactorPage> {
        SecondFactorPage::new(user, Some(notice), Part::Codes(codes))
    }
}

/// What have I, and how do I change it?
///
/// # Errors
///
/// 503 when it cannot be read.
#[authenticated]
#[get("/second-factor")]
pub async fn second_factor(
    auth: &State<Auth>,
    user: &User<AppRole>,
    said: Said,
) -> Result<Page<SecondFactorPage>, AuthError> {
    let status = auth.factors().status(user.identity()).await?;
    let part = status.totp.map_or(Part::Nothing, |since| Part::App {
        since,
        recovery_codes: status.recovery_codes,
    });
    Ok(SecondFactorPage::new(user, said.0, part))
}

/// In groups of four.
fn in_groups(secret: &str) -> String {
    let mut grouped = String::new();
    for (at, letter) in secret.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(letter);
    }
    grouped
}
