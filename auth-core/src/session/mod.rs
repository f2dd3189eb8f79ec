//! The verbs of a login's life: sign in, refresh, sign out, revoke; and [`Auth`], which knows them.

mod accounts;
mod authenticate;
mod cleanup;
mod client;
mod ended;
mod error;
mod factors;
mod failure_limit;
mod flows;
mod issue;
mod keys;
mod login;
mod logout;
mod mail_limits;
mod mails;
mod note;
pub(crate) mod parts;
mod password;
mod refresh;
pub(crate) mod revocation_list;
mod revocation_sync;
mod revoked_set;
mod second_factor;
mod sessions;
mod sync_state;
mod throttle;
mod tickets;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::account::{AccountStore, Accounts, normalise_email};
#[cfg(feature = "testing")]
use crate::audit::AuditSink;
use crate::audit::{AccountPseudonym, Audit, Escaped, Event};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::factor::FactorKeys;
use crate::ids::{SessionId, UserId};
#[cfg(feature = "testing")]
use crate::mail::Courier;
use crate::mail::Outbox;
use crate::password::{HashError, Hasher};
use crate::role::{MembershipSource, RoleEnum, RoleSet, RoleTable};
use crate::secret::SecretString;
use crate::store::{ManagedAccounts, MeasuredStore, Store, StoreError};
use crate::token::{AccessTokens, RefreshTokens, TokenIssuer};
use mail_limits::MailLimits;
use sync_state::{FeedState, StoreTime};

pub use accounts::AccountAdmin;
pub use client::ClientInfo;
pub(crate) use client::NO_CLIENT;
pub use error::SessionError;
pub use factors::{FactorStatus, Factors, TotpEnrolment};
pub use flows::{AccountFlows, FreshAccess};
pub use keys::KeyAdmin;
pub use login::Credentials;
pub use logout::LogoutCredentials;
pub(crate) use parts::{AuthParts, GiveClaims};
pub(crate) use revocation_list::Revocations;
pub use sessions::SessionAdmin;
pub(crate) use throttle::{Throttle, Throttled};
pub use tickets::{Ticket, Tickets};
pub use verify::Identity;

pub use crate::account::store::{ListedAccount, NewAccount};
pub use crate::methods::AuthMethods;
pub use crate::store::accounts::AccountCount;
pub use crate::store::types::{RevocationReason, Session};
pub use crate::token::app_claims::ClaimsError;

/// Everything that signs in, verifies, refreshes and revokes: Rocket's managed state, and usable
/// without Rocket.
///
/// Cheap to clone. It is not generic: it knows the application's roles by name and bit, from the
/// one
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
    managed: Option<Arc<dyn ManagedAccounts>>,
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "a test bench builds another `Auth` of it")
    )]
    own_store: Option<Arc<dyn AccountStore>>,
    store: Arc<dyn Store>,
    audit: Audit,
    hasher: Hasher,
    factor_keys: Option<FactorKeys>,
    /// The roles that count with a second factor only.
    need_factor: RoleSet,
    throttle: Throttle,
    mail_limits: MailLimits,
    outbox: Option<Outbox>,
    memberships: Vec<Arc<dyn MembershipSource>>,
    claims: Option<GiveClaims>,
    revocations: Revocations,
    feed: FeedState,
    ephemeral_keys: bool,
}

/// A pair of tokens, as a sign-in and a refresh give it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenPair {
    /// The user of the tokens.
    pub user: UserId,
    /// The session of the tokens.
    pub session: SessionId,
    /// The access token.
    pub access: SecretString,
    /// For how long it is good, in whole seconds.
    pub access_expires_in: Duration,
    /// The refresh token.
    pub refresh: SecretString,
    /// For how long it is good if it is not used, in whole seconds.
    pub refresh_expires_in: Duration,
}

impl Auth {
    /// Puts the parts together. Blocks for as long as one password hash takes.
    ///
    /// # Errors
    ///
    /// [`HashError`] when the cost is none of bcrypt's.
    #[doc(hidden)]
    pub fn new(parts: AuthParts) -> Result<Auth, HashError> {
        let AuthParts {
            config,
            roles,
            clock,
            keys,
            pepper,
            factor_keys,
            accounts,
            managed,
            own_store,
            store,
            audit,
            courier,
            memberships,
            claims,
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
            )
            .remembering(config.tokens.cache_size),
            refresh: RefreshTokens::new(keys.refresh, token_issuer),
            hasher: Hasher::new(config.passwords.bcrypt_cost, permits, config.passwords.max_wait)?.with_pepper(pepper),
            factor_keys,
            need_factor: roles.set(config.second_factor.required_for().iter().map(String::as_str)),
            throttle: Throttle::new(config.throttle),
            mail_limits: MailLimits::new(config.throttle),
            outbox: courier.map(Outbox::new),
            memberships,
            claims,
            revocations: Revocations::default(),
            feed: FeedState::new(),
            config,
            roles,
            clock: StoreTime::new(clock),
            accounts,
            managed,
            own_store,
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
    #[doc(hidden)]
    pub fn roles(&self) -> &RoleTable {
        &self.0.roles
    }

    /// What reads the roles of one enum that users hold in scopes.
    pub(crate) fn membership_source(&self, role_enum: RoleEnum) -> Option<&dyn MembershipSource> {
        let sources = self.0.memberships.iter();
        sources
            .map(|source| &**source)
            .find(|source| source.role_enum() == role_enum)
    }

    /// What the application gave for every enum of such roles.
    #[cfg(feature = "testing")]
    pub(crate) fn membership_sources(&self) -> &[Arc<dyn MembershipSource>] {
        &self.0.memberships
    }

    /// The users, where the library may change them: in the built-in table, or by an
    /// [`AccountStore`].
    #[doc(hidden)]
    pub fn managed_accounts(&self) -> Option<&dyn ManagedAccounts> {
        self.0.managed.as_deref()
    }

    /// The pseudonym of `email`, which the log and events show when a sign-in to that account
    /// fails.
    pub fn account_pseudonym(&self, email: &str) -> AccountPseudonym {
        self.0.audit.pseudonym(&normalise_email(email))
    }

    /// Writes an event that `client` gave rise to.
    pub(crate) fn emit(&self, client: &ClientInfo, event: Event) {
        let user_agent = client.clean_user_agent().map(|text| Escaped(&text).to_string());
        self.0
            .audit
            .emit(&event.from(client.ip, user_agent, client.request.clone()));
    }

    /// Finishes waiting work and closes the connections to the database. Mails under way get five
    /// seconds. Call it at the end of a program, when it serves no more requests.
    pub async fn close(&self) {
        self.finish_mails().await;
        self.0.store.close().await;
    }

    pub(crate) async fn finish_mails(&self) {
        if let Some(outbox) = &self.0.outbox {
            outbox.finish().await;
        }
    }

    /// The users, where the application keeps them itself.
    #[cfg(feature = "testing")]
    pub(crate) fn own_accounts(&self) -> Option<Arc<dyn Accounts>> {
        let is_own = self.0.managed.is_none() || self.0.own_store.is_some();
        is_own.then(|| Arc::clone(&self.0.accounts))
    }

    /// The same, where the library may change them.
    #[cfg(feature = "testing")]
    pub(crate) fn own_store(&self) -> Option<Arc<dyn AccountStore>> {
        self.0.own_store.clone()
    }

    /// Whether it is another handle of the same.
    #[cfg(feature = "testing")]
    pub(crate) fn is_same(&self, other: &Auth) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The sinks that the application gave.
    #[cfg(feature = "testing")]
    pub(crate) fn sinks(&self) -> &[Arc<dyn AuditSink>] {
        self.0.audit.sinks()
    }

    /// What gives the application's claims.
    #[cfg(feature = "testing")]
    pub(crate) fn claims(&self) -> Option<GiveClaims> {
        self.0.claims.clone()
    }

    /// What delivers mails, if anything does.
    #[cfg(feature = "testing")]
    pub(crate) fn courier(&self) -> Option<Arc<dyn Courier>> {
        self.0.outbox.as_ref().map(Outbox::courier)
    }

    /// An access token with the claims that a test sets.
    #[cfg(feature = "testing")]
    pub(crate) fn issue_access(&self, new: crate::token::NewAccess<'_>) -> Result<String, crate::keys::SigningFailed> {
        self.0.access.issue(new).map(|(token, _)| token)
    }

    /// Whether the database of the sessions answers, for a health check.
    ///
    /// # Errors
    ///
    /// [`StoreError`] says what is wrong with it.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.store.ping().await
    }

    /// The stored sessions.
    #[doc(hidden)]
    pub fn store(&self) -> &dyn Store {
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
