#[cfg(feature = "testing")]
use std::sync::{Arc, OnceLock};

use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Orbit, Request, Response, Rocket, async_trait};
use tracing::{error, warn};

use super::access_map::AccessMap;
use super::browser_headers::BrowserHeaders;
use super::cors::{self, preflight_routes};
use super::factors::factor_endpoints;
use super::flows::{endpoints, flow_endpoints};
use super::keys::{self, Configuration, well_known};
use super::state::AuthState;
use super::{catchers, client_address, forms, launch, page_refresh, unread_body};
use crate::builder::{AuthBuilder, BuildError};
#[cfg(feature = "testing")]
use crate::clock::ManualClock;
use crate::config::Config;
#[cfg(feature = "testing")]
use crate::keys::KeyRings;
use crate::metrics;
use crate::role::Role;
use crate::session::Auth;

impl Auth {
    /// The fairing that an application attaches, for its role enum `R`.
    ///
    /// It reads the `auth` table of Rocket's configuration, opens the store, mounts the endpoints,
    /// and registers catchers where the application has none. It aborts launch when something is
    /// unsafe. The documentation of [`Config`] lists the settings. [`Auth::builder`] makes a
    /// fairing with users or audit sinks of the application's own.
    ///
    /// ```no_run
    /// # use auth_core::Role;
    /// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
    /// use auth_core::Auth;
    ///
    /// # #[rocket::launch]
    /// # fn rocket() -> _ {
    /// rocket::build().attach(Auth::fairing::<AppRole>())
    /// # }
    /// ```
    pub fn fairing<R: Role>() -> impl Fairing {
        Auth::builder::<R>().fairing()
    }

    /// The fairing of an existing [`Auth`], for a server that works with it before launch.
    pub fn into_fairing(self) -> impl Fairing {
        AuthFairing {
            configuration: None,
            source: Source::Made(self),
        }
    }
}

impl AuthBuilder {
    /// The fairing: as [`Auth::fairing`], with what this builder was given.
    pub fn fairing(self) -> impl Fairing {
        AuthFairing {
            configuration: self.configuration.clone(),
            source: Source::Builder(self),
        }
    }
}

/// Where the fairing has its [`Auth`] from.
#[expect(clippy::large_enum_variant, reason = "made once per application")]
enum Source {
    Builder(AuthBuilder),
    Made(Auth),
}

struct AuthFairing {
    source: Source,
    configuration: Option<Configuration>,
}

/// What a test bench puts in place of what the fairing would read and open, as managed state.
#[cfg(feature = "testing")]
#[derive(Clone)]
pub(crate) struct TestParts {
    pub(crate) config: Config,
    pub(crate) keys: KeyRings,
    pub(crate) clock: Arc<ManualClock>,
    /// What an application without users, sinks, memberships and a courier of its own uses.
    pub(crate) auth: Auth,
    /// What the application uses that was attached first.
    pub(crate) attached: Arc<OnceLock<Auth>>,
}

#[cfg(feature = "testing")]
impl TestParts {
    /// An [`Auth`] on the bench, with what the application gave to its own.
    async fn build(&self, source: &Source) -> Result<Auth, BuildError> {
        let given = match source {
            Source::Builder(builder) => Some(builder.clone()),
            Source::Made(auth) => (!auth.is_same(&self.auth)).then(|| auth.builder_of_own()),
        };
        let auth = match given.filter(AuthBuilder::has_own_parts) {
            Some(builder) => {
                let builder = builder.clock(self.clock.clone()).keys(self.keys.clone());
                builder.build(self.config.clone()).await?
            }
            None => self.auth.clone(),
        };
        self.attached.get_or_init(|| auth.clone());
        Ok(auth)
    }
}

impl AuthFairing {
    async fn build(&self, rocket: &Rocket<Build>) -> Result<Auth, BuildError> {
        #[cfg(feature = "testing")]
        if let Some(parts) = rocket.state::<TestParts>() {
            return parts.build(&self.source).await;
        }
        match &self.source {
            Source::Made(auth) => Ok(auth.clone()),
            Source::Builder(builder) => builder.clone().build(Config::from_figment(rocket.figment())?).await,
        }
    }
}

/// The routes of the library, as `config` turns them on.
pub(crate) fn mount_endpoints(rocket: Rocket<Build>, config: &Config) -> Rocket<Build> {
    let mount = config.mount.as_str();
    rocket
        .mount(mount, endpoints())
        .mount(mount, flow_endpoints(&config.flows))
        .mount(mount, factor_endpoints(&config.second_factor))
        .mount("/", well_known())
        .mount(cors::base(config), preflight_routes(config.cors))
}

#[async_trait]
impl Fairing for AuthFairing {
    fn info(&self) -> Info {
        Info {
            name: "Authentication",
            kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response | Kind::Shutdown | Kind::Singleton,
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
        // Rocket refuses two catchers for one thing: where the application has its own, that one
        // answers.
        let is_free = |base: &str| {
            !rocket
                .catchers()
                .any(|catcher| catcher.code.is_none() && catcher.base.path() == base)
        };
        let bases: Vec<&str> = [mount.as_str(), "/"].into_iter().filter(|base| is_free(base)).collect();
        let rocket = mount_endpoints(rocket, auth.config())
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
        // An application installs its metrics recorder before liftoff.
        metrics::describe();
        state.auth.follow_revocations();
        state.auth.clean_regularly();
        if state.auth.keys().are_ephemeral() {
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
            page_refresh::add_new_cookies(state, request, response);
            catchers::add_security_headers(state, request, response);
            cors::share(state, request, response);
        }
        unread_body::linger(request, response).await;
    }

    /// Mails under way are delivered before the program ends.
    async fn on_shutdown(&self, rocket: &Rocket<Orbit>) {
        if let Some(state) = rocket.state::<AuthState>() {
            state.auth.finish_mails().await;
        }
    }
}
