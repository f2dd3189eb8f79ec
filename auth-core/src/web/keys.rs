//! The public keys, for other services that verify access tokens.

use std::sync::Arc;

use rocket::figment::Figment;
use rocket::figment::value::Value;
use rocket::http::{ContentType, Header, Status};
use rocket::{Orbit, Responder, Rocket, Route, State, get};
use tracing::{error, warn};

use super::cors;
use super::error::AuthError;
use super::state::AuthState;
use crate::builder::ReadFigment;
use crate::config::{Config, Environment};
use crate::keys::KeyError;
use crate::session::Auth;
use crate::{guarded_routes, public};

/// For how long others may keep the set, in seconds: a new key is to be published this long before
/// it signs.
const MAX_AGE: &str = "public, max-age=300";

/// The routes that the fairing mounts at the root: for tools that print an access map without
/// launching a server.
pub fn well_known() -> Vec<Route> {
    guarded_routes![jwks]
}

#[derive(Responder)]
struct KeySet {
    json: (Status, (ContentType, String)),
    caching: Header<'static>,
    /// Public keys are for every page of every origin.
    sharing: Header<'static>,
}

#[public("other services verify tokens with the public keys")]
#[get("/.well-known/jwks.json")]
fn jwks(state: &State<AuthState>) -> Result<KeySet, AuthError> {
    let json = state.auth.keys().jwks();
    Ok(KeySet {
        json: (Status::Ok, (ContentType::JSON, json)),
        caching: Header::new("Cache-Control", MAX_AGE),
        sharing: Header::new(cors::ALLOW_ORIGIN, "*"),
    })
}

// Keys are read again while the server runs, when it is told to (on unix: by `SIGHUP`).

/// Reads the configuration anew.
pub(super) type Configuration = ReadFigment;

/// Reads the keys again at every `SIGHUP`, until the server shuts down.
#[cfg(unix)]
pub(super) fn follow_hangups(rocket: &Rocket<Orbit>, auth: Auth, configuration: Option<Configuration>) {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(problem) => return error!("keys will not be read again while the server runs: {problem}"),
    };
    let configuration = configuration.unwrap_or_else(|| standard(rocket.figment()));
    let shutdown = rocket.shutdown();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = shutdown.clone() => return,
                hangup = hangups.recv() => if hangup.is_none() { return },
            }
            let (auth, configuration) = (auth.clone(), Arc::clone(&configuration));
            let read = tokio::task::spawn_blocking(move || replace_keys(&auth, &*configuration)).await;
            if let Err(problem) = read {
                error!("the keys were not read again: {problem}");
            }
        }
    });
}

/// Elsewhere there is no such signal; an application calls
/// [`KeyAdmin::replace`](crate::session::KeyAdmin::replace) when it is told to by other means.
#[cfg(not(unix))]
pub(super) fn follow_hangups(_: &Rocket<Orbit>, _: Auth, _: Option<Configuration>) {}

/// Where Rocket itself reads, if that is where the keys came from; else what was there at launch.
fn standard(launched: &Figment) -> Configuration {
    let profile = launched.profile().clone();
    let read = move || rocket::Config::figment().select(profile.clone());
    let keys = |figment: &Figment| -> [Option<Value>; 2] {
        ["auth.tokens.access_keys", "auth.tokens.refresh_keys"].map(|setting| figment.find_value(setting).ok())
    };
    if keys(&read()) == keys(launched) {
        Arc::new(read)
    } else {
        let launched = launched.clone();
        Arc::new(move || launched.clone())
    }
}

/// Replaces the keys with those that the configuration names now. Logs what is wrong with them, and
/// then keeps the old ones.
fn replace_keys(auth: &Auth, configuration: &dyn Fn() -> Figment) {
    let read = || {
        let config = Config::read(&configuration(), &Environment::read()?)?;
        auth.keys().replace(&config)
    };
    match read() {
        Ok(()) => {
            let (access, refresh) = (auth.keys().access_kids(), auth.keys().refresh_kids());
            // As Rocket's own words at launch, it is shown at every level but "off": an operator
            // waits for it.
            warn!(
                target: "rocket::launch",
                "Keys were read again; access: {}; refresh: {}",
                access.join(", "),
                refresh.join(", ")
            );
        }
        Err(problem) => refused(&problem),
    }
}

fn refused(problem: &KeyError) {
    error!("the keys were not replaced, those in force stay: {problem}");
}
