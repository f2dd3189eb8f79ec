//! Passwords: bcrypt, away from the async threads, and never more at once than configured.

mod comparison;
mod hash_format;
mod hasher;
mod pepper;
mod policy;
mod pool;

pub use comparison::{PasswordCheck, Unusable};
pub use hash_format::{ImportedHash, UnusableHash};
pub use hasher::Hasher;
pub use pepper::Pepper;
pub(crate) use policy::check_plainly_of;
pub use policy::{MAX_PASSWORD_BYTES, MIN_PASSWORD_BYTES, WeakPassword, check_new_password, check_new_password_of};
pub use pool::{HashError, HashLoad, HashPermit};
