//! A new session, and the tokens of a session.

use std::time::Duration;

use super::{Auth, ClientInfo, SessionError, TokenPair};
use crate::account::Account;
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::role::RoleSet;
use crate::secret::SecretString;
use crate::store::{NewSession, RevocationReason, SecretHash, Session, SessionSecret, UserCounters};
use crate::token::NewAccess;
use crate::token::app_claims::AppClaims;

impl Auth {
    pub(crate) async fn start_session(
        &self,
        account: &Account,
        epoch: i64,
        methods: AuthMethods,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        // First, so that no session is left behind where there are no claims.
        let app = self.app_claims(account)?;
        let secret = SessionSecret::random()?;
        let replaces = replaced.and_then(|token| self.0.refresh.verify_for_logout(token).ok());
        let new = NewSession {
            id: SessionId::random(),
            user: account.id.clone(),
            epoch,
            methods,
            max_per_user: self.0.config.sessions.max_per_user,
            secret: SecretHash::of(&secret),
            lifetime: self.0.config.sessions.max_age,
            idle: self.0.config.sessions.idle_timeout,
            user_agent: client.clean_user_agent(),
            ip: client.ip.map(|ip| ip.to_canonical().to_string()),
            replaces: replaces
                .as_ref()
                .map(|claims| (claims.session, SecretHash::of(&claims.secret))),
        };
        let created = self
            .0
            .store
            .create(new)
            .await?
            .ok_or(SessionError::InvalidCredentials)?;
        if let Some(replaced) = created.replaced {
            let user = replaces.as_ref().map(|claims| &claims.user);
            self.note_revoked(client, user, replaced, RevocationReason::Replaced);
        }
        for session in created.over_limit {
            self.note_revoked(client, Some(&account.id), session, RevocationReason::OverLimit);
        }
        let roles = match &created.roles {
            Some(names) => self.role_set(names),
            None => self
                .current_roles(client, &account.id, created.session.id)
                .await?
                .ok_or(SessionError::InvalidCredentials)?,
        };
        self.pair(
            &created.session,
            &secret,
            roles,
            created.session.created_at,
            created.counters,
            app.as_ref(),
        )
    }

    /// The application's claims for an account, if it gives any.
    pub(crate) fn app_claims(&self, account: &Account) -> Result<Option<AppClaims>, SessionError> {
        let give = self.0.claims.as_ref();
        Ok(give.map(|give| give(account)).transpose()?)
    }

    /// The roles of an enabled account that the store does not keep; `None`, and the session
    /// revoked, where there is none.
    pub(super) async fn current_roles(
        &self,
        client: &ClientInfo,
        user: &UserId,
        session: SessionId,
    ) -> Result<Option<RoleSet>, SessionError> {
        let account = self.current_account(client, user, session).await?;
        Ok(account.map(|account| self.role_set(&account.roles)))
    }

    /// An enabled account, as it is now; `None`, and the session revoked, where there is none.
    pub(super) async fn current_account(
        &self,
        client: &ClientInfo,
        user: &UserId,
        session: SessionId,
    ) -> Result<Option<Account>, SessionError> {
        match self.0.accounts.find(user).await? {
            Some(account) if !account.disabled => Ok(Some(account)),
            _ => {
                if self
                    .0
                    .store
                    .revoke(session, None, RevocationReason::AccountClosed)
                    .await?
                {
                    self.note_revoked(client, Some(user), session, RevocationReason::AccountClosed);
                }
                Ok(None)
            }
        }
    }

    /// The current tokens of a session, issued at the store's `now`.
    pub(super) fn pair(
        &self,
        session: &Session,
        secret: &SessionSecret,
        roles: RoleSet,
        now: Timestamp,
        counters: UserCounters,
        app: Option<&AppClaims>,
    ) -> Result<TokenPair, SessionError> {
        let (access, access_exp) = self.0.access.issue(NewAccess {
            user: &session.user,
            session: session.id,
            counters,
            roles,
            auth_time: session.auth_time,
            methods: self.shown(session.methods),
            now,
            session_end: session.expires_at,
            app,
        })?;
        Ok(TokenPair {
            user: session.user.clone(),
            session: session.id,
            access: SecretString::new(access),
            access_expires_in: seconds(access_exp - now.secs()),
            refresh: SecretString::new(self.0.refresh.issue(session, secret)?),
            refresh_expires_in: seconds(session.idle_until.secs() - now.secs()),
        })
    }

    /// What of a session's methods its tokens say: nothing without `auth.second_factor`.
    pub(super) fn shown(&self, methods: AuthMethods) -> AuthMethods {
        if self.0.factor_keys.is_some() {
            methods
        } else {
            AuthMethods::NONE
        }
    }

    pub(super) fn role_set(&self, names: &[String]) -> RoleSet {
        self.0.roles.set(names.iter().map(String::as_str))
    }
}

pub(super) fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or_default())
}
