use std::time::Duration;

use super::{Auth, ClientInfo, SessionError, TokenPair};
use crate::account::{Account, normalise_email};
use crate::audit::{Event, EventKind};
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::metrics;
use crate::password::{HashError, HashPermit, PasswordCheck, Unusable};
use crate::role::RoleSet;
use crate::secret::SecretString;
use crate::store::{
    ChangedUser, NewEpoch, NewSession, RevocationReason, SecretHash, Session, SessionSecret, UserCounters,
};
use crate::token::NewAccess;
use crate::token::app_claims::AppClaims;

/// The e-mail and password of a sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// The e-mail, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: SecretString,
}

impl Credentials {
    /// An e-mail and a password, as typed.
    pub fn new(email: impl Into<String>, password: SecretString) -> Credentials {
        Credentials {
            email: email.into(),
            password,
        }
    }
}

/// The password of an enabled account was given.
pub(super) struct VerifiedPassword {
    /// Its hash is of a lower cost than new ones are, or without their pepper.
    pub(super) outdated: bool,
    /// The right to hash once more.
    pub(super) permit: HashPermit,
}

/// Counts a sign-in by how it ended.
fn count(signed_in: &Result<TokenPair, SessionError>) {
    let outcome = match signed_in {
        Ok(_) => "succeeded",
        Err(SessionError::SecondFactorRequired { .. }) => "second_factor_required",
        Err(
            SessionError::InvalidCredentials
            | SessionError::InvalidTicket
            | SessionError::InvalidChallenge
            | SessionError::InvalidCode,
        ) => "failed",
        Err(SessionError::TooManyAttempts { .. }) => "throttled",
        Err(SessionError::Hash(HashError::Busy)) => "busy",
        Err(_) => "unavailable",
    };
    metrics::count(metrics::SIGN_INS, Some(outcome));
}

pub(super) fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or_default())
}

impl Auth {
    /// Signs a user in with e-mail and password: a new session, always. `replaced` is the refresh
    /// token that the client still had; its session ends.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for an unknown e-mail, a wrong password and a disabled
    /// account alike, after equal work; [`SessionError::SecondFactorRequired`] for an account with
    /// a second factor, and [`Auth::login_with_factor`] goes on; [`SessionError::TooManyAttempts`];
    /// [`SessionError::Hash`] when too many passwords are being hashed; [`SessionError::Store`] and
    /// [`SessionError::Accounts`] when the database does not answer.
    pub async fn login_with_password(
        &self,
        credentials: Credentials,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let signed_in = self.begin_session(credentials, client, replaced).await;
        self.note_sign_in(client, &signed_in);
        signed_in
    }

    async fn begin_session(
        &self,
        credentials: Credentials,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let email = normalise_email(&credentials.email);
        let (account, epoch) = match self.authenticate(&email, credentials.password, client).await {
            Ok(proven) => proven,
            Err(refused) => {
                let kind = match refused {
                    SessionError::InvalidCredentials => Some(EventKind::LoginFailed),
                    SessionError::TooManyAttempts { .. } => Some(EventKind::LoginThrottled),
                    _ => None,
                };
                if let Some(kind) = kind {
                    self.emit(client, Event::new(kind).account(self.account_pseudonym(&email)));
                }
                return Err(refused);
            }
        };
        let methods = AuthMethods::PASSWORD;
        self.challenge_second_factor(&account.id, epoch, methods, client)
            .await?;
        self.start_session(&account, epoch, methods, client, replaced).await
    }

    /// Proves the password of the account of `email`, within the limits on failures; answers with
    /// the account and with the user's epoch from before.
    async fn authenticate(
        &self,
        email: &str,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<(Account, i64), SessionError> {
        self.0.throttle.check(email, client.ip)?;
        let (account, epoch) = self.account_and_epoch(email).await?;
        let proven = self
            .prove_password(email, account.as_ref(), password.clone(), client)
            .await?;
        let (Some(account), Some(proven)) = (account, proven) else {
            return Err(SessionError::InvalidCredentials);
        };
        if proven.outdated {
            self.renew_hash(proven.permit, &account, password).await;
        }
        Ok((account, epoch))
    }

    /// The account of `email`, and an epoch that is not newer than it. A later end of the epoch,
    /// such as by a change of the password, also ends this sign-in.
    pub(super) async fn account_and_epoch(&self, email: &str) -> Result<(Option<Account>, i64), SessionError> {
        // No account has such an e-mail, and not every database accepts it in a query.
        let may_exist = !email.contains('\0');
        if let Some(managed) = self.managed_accounts() {
            let found = if may_exist {
                managed.find_with_epoch(email).await?
            } else {
                None
            };
            return Ok(found.map_or((None, 0), |(account, epoch)| (Some(account), epoch)));
        }
        let accounts = &self.0.accounts;
        let named = if may_exist {
            accounts.find_by_email(email).await?
        } else {
            None
        };
        // The epoch first, then the hash that the password is compared with. For an unknown account
        // the queries are the same.
        let user = named.map_or_else(UserId::random, |account| account.id);
        let epoch = self.0.store.counters(&user).await?.epoch;
        Ok((accounts.find(&user).await?, epoch))
    }

    /// Compares a password with the hash of an account, and counts the failure. A disabled account
    /// fails like a wrong password, and only after the same work.
    pub(super) async fn prove_password(
        &self,
        throttle_key: &str,
        account: Option<&Account>,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<Option<VerifiedPassword>, SessionError> {
        let check_user = || account.map_or(Ok(()), |account| self.0.throttle.check_user(&account.id, client.ip));
        check_user()?;
        let permit = self.0.hasher.permit().await?;
        // Again, now that this attempt has its turn: a flood that was let in before its first
        // failure ends here.
        self.0.throttle.check(throttle_key, client.ip)?;
        check_user()?;
        let stored = account.map(|account| account.password_hash.clone());
        let open = account.is_some_and(|account| !account.disabled);
        let count_failure = {
            let (throttle, throttle_key, source) = (self.0.throttle.clone(), throttle_key.to_owned(), client.ip);
            let user = account.map(|account| account.id.clone());
            move |verified| {
                if !open || !matches!(verified, PasswordCheck::Match { .. }) {
                    throttle.failed(&throttle_key, user.as_ref(), source);
                }
            }
        };
        let hasher = &self.0.hasher;
        let (verified, permit) = hasher.verify(permit, password, stored, count_failure).await?;
        if let (PasswordCheck::Match { outdated }, true) = (verified, open) {
            return Ok(Some(VerifiedPassword { outdated, permit }));
        }
        drop(permit);
        if let (PasswordCheck::Unusable(why), Some(account)) = (verified, account) {
            self.emit(client, Event::new(EventKind::PasswordHashUnusable).user(&account.id));
            if why == Unusable::Pepper {
                tracing::error!(
                    "the password of user {} was hashed with another `auth.passwords.pepper`",
                    account.id
                );
            }
        }
        Ok(None)
    }

    /// Replaces an outdated hash, at the turn that the comparison had. The sign-in does not depend
    /// on it.
    async fn renew_hash(&self, permit: HashPermit, account: &Account, password: SecretString) {
        let renewed = async {
            let new = self.0.hasher.hash(permit, password).await?;
            self.0
                .accounts
                .replace_password_hash(&account.id, &account.password_hash, &new)
                .await?;
            Ok::<(), SessionError>(())
        };
        if let Err(error) = renewed.await {
            tracing::warn!("the password hash of user {} could not be renewed: {error}", account.id);
        }
    }

    /// Counts a sign-in by how it ended, and reports the session that began.
    pub(super) fn note_sign_in(&self, client: &ClientInfo, signed_in: &Result<TokenPair, SessionError>) {
        count(signed_in);
        if let Ok(pair) = signed_in {
            for kind in [EventKind::TokenCreated, EventKind::LoginSucceeded] {
                self.emit(client, Event::new(kind).user(&pair.user).session(pair.session));
            }
        }
    }

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
        now: crate::clock::Timestamp,
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

    /// What ends every session of a user on this node at once; other nodes learn it from the store.
    pub(super) fn note_epoch(&self, client: &ClientInfo, user: &UserId, epoch: &NewEpoch, why: RevocationReason) {
        self.note_counters(user, epoch.counters);
        self.emit(client, Event::new(EventKind::SessionsRevoked).user(user).why(why));
        metrics::count_many(metrics::SESSIONS_ENDED, Some(why.as_str()), epoch.ended);
    }

    /// The counters of a user on this node at once.
    pub(super) fn note_counters(&self, user: &UserId, counters: UserCounters) {
        self.0.revocations.note_users(&[ChangedUser {
            user: user.clone(),
            counters,
            at: self.0.clock.now(),
        }]);
    }

    /// What ends a session on this node at once; other nodes learn it from the store.
    pub(super) fn note_revoked(
        &self,
        client: &ClientInfo,
        user: Option<&UserId>,
        session: SessionId,
        why: RevocationReason,
    ) {
        self.0.revocations.revoke(session, self.0.clock.now());
        let event = Event::new(EventKind::SessionRevoked);
        self.emit(client, event.user(user).session(session).why(why));
    }
}

impl Auth {
    /// Signs in a user whose identity is already proven: by another service (OAuth 2, OpenID
    /// Connect, SAML), a passkey or a link in a mail. It always makes a new session, without a
    /// password. `replaced` is the client's former refresh token; its session ends.
    ///
    /// The caller says who the user is, and this method does not check it: there is no password and
    /// no limit on failures. A second factor of the account is not asked for, and the session
    /// counts as one without. The proof must be of this sign-in (state, nonce and PKCE with OpenID
    /// Connect). It must name the user by what the other service never gives to another user: `iss`
    /// and `sub`. An e-mail may have changed hands, or may never have been verified.
    ///
    /// [`SetTokenCookies::signed_in`](crate::SetTokenCookies::signed_in) makes the answer for a
    /// browser.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for a user who is unknown or disabled;
    /// [`SessionError::Store`] and [`SessionError::Accounts`] when the database does not answer.
    pub async fn login_as(
        &self,
        user: &UserId,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let methods = AuthMethods::NONE;
        let started = self.start_proven_session(user, methods, client, replaced).await;
        self.note_sign_in(client, &started);
        if let Err(SessionError::InvalidCredentials) = &started {
            let account = self.account_pseudonym(user.as_str());
            self.emit(client, Event::new(EventKind::LoginFailed).account(account));
        }
        started
    }

    /// Starts a session of a user whose identity is proven, by `methods`.
    pub(crate) async fn start_proven_session(
        &self,
        user: &UserId,
        methods: AuthMethods,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        // The epoch first: what ends it later, such as disabling the account, ends this sign-in.
        let epoch = self.0.store.counters(user).await?.epoch;
        match self.0.accounts.find(user).await? {
            Some(account) if !account.disabled => self.start_session(&account, epoch, methods, client, replaced).await,
            _ => Err(SessionError::InvalidCredentials),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_and_loses_its_control_characters() {
        let clean = |text: &str| {
            let user_agent = Some(text.to_owned());
            let client = ClientInfo {
                user_agent,
                ..ClientInfo::default()
            };
            client.clean_user_agent().expect("there is one")
        };
        assert_eq!(clean("curl\x1b[31m/8\r\n"), "curl[31m/8");
        assert_eq!(clean(&"ä".repeat(300)).chars().count(), 256);
    }
}
