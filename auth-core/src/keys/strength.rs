use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::fingerprint::Fingerprint;

/// The least entropy of a secret, estimated by the frequency of its bytes. For 128 random bits in
/// hexadecimal digits the estimate is 117 on average, and below 96 once in three thousand.
const MIN_BITS: f64 = 80.0;

/// Below this power of ten, a guesser of passwords finds the secret.
const MIN_GUESSES_LOG10: f64 = 19.0;

/// Secrets that are long enough but printed in standards, documentation and tutorials, where
/// attackers find them.
const PUBLISHED: [&str; 12] = [
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "your-256-bit-secret-your-256-bit-secret",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    "FdFYFzERwC2uCBB46pZQi4GG85LujR8obt-KWRBICVQ",
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",
    "9a4f2c8d3b7a1e6f45c8a0b3f267d8b1d4e6f3c8a9d2b5f8e3a9c8b5f6v8a3d9",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "D0D6D3F7A5F94A8C8C5E9C7E2B1F4A3D6E8F9A0B1C2D3E4F5A6B7C8D9E0F1A2B",
    "secretsecretsecretsecretsecretsecretsecretsecretsecretsecretsecret",
];

/// Why an HMAC secret is refused. None of the texts holds the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakSecret {
    /// Fewer bytes than the hash of its algorithm puts out.
    #[error("is shorter than {0} bytes; make one with the `keys generate` command")]
    TooShort(usize),
    /// Printed in a standard, a documentation or a tutorial.
    #[error("is a published example, which attackers know; make one with the `keys generate` command")]
    Published,
    /// A short piece, repeated.
    #[error("repeats a short piece; make one with the `keys generate` command")]
    Repeated,
    /// Could be guessed.
    #[error("could be guessed; make one with the `keys generate` command")]
    Guessable,
}

/// Judges a secret before it becomes an HS256 key.
///
/// # Errors
///
/// [`WeakSecret`] says why it will not do.
pub fn check_secret(secret: &str) -> Result<(), WeakSecret> {
    check_secret_bytes(secret.as_bytes(), 32)
}

/// Judges the bytes of a secret that must be at least so many.
pub(super) fn check_secret_bytes(secret: &[u8], at_least: usize) -> Result<(), WeakSecret> {
    // Zeros at its end add nothing to a key: HMAC pads with them.
    let length = secret.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let secret = &secret[..length];
    if secret.len() < at_least {
        return Err(WeakSecret::TooShort(at_least));
    }
    if is_published(secret.trim_ascii()) {
        return Err(WeakSecret::Published);
    }
    if is_repeated(secret) {
        return Err(WeakSecret::Repeated);
    }
    // What is no text is read as if each byte were a letter.
    let text = str::from_utf8(secret).map_or_else(|_| secret.iter().copied().map(char::from).collect(), str::to_owned);
    let text = Zeroizing::new(text);
    if byte_entropy(secret) < MIN_BITS || zxcvbn::zxcvbn(&text, &[]).guesses_log10() < MIN_GUESSES_LOG10 {
        return Err(WeakSecret::Guessable);
    }
    Ok(())
}

/// Whether the secret is a published one, as it was printed or as the bytes behind what was
/// printed.
fn is_published(secret: &[u8]) -> bool {
    let secret = Fingerprint::of_secret(secret);
    PUBLISHED.iter().any(|published| {
        let decoded = URL_SAFE_NO_PAD.decode(published).ok();
        [Some(published.as_bytes().to_vec()), decoded, unhex(published)]
            .into_iter()
            .flatten()
            .any(|published| secret.is_same(&Fingerprint::of_secret(&published)))
    })
}

/// The bytes behind hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_bytes().as_chunks() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// Whether the bytes are a piece of at most 16 bytes, over and over.
fn is_repeated(bytes: &[u8]) -> bool {
    (1..=16).any(|period| {
        bytes
            .iter()
            .zip(bytes.iter().skip(period))
            .all(|(one, other)| one == other)
    })
}

/// The Shannon entropy of the bytes' frequencies, in bits, for the whole text.
fn byte_entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let length = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) * (length / f64::from(*count)).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate_secret;

    // security: Keys: HMAC secrets are at least 32 bytes, not known, repeated or of low entropy
    #[test]
    fn a_weak_secret_is_refused_for_its_reason() {
        for (secret, reason) in [
            ("", WeakSecret::TooShort(32)),
            ("x", WeakSecret::TooShort(32)),
            ("0123456789abcdef0123456789abcde", WeakSecret::TooShort(32)),
            ("a-string-secret-at-least-256-bits-long", WeakSecret::Published),
            ("a-string-secret-at-least-256-bits-long\n", WeakSecret::Published),
            ("0123456789abcdef0123456789abcdef", WeakSecret::Repeated),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WeakSecret::Repeated),
            ("passwordpasswordpasswordpasswordpassword", WeakSecret::Repeated),
            (
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccccccccccc",
                WeakSecret::Guessable,
            ),
            ("abcdefghijklmnopqrstuvwxyz01234567890", WeakSecret::Guessable),
        ] {
            assert_eq!(check_secret(secret), Err(reason), "{secret}");
        }
    }

    // security: Keys: HMAC secrets are at least 32 bytes, not known, repeated or of low entropy
    #[test]
    fn generated_secrets_pass() {
        for _ in 0..200 {
            let secret = generate_secret().expect("the generator works");
            assert_eq!(check_secret(secret.expose()), Ok(()));
            assert_eq!(
                check_secret(&secret.expose()[..32]),
                Ok(()),
                "128 random bits in hexadecimal"
            );
        }
    }
}
