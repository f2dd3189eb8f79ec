//! Second factors: codes of an authenticator app, recovery codes, and how their secrets are
//! encrypted in the database.

pub(crate) mod recovery;
pub(crate) mod seal;
pub(crate) mod totp;

pub(crate) use self::recovery::RecoveryCode;
pub use self::seal::FactorKeys;
pub(crate) use self::seal::UnknownKey;
pub(crate) use self::totp::TotpSecret;
