use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use auth_core::__internal::{Clock, Environment, ManualClock, SystemClock};
use auth_core::audit::{AuditSink, Event};
use auth_core::mail::Courier;
use auth_core::{Accounts, Auth, AuthBuilder, Config, Role, SecretString, Timestamp};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::figment::value::Value as Setting;
use rocket::{Build, Rocket, Shutdown};
use rocket_app::reports::Reports;
use rocket_app::role::AppRole;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::{Log, Person, Server, Threads};

/// Later than any server of this version may run, and not on a whole second, so that rounding
/// shows.
pub fn manual_clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_321)))
}

type Part = Box<dyn FnOnce(AuthBuilder) -> AuthBuilder + Send>;

type App = Box<dyn FnOnce(Figment, Auth, Reports) -> Rocket<Build> + Send>;

/// How a server is started.
pub struct Options {
    settings: Vec<(String, Setting)>,
    profile: &'static str,
    clock: Arc<dyn Clock>,
    accounts: Option<Arc<dyn Accounts>>,
    sinks: Vec<Arc<dyn AuditSink>>,
    courier: Option<Arc<dyn Courier>>,
    parts: Vec<Part>,
    bcrypt_cost: u32,
    app: App,
    shared: Arc<Shared>,
    people: bool,
    sign_in_page: bool,
    dumps_headers: bool,
    without_dumps: bool,
}

/// What several servers of one application share: the database and the secrets.
pub(super) struct Shared {
    folder: TempDir,
    access_secret: String,
    refresh_secret: String,
}

impl Options {
    pub(super) fn of(shared: Arc<Shared>) -> Options {
        Options {
            settings: Vec::new(),
            profile: "debug",
            clock: Arc::new(SystemClock),
            accounts: None,
            sinks: Vec::new(),
            courier: None,
            parts: Vec::new(),
            bcrypt_cost: 4,
            app: Box::new(rocket_app::rocket),
            shared,
            people: true,
            sign_in_page: true,
            dumps_headers: false,
            without_dumps: false,
        }
    }

    /// A key of the `auth` table: `("cookie.access", true)`.
    pub fn set(mut self, key: &str, value: impl Into<Setting>) -> Options {
        self.settings.push((format!("auth.{key}"), value.into()));
        self
    }

    /// Under the rules of a release.
    pub fn release(mut self) -> Options {
        self.profile = "release";
        self
    }

    /// Without the dumps of headers that only the debug profile allows, and which cost more than
    /// the request.
    pub fn without_dumps(mut self) -> Options {
        self.without_dumps = true;
        self
    }

    /// With a logger that shows request headers, also under the rules of a release.
    pub fn dumping_headers(mut self) -> Options {
        self.dumps_headers = true;
        self
    }

    /// With the access token as a cookie as well, as the repository's `Rocket.toml` has it.
    pub fn with_access_cookie(self) -> Options {
        self.set("cookie.access", true)
            .set("token_sources", vec!["header", "cookie"])
    }

    /// Without the demo's page for browsers that have no identity.
    pub fn without_sign_in_page(mut self) -> Options {
        self.sign_in_page = false;
        self
    }

    pub fn clock(mut self, clock: &Arc<ManualClock>) -> Options {
        self.clock = clock.clone();
        self
    }

    /// An application's own users; the built-in table gets no accounts.
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> Options {
        self.accounts = Some(accounts);
        self.people = false;
        self
    }

    /// Hands security events to another sink, which comes first.
    pub fn audit(mut self, sink: impl AuditSink) -> Options {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Delivers mails by `courier`.
    pub fn courier(mut self, courier: impl Courier) -> Options {
        self.courier = Some(Arc::new(courier));
        self
    }

    /// With what else an application gives to its builder.
    pub fn part(mut self, part: impl FnOnce(AuthBuilder) -> AuthBuilder + Send + 'static) -> Options {
        self.parts.push(Box::new(part));
        self
    }

    /// Without accounts.
    pub fn without_people(mut self) -> Options {
        self.people = false;
        self
    }

    /// The cost of new hashes; 4 unless said otherwise, as bcrypt is slow on purpose.
    pub fn bcrypt_cost(mut self, cost: u32) -> Options {
        self.bcrypt_cost = cost;
        self
    }

    /// The demo, and what `extend` adds to it.
    pub fn extended(self, extend: impl FnOnce(Rocket<Build>) -> Rocket<Build> + Send + 'static) -> Options {
        self.app(|figment, auth, reports| extend(rocket_app::rocket(figment, auth, reports)))
    }

    /// Another application than the demo.
    pub fn app(mut self, app: impl FnOnce(Figment, Auth, Reports) -> Rocket<Build> + Send + 'static) -> Options {
        self.app = Box::new(app);
        self
    }

    pub async fn start(self) -> Server {
        match self.try_start().await {
            Ok(server) => server,
            Err(failed) => panic!("the server starts: {}: {:?}", failed.why, failed.log.lines()),
        }
    }

    /// Starts the server, and waits until it listens or gives up.
    pub async fn try_start(mut self) -> Result<Server, Failed> {
        let log = Log::new();
        if self.without_dumps || (self.profile != "debug" && !self.dumps_headers) {
            log.refuse_dumps();
        }
        let handed = Arc::clone(&log);
        self.sinks.push(Arc::new(move |event: &Event| handed.hand(event)));
        let followed = Arc::clone(&log);
        let threads = Arc::new(Threads::default());
        let counted = Arc::clone(&threads);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(move || {
                followed.follow_this_thread();
                counted.count_this_one();
            })
            .enable_all()
            .build()
            .expect("a runtime");
        let shared = Arc::clone(&self.shared);
        let (lifted_off, listens) = oneshot::channel();
        let running = runtime.spawn(self.run(lifted_off));
        match listens.await {
            Ok(launched) => {
                log.forget_handed();
                Ok(Server::of(launched, log, shared, runtime, threads))
            }
            Err(_) => {
                let why = running
                    .await
                    .expect("the launch does not panic")
                    .expect_err("it did not lift off");
                runtime.shutdown_background();
                Err(Failed { why, log })
            }
        }
    }

    async fn run(self, lifted_off: oneshot::Sender<Launched>) -> Result<(), String> {
        let figment = self.figment();
        // A ring in the configuration takes the variable's place; both at once are refused.
        let has_ring = |ring: &str| self.settings.iter().any(|(key, _)| key == ring);
        let secret = |text: &str, ring: &str| (!has_ring(ring)).then(|| SecretString::new(text));
        let environment = Environment {
            access_secret: secret(&self.shared.access_secret, "auth.tokens.access_keys"),
            refresh_secret: secret(&self.shared.refresh_secret, "auth.tokens.refresh_keys"),
            ..Environment::default()
        };
        let mut config = Config::read(&figment, &environment).map_err(|error| error.to_string())?;
        // Only the configuration's reader minds a low cost.
        config.passwords.bcrypt_cost = self.bcrypt_cost;
        let mut builder = Auth::builder::<AppRole>().clock(self.clock);
        if let Some(accounts) = self.accounts {
            builder = builder.accounts(accounts);
        }
        for sink in self.sinks {
            builder = builder.audit(sink);
        }
        if let Some(courier) = self.courier {
            builder = builder.courier(courier);
        }
        for part in self.parts {
            builder = part(builder);
        }
        let auth = builder.build(config).await.map_err(|error| error.to_string())?;
        let mut keeping_reports = auth.config().clone();
        if keeping_reports.store_url().starts_with("redis:") {
            // Redis keeps sessions only.
            keeping_reports.store = Some(SecretString::new(format!(
                "sqlite://{}",
                self.shared.database().display()
            )));
            std::fs::File::create(self.shared.database()).expect("the folder can be written");
        }
        let reports = Reports::open(&keeping_reports)
            .await
            .map_err(|error| error.to_string())?;
        if self.people {
            add_people(&auth, &reports).await;
        }
        let lifted_off = Mutex::new(Some(lifted_off));
        let rocket = (self.app)(figment, auth.clone(), reports);
        let rocket = rocket.attach(AdHoc::on_liftoff("tell the port", move |rocket| {
            Box::pin(async move {
                let sender = lifted_off.lock().expect("held here only").take();
                let launched = Launched {
                    auth: auth.clone(),
                    port: rocket.config().port,
                    shutdown: rocket.shutdown(),
                };
                // The receiver is gone if the test has failed already.
                let _: Option<Result<(), _>> = sender.map(|sender| sender.send(launched));
            })
        }));
        match rocket.launch().await {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{:?}", error.kind())),
        }
    }

    /// Rocket's own defaults, the demo's sign-in page, and the settings of the test; nothing of the
    /// environment.
    fn figment(&self) -> Figment {
        let path = self.shared.database();
        let mut figment = Figment::from(rocket::Config::debug_default())
            .select(self.profile)
            .merge(("address", "127.0.0.1"))
            .merge(("port", 0))
            .merge(("log_level", "normal"))
            .merge(("shutdown.ctrlc", false))
            .merge(("shutdown.grace", 0))
            .merge(("shutdown.mercy", 0))
            .merge(("auth.store", format!("sqlite://{}", path.display())));
        if self.sign_in_page {
            figment = figment.merge(("auth.sign_in_page", "/"));
        }
        for (key, value) in &self.settings {
            figment = figment.merge((key.as_str(), value.clone()));
        }
        figment
    }
}

impl Shared {
    pub(super) fn new(access_secret: &str, refresh_secret: &str) -> Shared {
        Shared {
            folder: tempfile::tempdir().expect("a folder"),
            access_secret: access_secret.to_owned(),
            refresh_secret: refresh_secret.to_owned(),
        }
    }

    pub(super) fn access_secret(&self) -> &str {
        &self.access_secret
    }

    pub(super) fn refresh_secret(&self) -> &str {
        &self.refresh_secret
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("auth.db")
    }
}

async fn add_people(auth: &Auth, reports: &Reports) {
    if auth.accounts().count().await.expect("the accounts answer").all > 0 {
        return;
    }
    for person in Person::ALL {
        let added = auth
            .accounts()
            .create(
                person.email,
                SecretString::new(person.password),
                AppRole::from_name(person.role),
            )
            .await;
        let title = format!("what {} found", person.email);
        reports
            .put(person.report, &added.expect("the account is new"), &title)
            .await
            .expect("the reports answer");
    }
}

/// A server that listens.
pub(super) struct Launched {
    pub(super) auth: Auth,
    pub(super) port: u16,
    pub(super) shutdown: Shutdown,
}

/// A launch that did not come to listening.
pub struct Failed {
    pub why: String,
    pub log: Arc<Log>,
}
