//! What a signed-in user does with second factors.

use std::time::Duration;

use super::{Auth, ClientInfo, Identity, SessionError};
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::factor::totp::qr_svg;
use crate::factor::{RecoveryCode, TotpSecret};
use crate::mail::MessageKind;
use crate::secret::SecretString;
use crate::store::SecretHash;

/// How long ago the user may have signed in who changes factors.
const FRESH: Duration = Duration::from_secs(600);

/// The second factors of signed-in users. [`Auth::factors`] makes it.
///
/// The endpoints below `/factors` use it, and an application's own pages can. Every method needs
/// `auth.second_factor`. Each that changes something tells the user by mail, if the application has
/// mails. So `auth.throttle.mails_per_source` limits the changes of one user.
#[derive(Clone, Copy)]
pub struct Factors<'a> {
    auth: &'a Auth,
}

impl Auth {
    /// The second factors of signed-in users.
    pub fn factors(&self) -> Factors<'_> {
        Factors { auth: self }
    }
}

/// What a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FactorStatus {
    /// Since when the user has an authenticator app; `None` for a user without one.
    pub totp: Option<Timestamp>,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
}

/// A secret on its way to an authenticator app. The server shows it once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TotpEnrolment {
    /// The secret in base32, to be typed.
    pub secret: SecretString,
    /// The secret as an `otpauth:` URI.
    pub uri: SecretString,
    /// The URI as a QR code: an SVG document.
    pub qr: SecretString,
}

impl Factors<'_> {
    /// What the user has.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn status(&self, who: &Identity) -> Result<FactorStatus, SessionError> {
        let found = self.auth.0.store.find_factors(who.user()).await?;
        let confirmed = found.totp.filter(|totp| totp.is_confirmed);
        Ok(FactorStatus {
            totp: confirmed.map(|totp| totp.created_at),
            recovery_codes: found.recovery_codes,
        })
    }

    /// Begins the enrolment of an authenticator app. It becomes a factor with
    /// [`Factors::confirm_totp`]; until then another call replaces it.
    ///
    /// # Errors
    ///
    /// [`SessionError::NotFresh`] when the sign-in is more than 10 minutes ago;
    /// [`SessionError::FactorExists`]; [`SessionError::SessionRevoked`].
    pub async fn start_totp(&self, who: &Identity) -> Result<TotpEnrolment, SessionError> {
        self.require_fresh(who)?;
        let keys = self.auth.factor_keys()?;
        let epoch = self.live_epoch(who).await?;
        let account = self.auth.accounts().enabled(who.user()).await?;
        if self.status(who).await?.totp.is_some() {
            return Err(SessionError::FactorExists);
        }
        let secret = TotpSecret::random()?;
        let sealed = keys.seal(who.user(), secret.bytes())?;
        if !self.auth.0.store.start_totp(who.user(), epoch, &sealed).await? {
            // Another request confirmed one meanwhile, or the epoch ended.
            return Err(SessionError::SessionRevoked);
        }
        let uri = secret.to_uri(&self.auth.config().issuer, &account.email);
        Ok(TotpEnrolment {
            secret: secret.to_base32(),
            // A URI of an issuer and an e-mail of the greatest lengths fits into a QR code.
            qr: qr_svg(&uri).unwrap_or_else(|| SecretString::new("")),
            uri,
        })
    }

    /// Makes the authenticator app a factor by a code of it, and answers with recovery codes. From
    /// now on the account signs in with a code only. Sessions go on as they are.
    ///
    /// # Errors
    ///
    /// [`SessionError::FactorExists`] when one is confirmed already; [`SessionError::InvalidCode`];
    /// [`SessionError::TooManyAttempts`];
    /// [`SessionError::SessionRevoked`].
    pub async fn confirm_totp(
        &self,
        who: &Identity,
        code: &SecretString,
        client: &ClientInfo,
    ) -> Result<Vec<SecretString>, SessionError> {
        let epoch = self.live_epoch(who).await?;
        // A try counts against the app in use: a stolen session could lock its user out of it.
        if self.status(who).await?.totp.is_some() {
            return Err(SessionError::FactorExists);
        }
        let (totp, step) = self.auth.step_of(who.user(), code).await?;
        self.auth.charge_notice(who, client)?;
        let (codes, hashes) = fresh_codes()?;
        let store = &self.auth.0.store;
        if !store
            .confirm_totp(who.user(), epoch, &totp.sealed, step, hashes)
            .await?
        {
            return Err(SessionError::InvalidCode);
        }
        self.note(EventKind::FactorAdded, MessageKind::FactorAdded, who, client);
        Ok(codes)
    }

    /// Removes the authenticator app and the recovery codes. Sessions go on.
    ///
    /// # Errors
    ///
    /// [`SessionError::SecondFactorMissing`] when the access token was got without a factor;
    /// [`SessionError::NotFresh`] when it was got more than 10 minutes ago;
    /// [`SessionError::TooManyAttempts`] after too many changes in an hour;
    /// [`SessionError::SessionRevoked`].
    pub async fn remove_totp(&self, who: &Identity, client: &ClientInfo) -> Result<(), SessionError> {
        let epoch = self.proven_epoch(who).await?;
        self.auth.charge_notice(who, client)?;
        if !self.auth.0.store.delete_factors(who.user(), Some(epoch)).await? {
            // Removed by another request, or the epoch ended.
            return Err(SessionError::SessionRevoked);
        }
        self.note(EventKind::FactorRemoved, MessageKind::FactorRemoved, who, client);
        Ok(())
    }

    /// Replaces the recovery codes.
    ///
    /// # Errors
    ///
    /// As [`Factors::remove_totp`].
    pub async fn replace_recovery_codes(
        &self,
        who: &Identity,
        client: &ClientInfo,
    ) -> Result<Vec<SecretString>, SessionError> {
        let epoch = self.proven_epoch(who).await?;
        self.auth.charge_notice(who, client)?;
        let (codes, hashes) = fresh_codes()?;
        let store = &self.auth.0.store;
        if !store.replace_recovery_codes(who.user(), epoch, hashes).await? {
            return Err(SessionError::SessionRevoked);
        }
        let kind = MessageKind::RecoveryCodesReplaced;
        self.note(EventKind::RecoveryCodesReplaced, kind, who, client);
        Ok(codes)
    }

    /// Reports a change, to the operator and to the user.
    fn note(&self, event: EventKind, mail: MessageKind, who: &Identity, client: &ClientInfo) {
        let event = Event::new(event).user(who.user()).session(who.session());
        self.auth.emit(client, event);
        self.auth.notify(mail, who.user(), client);
    }

    /// The user's epoch, where a factor was proven a short time ago.
    async fn proven_epoch(&self, who: &Identity) -> Result<i64, SessionError> {
        if !who.methods().is_multi_factor() {
            return Err(SessionError::SecondFactorMissing);
        }
        self.require_fresh(who)?;
        self.live_epoch(who).await
    }

    fn require_fresh(&self, who: &Identity) -> Result<(), SessionError> {
        if self.auth.now().since(who.auth_time()).as_secs() > FRESH.as_secs() {
            return Err(SessionError::NotFresh);
        }
        Ok(())
    }

    /// The epoch of the token, if it still is the user's and the session is live.
    async fn live_epoch(&self, who: &Identity) -> Result<i64, SessionError> {
        let epoch = who.epoch();
        if self.auth.0.store.counters(who.user()).await?.epoch != epoch {
            return Err(SessionError::SessionRevoked);
        }
        self.auth.account_flows().live_session(who, epoch).await?;
        Ok(epoch)
    }
}

/// Recovery codes as the user and as the database see them.
fn fresh_codes() -> Result<(Vec<SecretString>, Vec<SecretHash>), SessionError> {
    let codes = RecoveryCode::random_set()?;
    Ok(codes.iter().map(|code| (code.show(), code.hash())).unzip())
}
