//! To the provider and back.

use auth_core::session::{ClientInfo, SessionError};
use auth_core::{Auth, SetTokenCookies, public};
use rocket::form::FromForm;
use rocket::http::{CookieJar, Header, Status};
use rocket::request::Request;
use rocket::response::content::RawHtml;
use rocket::response::{self, Redirect, Responder, Response};
use rocket::{State, get, warn};

use crate::attempt::Attempt;
use crate::provider::{Failed, Provider};
use crate::users::Users;

/// What a browser comes back with: a code, or the provider's word for why there is none.
#[derive(FromForm)]
pub struct Back<'r> {
    state: Option<&'r str>,
    code: Option<&'r str>,
    error: Option<&'r str>,
    /// Who sends it back (RFC 9207); not every provider says so.
    iss: Option<&'r str>,
}

/// A redirect that no cache keeps.
#[derive(Responder)]
pub struct Away {
    to: Redirect,
    cache: Header<'static>,
}

/// A page of fixed words: nothing that came with the request stands in it.
pub struct Page(Status, &'static str);

/// Not a redirect: to a browser one is still the other site's navigation, on which it leaves
/// `SameSite=Strict` cookies at home. And to one fixed place, so that no link makes this page lead
/// elsewhere.
const SIGNED_IN: Page = Page(
    Status::Ok,
    r#"<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>Signed in</title>
<p>You are signed in. <a href="/">Go on</a></html>"#,
);

const REFUSED: Page = Page(
    Status::Forbidden,
    r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Not signed in</title>
<p>You were not signed in. <a href="/login">Try again</a></html>"#,
);

const PROVIDER_AWAY: Page = Page(
    Status::BadGateway,
    r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Not signed in</title>
<p>Signing in does not work at the moment; it is not your fault. <a href="/login">Try again</a></html>"#,
);

const AWAY_OURSELVES: Page = Page(Status::ServiceUnavailable, PROVIDER_AWAY.1);

/// Leads to the provider.
#[public("where a sign-in begins")]
#[get("/login")]
pub fn start(provider: &State<Provider>, cookies: &CookieJar<'_>) -> Away {
    let (to, attempt) = provider.begin();
    cookies.add(attempt.cookie(provider.is_https()));
    Away {
        to: Redirect::to(to),
        cache: Header::new("Cache-Control", "no-store"),
    }
}

/// Back from the provider.
#[public("where a sign-in ends")]
#[get("/login/callback?<back..>")]
pub async fn callback(
    back: Back<'_>,
    attempt: Option<Attempt>,
    provider: &State<Provider>,
    users: &State<Users>,
    auth: &State<Auth>,
    client: ClientInfo,
    cookies: &CookieJar<'_>,
) -> Result<SetTokenCookies<Page>, Page> {
    // The first check: this browser must have begun this sign-in. Otherwise an attacker's link
    // would sign it in as another user.
    let attempt = attempt
        .filter(|attempt| back.state.is_some_and(|state| attempt.state.ct_eq(state)))
        .ok_or(REFUSED)?;
    // An attempt is used once, whether it succeeds or not.
    cookies.remove(Attempt::ended(provider.is_https()));

    if back.iss.is_some_and(|issuer| issuer != provider.issuer()) {
        warn!("a sign-in came back from another provider");
        return Err(REFUSED);
    }
    let code = match (back.code, back.error) {
        (Some(code), None) => code,
        (_, error) => {
            // Quoted, as the text may come from an attacker.
            warn!("the provider signs no user in: {error:?}");
            let away = matches!(error, Some("server_error" | "temporarily_unavailable"));
            return Err(if away { PROVIDER_AWAY } else { REFUSED });
        }
    };
    let subject = provider.finish(code, &attempt).await.map_err(|failed| {
        warn!("a sign-in came to nothing: {failed}");
        match failed {
            Failed::Refused(_) | Failed::IdToken(_) => REFUSED,
            Failed::Unavailable(_) | Failed::Malformed => PROVIDER_AWAY,
        }
    })?;
    let user = users.of(provider.issuer(), &subject).await.map_err(|error| {
        warn!("{error}");
        AWAY_OURSELVES
    })?;
    // The browser may still have a session here, whose cookie is `SameSite=Strict` and did not come
    // along: it ends by itself.
    let pair = auth.login_as(&user, &client, None).await.map_err(|error| {
        warn!("{error}");
        match error {
            SessionError::InvalidCredentials => REFUSED,
            _ => AWAY_OURSELVES,
        }
    })?;
    Ok(SetTokenCookies::signed_in(auth, &pair, SIGNED_IN))
}

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut page = Response::build_from(RawHtml(self.1).respond_to(request)?);
        page.status(self.0)
            .raw_header("Cache-Control", "no-store")
            // The address of this page holds a code.
            .raw_header("Referrer-Policy", "no-referrer")
            .raw_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        if self.0 == Status::ServiceUnavailable {
            page.raw_header("Retry-After", "1");
        }
        page.ok()
    }
}
