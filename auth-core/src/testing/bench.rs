use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use tempfile::TempDir;

use crate::account::NewAccount;
use crate::builder::BuildError;
use crate::clock::{ManualClock, Timestamp};
use crate::config::{Config, Environment};
use crate::ids::UserId;
use crate::keys::KeyRings;
use crate::methods::AuthMethods;
use crate::role::Role;
use crate::secret::SecretString;
use crate::session::{Auth, ClientInfo, SessionError, TokenPair};
use crate::web::TestParts;

/// The cost of password hashes: the least that bcrypt knows, so that a test that does sign in with
/// a password is quick.
const COST: u32 = 4;

/// A file system in memory, where the machine has one.
const IN_MEMORY: &str = "/dev/shm";

/// A test bench for an application. It has an [`Auth`] with random keys, a SQLite store of its own
/// in memory, and a clock that stands still until you move it.
///
/// Its methods wait for the store by themselves, so that they serve tests of both kinds, blocking
/// and asynchronous.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::testing::{AsUser, TestBench};
/// use auth_core::{Auth, Role, authenticated, guarded_routes};
/// use rocket::get;
/// use rocket::http::Status;
/// use rocket::local::blocking::Client;
///
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Viewer }
/// #[authenticated]
/// #[get("/me")]
/// fn me() {}
///
/// let app = rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", guarded_routes![me]);
/// let bench = TestBench::new::<AppRole>()?;
/// let client = Client::tracked(bench.attach(app))?;
///
/// let ann = bench.add_user("ann@example.com", [AppRole::Viewer])?;
/// let session = bench.sign_in(&ann)?;
/// assert_eq!(client.get("/me").bearer(&session).dispatch().status(), Status::Ok);
///
/// // Fifteen minutes later the access token has expired.
/// bench.clock().advance(Duration::from_secs(15 * 60));
/// assert_eq!(client.get("/me").bearer(&session).dispatch().status(), Status::Unauthorized);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TestBench {
    parts: TestParts,
    // The store's file goes with the bench.
    _folder: TempDir,
}

/// Why there is no bench.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// There is no folder for the store.
    #[error("no temporary folder for the store: {0}")]
    Folder(#[from] io::Error),
    /// A setting, the store or the hasher.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl TestBench {
    /// A bench for the roles `R`, with the library's defaults in the debug profile.
    ///
    /// # Errors
    ///
    /// [`BenchError`].
    pub fn new<R: Role>() -> Result<TestBench, BenchError> {
        TestBench::with::<R>(Figment::from(rocket::Config::debug_default()))
    }

    /// A bench with the settings of `figment` (its table `auth`; the store's place, the hashes'
    /// cost and the profile's secrets are the bench's).
    ///
    /// # Errors
    ///
    /// [`BenchError`].
    pub fn with<R: Role>(figment: Figment) -> Result<TestBench, BenchError> {
        let folder = folder()?;
        let url = format!("sqlite://{}", folder.path().join("auth.db").display());
        let figment = figment.select("debug").merge(("auth.store", url));
        let mut config = Config::read(&figment, &Environment::default()).map_err(BuildError::from)?;
        config.passwords.bcrypt_cost = COST;
        let keys = KeyRings::from_config(&config).map_err(BuildError::from)?;
        let clock = Arc::new(ManualClock::at(now()));
        let builder = Auth::builder::<R>().clock(clock.clone()).keys(keys.clone());
        let auth = on_a_thread(builder.build(config.clone()))?;
        let parts = TestParts {
            config,
            keys,
            clock,
            auth,
            attached: Arc::default(),
        };
        Ok(TestBench { parts, _folder: folder })
    }

    /// `rocket` on this bench: its store, its keys and its clock take the place of what the
    /// application's fairing would open and read. The users and the audit sinks that the
    /// application gave to the fairing stay. An application without the fairing gets one.
    pub fn attach(&self, rocket: Rocket<Build>) -> Rocket<Build> {
        let auth = self.parts.auth.clone();
        rocket.manage(self.parts.clone()).attach(AdHoc::try_on_ignite(
            "Authentication of a test bench",
            |rocket| async {
                let is_attached = rocket.state::<Auth>().is_some();
                Ok(if is_attached {
                    rocket
                } else {
                    rocket.attach(auth.into_fairing())
                })
            },
        ))
    }

    /// The [`Auth`] that signs in, refreshes and revokes: the application's, once its client is
    /// made.
    pub fn auth(&self) -> &Auth {
        self.parts.attached.get().unwrap_or(&self.parts.auth)
    }

    /// The clock of everything on the bench; it starts at the system's time, in a whole second.
    pub fn clock(&self) -> &ManualClock {
        &self.parts.clock
    }

    /// Adds a user who has no password.
    ///
    /// # Errors
    ///
    /// [`SessionError::Accounts`] where the e-mail is taken, or the users are the application's
    /// own.
    pub fn add_user<R: Role>(&self, email: &str, roles: impl IntoIterator<Item = R>) -> Result<UserId, SessionError> {
        let account = NewAccount {
            email: email.to_owned(),
            // No hash at all: no password ever matches.
            password_hash: SecretString::new("none"),
            roles: roles.into_iter().map(|role| role.name().to_owned()).collect(),
            demo: true,
        };
        let auth = self.auth();
        on_a_thread(async move { Ok(auth.managed()?.create(account).await?) })
    }

    /// Signs a user in without a password: a session as any other, with its row, its refresh token
    /// and its end.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for a user who is unknown or disabled.
    pub fn sign_in(&self, user: &UserId) -> Result<TokenPair, SessionError> {
        self.sign_in_by(user, AuthMethods::NONE)
    }

    /// As [`TestBench::sign_in`], with a password and a second factor: for rules with `mfa`, and
    /// for roles of `auth.second_factor.required_for`. The account needs neither.
    ///
    /// ```
    /// use auth_core::testing::{AsUser, TestBench};
    /// use auth_core::{Auth, Role, guarded_routes, require_role};
    /// use rocket::figment::Figment;
    /// use rocket::get;
    /// use rocket::http::Status;
    /// use rocket::local::blocking::Client;
    /// use rocket::serde::json::json;
    ///
    /// # #[derive(Role, Clone, Copy)]
    /// # enum AppRole { Admin, Viewer }
    /// #[require_role(AppRole::Admin)]
    /// #[get("/payouts")]
    /// fn payouts() {}
    ///
    /// let settings = json!({
    ///     "second_factor": { "required_for": ["admin"] },
    ///     "factor_keys": [{ "name": "test", "secret": "q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs" }],
    /// });
    /// let figment = Figment::from(rocket::Config::debug_default()).merge(("auth", settings));
    /// let app = rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", guarded_routes![payouts]);
    /// let bench = TestBench::with::<AppRole>(figment)?;
    /// let client = Client::tracked(bench.attach(app))?;
    ///
    /// let ann = bench.add_user("ann@example.com", [AppRole::Admin])?;
    /// let (plain, strong) = (bench.sign_in(&ann)?, bench.sign_in_with_factor(&ann)?);
    /// let payouts = |session| client.get("/payouts").bearer(session).dispatch().status();
    /// assert_eq!(payouts(&plain), Status::Unauthorized);
    /// assert_eq!(payouts(&strong), Status::Ok);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`TestBench::sign_in`].
    ///
    /// # Panics
    ///
    /// Where `auth.second_factor` is off on the bench: no session could have a factor.
    pub fn sign_in_with_factor(&self, user: &UserId) -> Result<TokenPair, SessionError> {
        let is_on = self.auth().config().second_factor.is_on();
        assert!(
            is_on,
            "`auth.second_factor` is off; give its settings to `TestBench::with`"
        );
        self.sign_in_by(user, AuthMethods::PASSWORD.and_second_factor())
    }

    fn sign_in_by(&self, user: &UserId, methods: AuthMethods) -> Result<TokenPair, SessionError> {
        let (auth, client) = (self.auth(), ClientInfo::default());
        on_a_thread(async move { auth.start_proven_session(user, methods, &client, None).await })
    }

    /// Waits for a future of [`Auth`], on a thread of its own: for tests that are not asynchronous.
    ///
    /// ```
    /// # use auth_core::Role;
    /// # use auth_core::testing::TestBench;
    /// # #[derive(Role, Clone, Copy)]
    /// # enum AppRole { Admin }
    /// let bench = TestBench::new::<AppRole>()?;
    /// let ann = bench.add_user("ann@example.com", [AppRole::Admin])?;
    /// bench.sign_in(&ann)?;
    /// assert_eq!(bench.wait(bench.auth().sessions().list(&ann))?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        on_a_thread(future)
    }
}

fn folder() -> io::Result<TempDir> {
    let in_memory = tempfile::Builder::new()
        .prefix("auth-test-")
        .tempdir_in(Path::new(IN_MEMORY));
    in_memory.or_else(|_| tempfile::Builder::new().prefix("auth-test-").tempdir())
}

/// A whole second: what a test adds to it lands where it says.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(since.as_secs().cast_signed())
}

/// Runs a future to its end on a thread and a runtime of its own: the caller may be on a runtime,
/// or not.
fn on_a_thread<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a process can have one runtime more").block_on(future)
    };
    std::thread::scope(|scope| {
        let ended = scope.spawn(run).join();
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
