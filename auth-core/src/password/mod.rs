//! Passwords: bcrypt, away from the async threads, and never more at once than configured.

mod form;
mod hasher;
mod pepper;
mod rules;
mod stored;
mod workers;

pub use hasher::{Hasher, Unusable, Verified};
pub use pepper::Pepper;
pub(crate) use rules::check_plainly_of;
pub use rules::{MAX_PASSWORD_BYTES, MIN_PASSWORD_BYTES, WeakPassword, check_new_password, check_new_password_of};
pub use stored::{ImportedHash, UnusableHash};
pub use workers::{HashError, HashLoad, HashPermit};
