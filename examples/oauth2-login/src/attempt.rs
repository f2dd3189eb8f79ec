//! One sign-in under way, kept by the browser that began it: no server has to remember, and any
//! server can go on.

use auth_core::SecretString;
use rocket::http::{Cookie, SameSite};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::time::Duration;

use crate::provider::Provider;

/// How long a user may take at the provider.
const PATIENCE: Duration = Duration::minutes(10);

/// What the provider gives back as it got it, and what only this browser can prove.
///
/// Kept in a cookie without encryption: an attacker who can read a browser's cookies has its
/// sessions as well. The request guard succeeds if the browser sends exactly one such cookie.
pub struct Attempt {
    /// Comes back in the address. The browser of a user who followed an attacker's link has another
    /// one, or none.
    pub state: SecretString,
    /// Comes back in the ID token: one that was issued for another sign-in has another.
    pub nonce: SecretString,
    /// What the code's challenge was made from: a code of another sign-in has another (RFC 7636).
    pub verifier: SecretString,
}

impl Attempt {
    /// The cookie that keeps it.
    pub fn cookie(&self, https: bool) -> Cookie<'static> {
        let [state, nonce, verifier] = [&self.state, &self.nonce, &self.verifier].map(SecretString::expose);
        build(format!("{state}.{nonce}.{verifier}"), https)
    }

    /// The cookie to remove once it is over.
    pub fn ended(https: bool) -> Cookie<'static> {
        build(String::new(), https)
    }

    fn parse(value: &str) -> Option<Attempt> {
        let parts: Vec<&str> = value.split('.').collect();
        let [state, nonce, verifier] = <[&str; 3]>::try_from(parts).ok()?;
        if state.is_empty() || nonce.is_empty() || verifier.is_empty() {
            return None;
        }
        let [state, nonce, verifier] = [state, nonce, verifier].map(SecretString::new);
        Some(Attempt { state, nonce, verifier })
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Attempt {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Attempt, ()> {
        let https = request.rocket().state::<Provider>().is_some_and(Provider::is_https);
        match brought(request, name(https)).and_then(Attempt::parse) {
            Some(attempt) => Outcome::Success(attempt),
            None => Outcome::Forward(rocket::http::Status::Forbidden),
        }
    }
}

/// `__Host-`: browsers take it from this host alone, over TLS, so that no neighbour below the same
/// domain plants one.
fn name(https: bool) -> &'static str {
    if https { "__Host-login" } else { "login" }
}

fn build(value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name(https), value))
        .path("/")
        .secure(https)
        .http_only(true)
        // Not `Strict`: it must come along when the provider sends the browser back, which is a
        // navigation from another site.
        .same_site(SameSite::Lax)
        .max_age(PATIENCE)
        .build()
}

/// The one value of the cookie `name`. From the raw header: Rocket's jar decodes names, so that
/// `%5F%5FHost-login` would do, and of two lets the last win.
fn brought<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    let pairs = request.headers().get("Cookie").flat_map(|header| header.split(';'));
    let mut values = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}
