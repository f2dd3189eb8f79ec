//! The verbs of a login's life: sign in, refresh, sign out, revoke; and [`Auth`], which knows them.

mod accounts;
mod cleanup;
mod error;
mod failure_limit;
mod keys;
mod login;
mod logout;
mod password;
mod refresh;
mod revocation_list;
mod revocation_sync;
mod revoked_set;
mod sync_state;
mod throttle;
mod verify;

use std::net::IpAddr;
use std::sync::Arc;

use crate::account::{Accounts, normalise_email};
use crate::audit::{AccountPseudonym, Audit, Event, RequestId};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::ids::{SessionId, UserId};
use crate::keys::KeyRings;
use crate::password::{HashError, Hasher, Pepper};
use crate::role::RoleTable;
use crate::secret::SecretString;
use crate::store::{AccountStore, MeasuredStore, SessionStore};
use crate::token::{AccessTokens, RefreshTokens, TokenIssuer};
use sync_state::{FeedState, StoreTime};

pub use accounts::Keeping;
pub use error::SessionError;
pub use login::Credentials;
pub use logout::LogoutCredentials;
pub use revocation_list::Revocations;
pub use throttle::{Source, Throttle, Throttled};
pub use verify::Identity;

/// Everything that signs in, verifies, refreshes and revokes: Rocket's managed state, and usable without Rocket.
///
/// Cheap to clone. It is not generic: it knows the application's roles by name and bit, from the one
/// [`Role`](crate::Role) enum given to the fairing.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    config: Config,
    roles: RoleTable,
    clock: StoreTime,
    access: AccessTokens,
    refresh: RefreshTokens,
    accounts: Arc<dyn Accounts>,
    managed: Option<Arc<dyn AccountStore>>,
    store: Arc<dyn SessionStore>,
    audit: Audit,
    hasher: Hasher,
    throttle: Throttle,
    revocations: Revocations,
    feed: FeedState,
    ephemeral_keys: bool,
}

/// What [`Auth`] is made of.
pub struct AuthParts {
    /// The settings.
    pub config: Config,
    /// The application's roles.
    pub roles: RoleTable,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Keys for both kinds of tokens.
    pub keys: KeyRings,
    /// What goes into password hashes.
    pub pepper: Option<Pepper>,
    /// The users.
    pub accounts: Arc<dyn Accounts>,
    /// The same users, where the library keeps them.
    pub managed: Option<Arc<dyn AccountStore>>,
    /// The sessions.
    pub store: Arc<dyn SessionStore>,
    /// Where security events go.
    pub audit: Audit,
}

/// Where a request comes from, for the list of sessions, the limits and the log.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The request, for the events it gives rise to.
    pub request: Option<RequestId>,
}

/// A pair of tokens, as a sign-in and a refresh give it.
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// Whose tokens.
    pub user: UserId,
    /// Of which session.
    pub session: SessionId,
    /// The access token.
    pub access: SecretString,
    /// For how long it is good, in seconds.
    pub access_expires_in: i64,
    /// The refresh token.
    pub refresh: SecretString,
    /// For how long it is good if it is not used, in seconds.
    pub refresh_expires_in: i64,
}

impl Auth {
    /// Puts the parts together. Blocks for as long as one password hash takes.
    ///
    /// # Errors
    ///
    /// [`HashError`] when the cost is none of bcrypt's.
    pub fn new(parts: AuthParts) -> Result<Auth, HashError> {
        let AuthParts {
            config,
            roles,
            clock,
            keys,
            pepper,
            accounts,
            managed,
            store,
            audit,
        } = parts;
        let token_issuer = TokenIssuer {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
        };
        let permits = config
            .passwords
            .max_concurrent_hashes
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get));
        Ok(Auth(Arc::new(Inner {
            ephemeral_keys: keys.ephemeral,
            access: AccessTokens::new(
                keys.access,
                token_issuer.clone(),
                roles,
                config.tokens.access_ttl,
                config.tokens.leeway,
            ),
            refresh: RefreshTokens::new(keys.refresh, token_issuer),
            hasher: Hasher::new(config.passwords.bcrypt_cost, permits, config.passwords.max_wait)?.with_pepper(pepper),
            throttle: Throttle::new(config.throttle),
            revocations: Revocations::default(),
            feed: FeedState::new(),
            config,
            roles,
            clock: StoreTime::new(clock),
            accounts,
            managed,
            store: Arc::new(MeasuredStore(store)),
            audit,
        })))
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The time that tokens are judged by: the store's, as far as this node knows it.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The application's roles.
    pub fn roles(&self) -> &RoleTable {
        &self.0.roles
    }

    /// Whether tokens are signed with random keys, and die with this process.
    pub fn keys_are_ephemeral(&self) -> bool {
        self.0.ephemeral_keys
    }

    /// The users.
    pub fn accounts(&self) -> &dyn Accounts {
        &*self.0.accounts
    }

    /// The users, where the library keeps them; `None` for an application with users of its own.
    pub fn managed_accounts(&self) -> Option<&dyn AccountStore> {
        self.0.managed.as_deref()
    }

    /// What stands in the log and in events for the account of `email` when a sign-in to it fails.
    pub fn account_pseudonym(&self, email: &str) -> AccountPseudonym {
        self.0.audit.pseudonym(&normalise_email(email))
    }

    /// Writes an event that `client` gave rise to.
    pub(crate) fn emit(&self, client: &ClientInfo, event: Event) {
        self.0.audit.emit(&event.from(client.ip, client.request.clone()));
    }

    /// Does what is waiting and lets go of the database. For the end of a program, once nobody is served any more.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// An access token that says what a test wants it to say.
    #[cfg(feature = "testing")]
    pub(crate) fn issue_access(&self, new: crate::token::NewAccess<'_>) -> Result<String, crate::keys::SigningFailed> {
        self.0.access.issue(new).map(|(token, _)| token)
    }

    /// The sessions at rest.
    pub fn store(&self) -> &dyn SessionStore {
        &*self.0.store
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth")
            .field("roles", &self.0.roles.names())
            .finish_non_exhaustive()
    }
}
