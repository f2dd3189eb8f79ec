//! Passwords: bcrypt, away from the async threads, and never more at once than configured.

pub(crate) mod comparison;
mod hash_format;
pub(crate) mod hasher;
pub(crate) mod pepper;
pub(crate) mod policy;
pub(crate) mod pool;

pub(crate) use comparison::{PasswordCheck, Unusable};
pub use hash_format::{ImportedHash, UnusableHash};
pub(crate) use hasher::Hasher;
pub(crate) use pepper::Pepper;
pub use policy::WeakPassword;
pub(crate) use policy::check_plainly_of;
pub use pool::HashError;
pub(crate) use pool::{HashLoad, HashPermit};
