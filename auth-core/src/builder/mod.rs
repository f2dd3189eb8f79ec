//! From a configuration to a working [`Auth`], with or without Rocket.

mod age;
mod checks;
mod error;
mod open;
mod wait;

use std::sync::Arc;

use figment::Figment;
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::account::{Account, AccountStore, Accounts};
use crate::audit::{Audit, AuditSink};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError, REQUIRED_FOR};
use crate::factor::FactorKeys;
use crate::keys::{KeyError, KeyRings, check_secret};
use crate::mail::{Courier, choose};
use crate::password::Pepper;
use crate::role::{MembershipSource, Role, RoleTable};
use crate::session::{Auth, AuthParts, GiveClaims};
use crate::token::app_claims::AppClaims;

use checks::{check_flows, check_roles, refuse_early, refuse_long_tokens};
pub use error::BuildError;
use wait::{interrupted, until_answered};

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
    accounts: Option<Arc<dyn Accounts>>,
    account_store: Option<Arc<dyn AccountStore>>,
    sinks: Vec<Arc<dyn AuditSink>>,
    /// Where the fairing reads keys again.
    pub(crate) configuration: Option<ReadFigment>,
    courier: Option<Arc<dyn Courier>>,
    pub(crate) memberships: Vec<Arc<dyn MembershipSource>>,
    claims: Option<GiveClaims>,
    keys: Option<KeyRings>,
    serves: bool,
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "no other store is a file"))]
    creates: bool,
}

/// Reads an application's configuration.
pub(crate) type ReadFigment = Arc<dyn Fn() -> Figment + Send + Sync>;

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
    /// A builder with what the application gave to this one.
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

    /// Whether the application gave it something that a test keeps.
    #[cfg(feature = "testing")]
    pub(crate) const fn has_own_parts(&self) -> bool {
        self.accounts.is_some()
            || self.claims.is_some()
            || self.courier.is_some()
            || !self.memberships.is_empty()
            || !self.sinks.is_empty()
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
}
