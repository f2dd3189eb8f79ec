//! Key rings: one key signs, all verify, and the algorithm belongs to the key.

pub(crate) mod error;
pub(crate) mod fingerprint;
mod generate;
mod jwk;
pub(crate) mod key;
mod load;
mod pem;
pub(crate) mod ring;
pub(crate) mod rings;
mod self_test;
pub(crate) mod signing;
mod strength;

pub use error::KeyError;
pub(crate) use fingerprint::same_hmac_key;
pub use generate::{generate_key, generate_secret};
pub(crate) use key::TokenType;
pub(crate) use ring::{KeyRing, MAX_TOKEN_BYTES};
pub(crate) use rings::KeyRings;
pub use signing::KeyAlgorithm;
pub(crate) use signing::SigningFailed;
pub use strength::{WeakSecret, check_secret};
