use std::sync::Arc;

use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::figment::Figment;
use rocket::{Build, Data, Orbit, Request, Response, Rocket, async_trait};
use tracing::{error, warn};

use super::access_map::AccessMap;
use super::browser_headers::BrowserHeaders;
use super::endpoints::endpoints;
use super::keys::{self, Configuration, well_known};
use super::state::AuthState;
use super::{catchers, client_address, forms, launch, unread_body};
use crate::account::Accounts;
use crate::audit::AuditSink;
use crate::builder::{AuthBuilder, BuildError};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Environment};
use crate::metrics;
use crate::role::{Role, RoleTable};
use crate::session::Auth;

/// The fairing that an application attaches, for its role enum `R`.
///
/// It reads the `auth` table of Rocket's configuration, opens the store, mounts the endpoints, registers catchers where the
/// application has none, and aborts launch when something is unsafe: see the documentation of [`Config`] for the settings.
///
/// ```no_run
/// # use auth_core::Role;
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
/// # #[rocket::launch]
/// # fn rocket() -> _ {
/// rocket::build().attach(auth_core::fairing::<AppRole>())
/// # }
/// ```
pub fn fairing<R: Role>() -> AuthFairing {
    AuthFairing {
        roles: RoleTable::of::<R>(),
        clock: Arc::new(SystemClock),
        accounts: None,
        sinks: Vec::new(),
        auth: None,
        configuration: None,
    }
}

/// Made by [`fairing()`].
pub struct AuthFairing {
    roles: RoleTable,
    clock: Arc<dyn Clock>,
    accounts: Option<Arc<dyn Accounts>>,
    sinks: Vec<Arc<dyn AuditSink>>,
    auth: Option<Auth>,
    configuration: Option<Configuration>,
}

impl AuthFairing {
    /// Uses the application's own users instead of the built-in table.
    #[must_use]
    pub fn accounts(mut self, accounts: impl Accounts) -> AuthFairing {
        self.accounts = Some(Arc::new(accounts));
        self
    }

    /// Hands every security event to `sink`, besides the log. May be called more than once.
    #[must_use]
    pub fn audit(mut self, sink: impl AuditSink) -> AuthFairing {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Uses another clock than the system's; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> AuthFairing {
        self.clock = clock;
        self
    }

    /// Uses an [`Auth`] that is there already, instead of making one from Rocket's configuration. Clock, accounts and sinks
    /// are then its own.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> AuthFairing {
        self.auth = Some(auth);
        self
    }

    /// Where the configuration is read from when the keys are to be read again (on unix: at `SIGHUP`).
    ///
    /// By default it is read where Rocket reads it, `Rocket.toml` and `ROCKET_…`, if the keys stood there at launch; where an
    /// application made them up by other means, without this function, only the key files are read again.
    #[must_use]
    pub fn configuration(mut self, read: impl Fn() -> Figment + Send + Sync + 'static) -> AuthFairing {
        self.configuration = Some(Arc::new(read));
        self
    }

    async fn build(&self, rocket: &Rocket<Build>) -> Result<Auth, BuildError> {
        if let Some(auth) = &self.auth {
            return Ok(auth.clone());
        }
        let config = Config::read(rocket.figment(), &Environment::read()?)?;
        let builder = AuthBuilder::new(config, self.roles).clock(Arc::clone(&self.clock));
        let builder = self
            .sinks
            .iter()
            .fold(builder, |builder, sink| builder.audit(Arc::clone(sink)));
        match &self.accounts {
            Some(accounts) => builder.accounts(Arc::clone(accounts)).build().await,
            None => builder.build().await,
        }
    }
}

#[async_trait]
impl Fairing for AuthFairing {
    fn info(&self) -> Info {
        Info {
            name: "Authentication",
            kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response | Kind::Singleton,
        }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let auth = match self.build(&rocket).await {
            Ok(auth) => auth,
            Err(problem) => {
                error!("{problem}");
                return Err(rocket);
            }
        };
        if launch::refuse_dumped_headers(auth.config()) {
            return Err(rocket);
        }
        let mount = auth.config().mount.clone();
        // Rocket refuses two catchers for one thing: where the application has its own, that one answers.
        let is_free = |base: &str| {
            !rocket
                .catchers()
                .any(|catcher| catcher.code.is_none() && catcher.base.path() == base)
        };
        let bases: Vec<&str> = [mount.as_str(), "/"].into_iter().filter(|base| is_free(base)).collect();
        let rocket = rocket
            .mount(mount.as_str(), endpoints())
            .mount("/", well_known())
            .attach(BrowserHeaders)
            .manage(AuthState::new(auth.clone()))
            .manage(auth);
        Ok(bases.into_iter().fold(rocket, |rocket, base| {
            rocket.register(base, vec![catchers::default_catcher()])
        }))
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        let Some(state) = rocket.state::<AuthState>() else {
            return;
        };
        // Whatever monitor there is was installed before.
        metrics::describe();
        state.auth.follow_revocations();
        state.auth.clean_regularly();
        if state.auth.keys_are_ephemeral() {
            warn!(
                "`JWT_ACCESS_SECRET` or `JWT_REFRESH_SECRET` is not set: random keys are used, and tokens die with this process"
            );
        } else {
            keys::follow_hangups(rocket, state.auth.clone(), self.configuration.clone());
        }
        // As Rocket's own words at launch, it is shown at every level but "off".
        if let Some(text) = client_address::describe(rocket.config(), &state.auth.config().trusted_proxies) {
            warn!(target: "rocket::launch", "{text}");
        }
        warn!(target: "rocket::launch", "Access map:");
        for line in AccessMap::of(rocket).to_string().lines() {
            warn!(target: "rocket::launch_", "{line}");
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        forms::undo_head(request, data).await;
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if let Ok(state) = AuthState::of(request) {
            catchers::add_security_headers(state, request, response);
        }
        unread_body::linger(request, response).await;
    }
}
