use std::sync::Arc;

use crate::account::{Account, AccountStore, Accounts};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::factor::FactorKeys;
use crate::keys::KeyRings;
use crate::mail::Courier;
use crate::password::Pepper;
use crate::role::{MembershipSource, RoleTable};
use crate::store::{ManagedAccounts, Store};
use crate::token::app_claims::{AppClaims, ClaimsError};

/// Gives the application's claims for an account.
pub type GiveClaims = Arc<dyn Fn(&Account) -> Result<AppClaims, ClaimsError> + Send + Sync>;

/// What [`Auth`](super::Auth) is made of.
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
    /// What encrypts second factors; `None` without `auth.second_factor`.
    pub factor_keys: Option<FactorKeys>,
    /// The users.
    pub accounts: Arc<dyn Accounts>,
    /// The same users, where the library may change them.
    pub managed: Option<Arc<dyn ManagedAccounts>>,
    /// The application's own users, where the library may change them.
    pub own_store: Option<Arc<dyn AccountStore>>,
    /// The sessions.
    pub store: Arc<dyn Store>,
    /// Where security events go.
    pub audit: Audit,
    /// What delivers mails; `None` where no flow sends any.
    pub courier: Option<Arc<dyn Courier>>,
    /// Which roles users hold in scopes, for each enum of such roles.
    pub memberships: Vec<Arc<dyn MembershipSource>>,
    /// What gives access tokens their own claims of the application.
    pub claims: Option<GiveClaims>,
}
