use serde::Deserialize;

use super::{Auth, SessionError};
use crate::clock::Timestamp;
use crate::config::OnStale;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::metrics;
use crate::role::RoleSet;
use crate::token::AccessClaims;

/// The identity behind a request: the claims of its verified access token.
#[derive(Clone, Debug)]
pub struct Identity {
    claims: AccessClaims,
    effective: RoleSet,
    withheld: RoleSet,
}

impl Identity {
    /// The user.
    pub fn user(&self) -> &UserId {
        &self.claims.user
    }

    /// The session.
    pub fn session(&self) -> SessionId {
        self.claims.session
    }

    /// The roles the user holds, but for those of [`Identity::withheld_roles`].
    pub fn held_roles(&self) -> RoleSet {
        self.claims.roles
    }

    /// The roles the user holds and all they include, but for those of
    /// [`Identity::withheld_roles`]; rules are decided on these.
    pub fn effective_roles(&self) -> RoleSet {
        self.effective
    }

    /// The roles that the user has, and that do not count here: `auth.second_factor.required_for`
    /// names them, and the user signed in without a second factor. They count after a new sign-in,
    /// or with the access token of a step-up.
    ///
    /// What such a role includes counts all the same, unless the setting names that as well.
    pub fn withheld_roles(&self) -> RoleSet {
        self.withheld
    }

    /// The application's claims, as [`User::claims`](crate::User::claims) reads them.
    ///
    /// # Errors
    ///
    /// [`SessionError::TokenStale`] where the token has no such claims, or claims of another shape.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, SessionError> {
        self.claims.app().map_err(|_| SessionError::TokenStale)
    }

    /// The user's epoch when the token was issued.
    pub(super) fn epoch(&self) -> i64 {
        self.claims.epoch
    }

    /// How the user signed in: the claim `amr`. None without `auth.second_factor`.
    pub fn methods(&self) -> AuthMethods {
        self.claims.methods
    }

    /// When the user signed in, in whole seconds.
    pub fn auth_time(&self) -> Timestamp {
        self.claims.auth_time()
    }

    /// When the access token stops being good, in whole seconds.
    pub fn expires_at(&self) -> Timestamp {
        self.claims.expires_at()
    }
}

impl Auth {
    /// Verifies an access token: signature, claims, times, revocation.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidToken`] for everything that is no token of ours;
    /// [`SessionError::TokenExpired`], [`SessionError::SessionRevoked`] and
    /// [`SessionError::TokenStale`] only after the signature held; [`SessionError::StaleFeed`]
    /// where so configured.
    pub fn verify_access(&self, token: &str) -> Result<Identity, SessionError> {
        let begun = metrics::sampled();
        let verified = self.verify_claims(token);
        if let Some(begun) = begun {
            metrics::observe(metrics::VERIFICATION_SECONDS, None, begun.elapsed());
        }
        verified
    }

    fn verify_claims(&self, token: &str) -> Result<Identity, SessionError> {
        let claims = self.0.access.verify(token, self.0.clock.now())?;
        if self.0.revocations.is_revoked(claims.session) {
            return Err(SessionError::SessionRevoked);
        }
        if let Some(counters) = self.0.revocations.counters(&claims.user) {
            if claims.epoch < counters.epoch {
                return Err(SessionError::SessionRevoked);
            }
            if claims.roles_version < counters.roles_version {
                return Err(SessionError::TokenStale);
            }
        }
        if self.0.config.revocation.on_stale == OnStale::Refuse && self.feed_is_stale() {
            return Err(SessionError::StaleFeed);
        }
        Ok(self.identity(claims))
    }

    /// The identity of verified claims: here, and nowhere else, roles are withheld.
    fn identity(&self, mut claims: AccessClaims) -> Identity {
        let all = self.0.roles.closure(claims.roles);
        let need_factor = self.0.need_factor;
        let effective = if need_factor.is_empty() || claims.methods.is_multi_factor() {
            all
        } else {
            claims.roles = claims.roles.without(need_factor);
            all.without(need_factor)
        };
        let withheld = all.without(effective);
        Identity {
            claims,
            effective,
            withheld,
        }
    }
}
