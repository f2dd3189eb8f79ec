//! Checks a password against any text that a database may hold in the place of a hash.
//!
//! The input is the password, a line feed, and what is stored.

use std::sync::OnceLock;
use std::time::Duration;

use auth_core::__internal::{Hasher, PasswordCheck};
use auth_core::SecretString;
use tokio::runtime::{Builder, Runtime};

/// One in so many inputs that are good hashes is really hashed: at the lowest cost that takes a millisecond.
const WORKED_ON: u32 = 16;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((password, stored)) = text.split_once('\n') else {
        return;
    };
    match cost(stored) {
        None => assert!(
            matches!(verify(password, stored), PasswordCheck::Unusable(_)),
            "{stored:?}"
        ),
        Some(_) if !super::is_one_in(WORKED_ON, data) => {}
        Some(_) => {
            // The same hash at bcrypt's lowest cost: dear ones are worked on in the tests of the hasher.
            let cheap = format!("{}04{}", &stored[..4], &stored[6..]);
            let settable = password.len() <= 72 && !password.contains('\0');
            let is_it = settable && bcrypt::verify(password, &cheap).unwrap_or(false);
            let expected = if is_it {
                PasswordCheck::Match { outdated: false }
            } else {
                PasswordCheck::Mismatch
            };
            assert_eq!(verify(password, &cheap), expected, "{password:?} against {cheap:?}");
        }
    }
}

/// The cost of what is a bcrypt hash in the form every implementation writes, if one may work for that long.
fn cost(stored: &str) -> Option<u8> {
    let bytes: &[u8; 60] = stored.as_bytes().try_into().ok()?;
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    let version = matches!(&bytes[..4], b"$2a$" | b"$2b$" | b"$2x$" | b"$2y$");
    let cost = digit(bytes[4])? * 10 + digit(bytes[5])?;
    let alphabet = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let rest = bytes[6] == b'$' && bytes[7..].iter().all(|byte| alphabet.contains(byte));
    (version && rest && (4..=15).contains(&cost)).then_some(cost)
}

fn verify(password: &str, stored: &str) -> PasswordCheck {
    static HASHER: OnceLock<(Runtime, Hasher)> = OnceLock::new();
    let (runtime, hasher) = HASHER.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build();
        let hasher = Hasher::new(4, 1, Duration::from_secs(2));
        (runtime.expect("a runtime"), hasher.expect("cost 4 is bcrypt's lowest"))
    });
    runtime.block_on(async {
        let permit = hasher.permit().await.expect("no other call hashes");
        let stored = Some(SecretString::new(stored));
        let verified = hasher.verify(permit, SecretString::new(password), stored, |_| ());
        verified.await.expect("bcrypt works").0
    })
}
