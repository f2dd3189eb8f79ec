use std::time::Duration;

use crate::account::AccountError;
use crate::factor::UnknownKey;
use crate::keys::SigningFailed;
use crate::password::{HashError, WeakPassword};
use crate::secret::{NoEntropy, SecretString};
use crate::session::Throttled;
use crate::store::StoreError;
use crate::token::TokenError;
use crate::token::app_claims::ClaimsError;

/// Why a verb was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The e-mail is unknown, the password wrong or the account disabled. The error does not tell
    /// which.
    #[error("the e-mail or the password is wrong")]
    InvalidCredentials,
    /// Too many failures.
    #[error("too many failed attempts")]
    TooManyAttempts {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Not a token of ours.
    #[error("the token is not valid")]
    InvalidToken,
    /// The token or its session is past its end.
    #[error("the token has expired")]
    TokenExpired,
    /// The token was issued before the user's roles changed.
    #[error("the token is older than a change of the user's roles")]
    TokenStale,
    /// The session has ended.
    #[error("the session has ended")]
    SessionRevoked,
    /// The refresh token was used before; its session has ended now.
    #[error("the refresh token was used before")]
    RefreshReuse,
    /// Two credentials name different sessions.
    #[error("the request carries credentials of different sessions")]
    SeveralCredentials,
    /// A credential has characters that no token has: something on the way changed it.
    #[error("a credential of the request cannot be read")]
    UnreadableCredentials,
    /// The ticket was used, has expired, is of another purpose or never existed. The error does not
    /// tell which.
    #[error("the link is not valid any more")]
    InvalidTicket,
    /// The account has a second factor. [`Auth::login_with_factor`](crate::Auth::login_with_factor)
    /// goes on with the challenge and a code.
    #[error("the account has a second factor")]
    SecondFactorRequired {
        /// Good for five minutes and once.
        challenge: SecretString,
    },
    /// The challenge of a second factor was used, has expired or never existed.
    #[error("the challenge is not valid any more")]
    InvalidChallenge,
    /// The code is wrong, too old, or was used before.
    #[error("the code is wrong, too old, or was used before")]
    InvalidCode,
    /// The access token was got without a second factor, and this needs one.
    #[error("this needs a second factor")]
    SecondFactorMissing,
    /// The user has an authenticator app already.
    #[error("there is an authenticator app already")]
    FactorExists,
    /// A stored second factor cannot be decrypted.
    #[error("{UnknownKey}")]
    UnknownFactorKey,
    /// The sign-in is too long ago for this.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The data of a ticket is longer than 1 KiB, or its purpose than 60 bytes.
    #[error("a ticket carries at most 1 KiB, and its purpose has 1 to 60 bytes")]
    TicketData,
    /// Too many mails are under way.
    #[error("too many mails are under way")]
    Busy,
    /// Mails cannot be sent: no courier was given.
    #[error("there is no courier for mails: set `auth.smtp.url`, or give one to the fairing")]
    NoCourier,
    /// Links cannot be made.
    #[error("`auth.public_url` is missing: write the address of your site, with which links begin")]
    NoPublicUrl,
    /// There is no such session of this user.
    #[error("there is no such session")]
    UnknownSession,
    /// The new password will not do.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// The sessions cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The accounts cannot be reached.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// No password could be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No token could be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// The application's claims cannot go into a token.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// There is no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// Revocations made elsewhere cannot be read, and the configuration says to refuse then.
    #[error("revocations made elsewhere cannot be read")]
    StaleFeed,
}

impl From<TokenError> for SessionError {
    fn from(error: TokenError) -> SessionError {
        match error {
            TokenError::Expired => SessionError::TokenExpired,
            TokenError::Invalid => SessionError::InvalidToken,
        }
    }
}

impl From<UnknownKey> for SessionError {
    fn from(_: UnknownKey) -> SessionError {
        SessionError::UnknownFactorKey
    }
}

impl From<Throttled> for SessionError {
    fn from(throttled: Throttled) -> SessionError {
        SessionError::TooManyAttempts {
            retry_after: throttled.retry_after,
        }
    }
}
