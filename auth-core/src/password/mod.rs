//! Passwords: bcrypt, away from the async threads, and never more at once than configured.

mod hasher;
mod rules;

pub use hasher::{HashError, Hasher, Verified};
pub use rules::{MAX_PASSWORD_BYTES, MIN_PASSWORD_BYTES, WeakPassword, check_new_password};
