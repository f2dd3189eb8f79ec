//! From a configuration to a working [`Auth`], with or without Rocket.

use std::sync::Arc;
use std::time::Duration;

use figment::Figment;
use serde::Serialize;
use serde_json::json;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;
#[cfg(feature = "postgres")]
use tracing::warn;
use uuid::Uuid;

use crate::account::{Account, AccountError, AccountStore, Accounts};
use crate::audit::{Audit, AuditSink};
use crate::clock::{Clock, SystemClock, Timestamp};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::config::Migrate;
use crate::config::{Config, ConfigError, REQUIRED_FOR, SignUp};
use crate::factor::FactorKeys;
use crate::ids::UserId;
use crate::keys::{KeyError, KeyRing, KeyRings, MAX_TOKEN_BYTES, check_secret};
use crate::mail::{Courier, choose};
use crate::password::{HashError, Pepper};
use crate::role::{MembershipSource, Role, RoleTable};
use crate::session::{Auth, AuthParts, GiveClaims, SessionError};
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
use crate::store::OwnAccounts;
#[cfg(feature = "postgres")]
use crate::store::postgres::{PostgresConfig, PostgresStore};
#[cfg(feature = "redis")]
use crate::store::redis::{self, RedisConfig, RedisStore};
#[cfg(feature = "sqlite")]
use crate::store::sqlite::{SqliteConfig, SqliteStore};
use crate::store::{Engine, ManagedAccounts, OpenError, SessionStore, StoreError};
use crate::token::app_claims::{AppClaims, MAX_APP_CLAIMS_BYTES};

/// When this version was made, 2026-11-01, in seconds since the epoch; raised with each release.
const RELEASED: i64 = 1_793_491_200;

/// No server can run before it was built: a clock with an earlier time is wrong, and every token
/// with its time would be.
///
/// A reproducible build must not read the clock. Its operators set `SOURCE_DATE_EPOCH` instead
/// (<https://reproducible-builds.org/specs/source-date-epoch/>); cargo rebuilds when it changes.
/// Without it, or with one that is earlier or no number, the time of the release counts.
const EARLIEST: Timestamp = earliest(option_env!("SOURCE_DATE_EPOCH"));

/// How long a start goes on trying a database that is too busy to answer in time.
const START_WAIT: Duration = Duration::from_secs(30);

/// How long a call of an operator's command may take.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
const OPERATOR_WAIT: Duration = Duration::from_secs(30);

/// Builds an application's authentication from its own parts and the settings. [`Auth::builder`]
/// makes it.
///
/// It ends in [`AuthBuilder::fairing`] for a server, and in [`AuthBuilder::build`] for a worker or
/// a command-line tool.
///
/// ```no_run
/// use auth_core::audit::Event;
/// use auth_core::{Auth, Role};
///
/// #[derive(Role, Clone, Copy)]
/// enum AppRole {
///     Admin,
///     Viewer,
/// }
///
/// #[rocket::launch]
/// fn rocket() -> _ {
///     let auth = Auth::builder::<AppRole>().audit(|event: &Event| println!("{}", event.kind.as_str()));
///     rocket::build().attach(auth.fairing())
/// }
/// ```
#[derive(Clone)]
pub struct AuthBuilder {
    roles: RoleTable,
    clock: Arc<dyn Clock>,
    pub(crate) accounts: Option<Arc<dyn Accounts>>,
    account_store: Option<Arc<dyn AccountStore>>,
    pub(crate) sinks: Vec<Arc<dyn AuditSink>>,
    /// Where the fairing reads keys again.
    pub(crate) configuration: Option<ReadFigment>,
    pub(crate) courier: Option<Arc<dyn Courier>>,
    pub(crate) memberships: Vec<Arc<dyn MembershipSource>>,
    pub(crate) claims: Option<GiveClaims>,
    keys: Option<KeyRings>,
    serves: bool,
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "no other store is a file"))]
    creates: bool,
}

/// Reads an application's configuration.
pub(crate) type ReadFigment = Arc<dyn Fn() -> Figment + Send + Sync>;

/// Why no [`Auth`] could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be opened.
    #[error("`auth.store`: {0}")]
    Store(#[from] OpenError),
    /// The Redis of `auth.store` cannot be used.
    #[cfg(feature = "redis")]
    #[error("`auth.store`: {0}")]
    Redis(#[from] redis::OpenError),
    /// Redis keeps no accounts, and the application brings none.
    #[error(
        "`auth.store` is a Redis, which keeps sessions only: give the fairing your users with `.accounts(…)`, or use a \
         database that keeps accounts"
    )]
    RedisNeedsAccounts,
    /// A token with every role would be too long to be accepted.
    #[error(
        "an access token with all {count} roles of `{role_enum}` is {length} bytes long, and one of more than {MAX_TOKEN_BYTES} is \
         refused: give the roles shorter names, or have fewer of them"
    )]
    Roles {
        /// The enum.
        role_enum: &'static str,
        /// How many roles it has.
        count: usize,
        /// How long the token would be, in bytes.
        length: usize,
    },
    /// The password hasher does not work.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The accounts cannot be read.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The revocations cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The clock says a time before this program was built.
    #[error("the system's clock says {0}, which is before this program was built ({EARLIEST}); set it")]
    Clock(Timestamp),
    /// A release was started on a database with the accounts of a demo.
    #[error(
        "the database of `auth.store` holds {0} demo accounts, whose passwords were printed; a release does not start on it: use another database"
    )]
    DemoAccounts(i64),
    /// The runtime is shutting down.
    #[error("the database could not be opened: {0}")]
    Interrupted(String),
}

impl Auth {
    /// A builder for an application whose roles are `R`.
    pub fn builder<R: Role>() -> AuthBuilder {
        AuthBuilder {
            roles: RoleTable::of::<R>(),
            clock: Arc::new(SystemClock),
            accounts: None,
            account_store: None,
            sinks: Vec::new(),
            configuration: None,
            keys: None,
            courier: None,
            memberships: Vec::new(),
            claims: None,
            serves: true,
            creates: true,
        }
    }
}

#[cfg(feature = "testing")]
impl Auth {
    /// A builder with the users and the sinks that the application gave to this one.
    pub(crate) fn builder_of_own(&self) -> AuthBuilder {
        AuthBuilder {
            roles: *self.roles(),
            clock: Arc::new(SystemClock),
            accounts: self.own_accounts(),
            account_store: self.own_store(),
            sinks: self.sinks().to_vec(),
            courier: self.courier(),
            memberships: self.membership_sources().to_vec(),
            claims: self.claims(),
            configuration: None,
            keys: None,
            serves: true,
            creates: true,
        }
    }
}

impl AuthBuilder {
    /// Uses the application's own users instead of the built-in table.
    #[must_use]
    pub fn accounts(mut self, accounts: impl Accounts) -> AuthBuilder {
        self.accounts = Some(Arc::new(accounts));
        self.account_store = None;
        self
    }

    /// Uses the application's own users instead of the built-in table, and may change them: every
    /// account flow and the methods of [`Auth::accounts`] work on `accounts`.
    #[must_use]
    pub fn account_store(mut self, accounts: impl AccountStore) -> AuthBuilder {
        let accounts = Arc::new(accounts);
        self.accounts = Some(Arc::clone(&accounts) as Arc<dyn Accounts>);
        self.account_store = Some(accounts);
        self
    }

    /// Hands every security event to `sink`, besides the log. May be called more than once.
    #[must_use]
    pub fn audit(mut self, sink: impl AuditSink) -> AuthBuilder {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Where the fairing reads the configuration when it reads the keys again (on unix: at
    /// `SIGHUP`).
    ///
    /// By default it reads what Rocket reads, `Rocket.toml` and `ROCKET_…`, if the keys stood there
    /// at launch. If an application made its configuration by other means and did not call this
    /// function, the fairing reads only the key files again.
    #[must_use]
    pub fn configuration(mut self, read: impl Fn() -> Figment + Send + Sync + 'static) -> AuthBuilder {
        self.configuration = Some(Arc::new(read));
        self
    }

    /// Delivers the mails of the account flows by `courier`, instead of `auth.smtp` or the
    /// terminal.
    #[must_use]
    pub fn courier(mut self, courier: impl Courier) -> AuthBuilder {
        self.courier = Some(Arc::new(courier));
        self
    }

    /// Puts claims of the application into each access token, as its claim `app`. `give` is called
    /// for the account at each sign-in and each refresh, so that a change shows with the next
    /// token.
    ///
    /// [`User::claims`](crate::User::claims) reads them, and
    /// [`AccessClaims::app`](crate::verifier::AccessClaims::app) in other services. A client can
    /// read them too: put no secret there.
    ///
    /// ```no_run
    /// use auth_core::{Auth, Role};
    /// use serde::{Deserialize, Serialize};
    /// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct TenantClaims {
    ///     tenant: String,
    /// }
    ///
    /// # #[rocket::launch]
    /// # fn rocket() -> _ {
    /// let auth = Auth::builder::<AppRole>().claims(|account| TenantClaims {
    ///     tenant: account.email.rsplit('@').next().unwrap_or_default().to_owned(),
    /// });
    /// rocket::build().attach(auth.fairing())
    /// # }
    /// ```
    ///
    /// The claims are one JSON object of at most 512 bytes. Where they are not, the sign-in or the
    /// refresh is answered with 500, and the log says why: no token goes out without its claims.
    /// Each refresh reads the account once more.
    #[must_use]
    pub fn claims<T: Serialize>(mut self, give: impl Fn(&Account) -> T + Send + Sync + 'static) -> AuthBuilder {
        self.claims = Some(Arc::new(move |account| AppClaims::of(&give(account))));
        self
    }

    /// Uses another clock than the system's; for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> AuthBuilder {
        self.clock = clock;
        self
    }

    /// Makes an [`Auth`] for command-line tools, which serves no requests. It needs no keys and
    /// starts beside demo accounts. It waits up to 30 seconds for the database, where a server's
    /// request waits two.
    #[doc(hidden)]
    #[must_use]
    pub fn for_operator(mut self) -> AuthBuilder {
        self.serves = false;
        self
    }

    /// Refuses a SQLite file that is missing instead of making it. For command-line tools that
    /// change what is there.
    #[must_use]
    #[cfg(feature = "cli")]
    pub(crate) fn of_existing_database(mut self) -> AuthBuilder {
        self.creates = false;
        self
    }

    /// Signs with these keys instead of those that the configuration names.
    #[cfg(feature = "testing")]
    pub(crate) fn keys(mut self, keys: KeyRings) -> AuthBuilder {
        self.keys = Some(keys);
        self
    }

    /// Makes an [`Auth`] of the settings in `config`: opens the database, prepares the keys, and
    /// refuses what is unsafe. Must be called on a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that has to change, and never holds a secret.
    pub async fn build(self, config: Config) -> Result<Auth, BuildError> {
        refuse_early(self.clock.now())?;
        if let Some(key) = &config.audit_pseudonym_key {
            check_secret(key.expose())
                .map_err(|weak| ConfigError::new("auth.audit_pseudonym_key", weak.to_string()))?;
        }
        check_flows(
            &config,
            &self.roles,
            self.accounts.is_none() || self.account_store.is_some(),
        )?;
        check_roles(REQUIRED_FOR, config.second_factor.required_for(), &self.roles)?;
        let courier = choose(self.courier.clone(), &config, self.serves)?;
        if let (None, true, Some(flow)) = (&courier, self.serves, config.flows.sending()) {
            return Err(ConfigError::new(
                flow,
                "sends mails, and there is no courier: set `auth.smtp.url`, or give the fairing one with `.courier(…)`",
            )
            .into());
        }
        let audit = Audit::new(config.audit_pseudonym_key.as_ref(), self.sinks.clone()).map_err(KeyError::from)?;
        let keys = match &self.keys {
            Some(keys) => keys.clone(),
            None if self.serves => KeyRings::from_config(&config)?,
            None => KeyRings::random()?,
        };
        if self.serves {
            refuse_long_tokens(&keys.access, &config, &self.roles, self.claims.is_some())?;
        }
        // An operator's tool needs it, too: it hashes passwords of new accounts.
        let pepper = Pepper::from_config(&config)?;
        let factor_keys = FactorKeys::from_config(&config)?;
        let opened = self.open_store(&config).await?;
        if let (Some(accounts), None) = (&opened.managed, &self.accounts) {
            let demo = until_answered(|| accounts.count()).await?.demo;
            if demo > 0 && self.serves && !config.is_debug() {
                return Err(BuildError::DemoAccounts(demo));
            }
        }
        let parts = AuthParts {
            config,
            roles: self.roles,
            clock: self.clock,
            keys,
            pepper,
            factor_keys,
            accounts: opened.accounts,
            managed: opened.managed,
            own_store: self.account_store,
            store: opened.sessions,
            audit,
            courier,
            memberships: self.memberships,
            claims: self.claims,
        };
        // Making the hasher takes one hash.
        let auth = spawn_blocking(move || Auth::new(parts)).await.map_err(interrupted)??;
        until_answered(|| auth.load_revocations()).await?;
        Ok(auth)
    }

    async fn open_store(&self, config: &Config) -> Result<Opened, BuildError> {
        match Engine::of_url(config.store_url())? {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Ok(self.opened(self.open_sqlite(config).await?)),
            #[cfg(not(feature = "sqlite"))]
            Engine::Sqlite => Err(OpenError::WithoutSqlite.into()),
            #[cfg(feature = "postgres")]
            Engine::Postgres => Ok(self.opened(self.open_postgres(config).await?)),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => Err(OpenError::WithoutPostgres.into()),
            #[cfg(feature = "redis")]
            Engine::Redis => {
                let accounts = self.accounts.clone().ok_or(BuildError::RedisNeedsAccounts)?;
                Ok(self.beside(accounts, Arc::new(self.open_redis(config).await?)))
            }
            #[cfg(not(feature = "redis"))]
            Engine::Redis => Err(OpenError::WithoutRedis.into()),
        }
    }

    /// A store that keeps accounts as well, used unless the application has its own.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    fn opened<S: SessionStore + ManagedAccounts + Clone>(&self, store: S) -> Opened {
        match self.accounts.clone() {
            Some(accounts) => self.beside(accounts, Arc::new(store)),
            None => Opened {
                sessions: Arc::new(store.clone()),
                accounts: Arc::new(store.clone()),
                managed: Some(Arc::new(store)),
            },
        }
    }

    /// Sessions beside the application's own accounts.
    #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
    fn beside(&self, accounts: Arc<dyn Accounts>, sessions: Arc<dyn SessionStore>) -> Opened {
        let managed = self.account_store.clone().map(|accounts| {
            let sessions = Arc::clone(&sessions);
            Arc::new(OwnAccounts { accounts, sessions }) as Arc<dyn ManagedAccounts>
        });
        Opened {
            sessions,
            accounts,
            managed,
        }
    }

    #[cfg(feature = "sqlite")]
    async fn open_sqlite(&self, settings: &Config) -> Result<SqliteStore, BuildError> {
        let defaults = SqliteConfig::new(SqliteStore::parse_url(settings.store_url()).map_err(OpenError::from)?);
        let config = SqliteConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: settings.migrate == Migrate::Auto,
            create: self.creates,
            wait: if self.serves { defaults.wait } else { OPERATOR_WAIT },
            ..defaults
        };
        let clock = Arc::clone(&self.clock);
        Ok(spawn_blocking(move || SqliteStore::open(config, clock))
            .await
            .map_err(interrupted)??)
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(&self, settings: &Config) -> Result<PostgresStore, BuildError> {
        let defaults = PostgresConfig::new(settings.store_url());
        let config = PostgresConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: settings.migrate == Migrate::Auto,
            pool_size: settings.postgres.pool_size.unwrap_or(defaults.pool_size),
            // A command ends before a notification could reach it.
            listen: settings.postgres.listen && self.serves,
            pooler: settings.postgres.pooler,
            wait: if self.serves { defaults.wait } else { OPERATOR_WAIT },
            ..defaults
        };
        if self.serves && !settings.is_debug() && config.is_exposed() {
            warn!(
                "`auth.store` leads to another host without `sslmode`: TLS is used only if the server offers it, and no \
                 certificate is checked; write `?sslmode=verify-full`, or `?sslmode=disable` if the network is safe"
            );
        }
        Ok(PostgresStore::open(config).await?)
    }

    #[cfg(feature = "redis")]
    async fn open_redis(&self, settings: &Config) -> Result<RedisStore, BuildError> {
        let mut config = RedisConfig::from_url(settings.store_url()).map_err(redis::OpenError::from)?;
        if !self.serves {
            config.wait = OPERATOR_WAIT;
        }
        Ok(RedisStore::open(config).await?)
    }
}

/// Refuses a list with a role that the application's enum does not have.
fn check_roles(setting: &str, listed: &[String], roles: &RoleTable) -> Result<(), ConfigError> {
    match listed.iter().find(|role| roles.bit(role).is_none()) {
        Some(unknown) => {
            let (unknown, known) = (unknown.escape_debug(), roles.names().join(", "));
            Err(ConfigError::new(
                setting,
                format!("names `{unknown}`; there are {known}"),
            ))
        }
        None => Ok(()),
    }
}

/// Refuses flows that cannot work: with roles that there are not, or on accounts that the library
/// does not keep.
fn check_flows(config: &Config, roles: &RoleTable, keeps_accounts: bool) -> Result<(), ConfigError> {
    check_roles("auth.flows.new_user_roles", &config.flows.new_user_roles, roles)?;
    let on_built_in_accounts = [
        ("auth.flows.sign_up", config.flows.sign_up != SignUp::Off),
        ("auth.flows.change_email", config.flows.change_email),
        ("auth.flows.delete_account", config.flows.delete_account),
    ];
    match on_built_in_accounts.into_iter().find(|(_, on)| *on) {
        Some((setting, _)) if !keeps_accounts => Err(ConfigError::new(
            setting,
            "changes accounts, and this application keeps its own: implement `AccountStore` for them, and give it to \
             the fairing with `.account_store(…)`",
        )),
        _ => Ok(()),
    }
}

/// A store, as each of the things it is.
struct Opened {
    sessions: Arc<dyn SessionStore>,
    accounts: Arc<dyn Accounts>,
    managed: Option<Arc<dyn ManagedAccounts>>,
}

/// Asks again while the database does not answer in time, for at most [`START_WAIT`].
async fn until_answered<T, E: MayTimeOut, F: Future<Output = Result<T, E>>>(ask: impl Fn() -> F) -> Result<T, E> {
    let give_up = Instant::now() + START_WAIT;
    loop {
        match ask().await {
            Err(error) if error.is_timeout() && Instant::now() < give_up => {}
            answer => return answer,
        }
    }
}

/// An error that says whether the database was too slow.
trait MayTimeOut {
    fn is_timeout(&self) -> bool;
}

impl MayTimeOut for AccountError {
    fn is_timeout(&self) -> bool {
        let AccountError::Unavailable(cause) = self else {
            return false;
        };
        matches!(cause.downcast_ref(), Some(StoreError::Timeout))
    }
}

impl MayTimeOut for SessionError {
    fn is_timeout(&self) -> bool {
        match self {
            SessionError::Store(StoreError::Timeout) => true,
            SessionError::Accounts(error) => error.is_timeout(),
            _ => false,
        }
    }
}

fn interrupted(error: JoinError) -> BuildError {
    BuildError::Interrupted(error.to_string())
}

fn refuse_early(now: Timestamp) -> Result<(), BuildError> {
    if now < EARLIEST {
        Err(BuildError::Clock(now))
    } else {
        Ok(())
    }
}

/// Refuses roles of which a user could hold so many that no token of theirs would be accepted.
fn refuse_long_tokens(ring: &KeyRing, config: &Config, roles: &RoleTable, has_claims: bool) -> Result<(), BuildError> {
    // Every claim at its longest.
    let mut longest = json!({
        "iss": config.issuer,
        "aud": config.audience,
        "sub": "x".repeat(UserId::MAX_LEN),
        "sid": Uuid::nil(),
        "jti": Uuid::nil(),
        "roles": roles.names(),
        "iat": i64::MAX,
        "exp": i64::MAX,
        "auth_time": i64::MAX,
        "epoch": i64::MAX,
        "rv": i64::MAX,
        "amr": ["pwd", "otp", "mfa"],
    });
    if has_claims {
        longest["app"] = "x".repeat(MAX_APP_CLAIMS_BYTES).into();
    }
    let length = ring.sign(&longest).map_err(SessionError::from)?.len();
    if length <= MAX_TOKEN_BYTES {
        return Ok(());
    }
    Err(BuildError::Roles {
        role_enum: roles.role_enum().name(),
        count: roles.names().len(),
        length,
    })
}

const fn earliest(source_date_epoch: Option<&str>) -> Timestamp {
    // `str::parse` is not const yet.
    let built = match source_date_epoch {
        Some(text) => match i64::from_str_radix(text, 10) {
            Ok(secs) => secs,
            Err(_) => RELEASED,
        },
        None => RELEASED,
    };
    Timestamp::from_secs(if built > RELEASED { built } else { RELEASED })
}

#[cfg(test)]
mod tests {
    use super::*;

    // security: Launch: a clock before the build
    #[test]
    fn a_clock_one_millisecond_before_the_build_is_refused_and_the_moment_itself_is_not() {
        let before = EARLIEST.minus(Duration::from_millis(1));
        let refused = refuse_early(before).expect_err("too early").to_string();
        assert!(
            refused.contains(&before.to_string()) && refused.contains("set it"),
            "{refused}"
        );
        assert!(refuse_early(EARLIEST).is_ok());
    }

    // security: Launch: a clock before the build
    #[test]
    fn the_build_is_dated_by_source_date_epoch_but_never_before_the_release() {
        for (given, secs) in [
            (None, RELEASED),
            (Some(""), RELEASED),
            (Some("soon"), RELEASED),
            (Some("0"), RELEASED),
            (Some("-5"), RELEASED),
            (Some("99999999999999999999"), RELEASED),
            (Some("1900000000"), 1_900_000_000),
        ] {
            assert_eq!(earliest(given), Timestamp::from_secs(secs), "{given:?}");
        }
    }
}
