//! Secrets: zeroised when dropped, hidden in `Debug`, compared in constant time.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::{Zeroize, Zeroizing};

/// Text that must never be printed: a password, a stored hash, a token.
///
/// Deliberately without `Display`, `Serialize` and `PartialEq`.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> SecretString {
        SecretString(Zeroizing::new(text.into()))
    }

    /// The text itself; keep what you do with it short.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same text; the time it takes tells no more than whether the lengths
    /// are equal.
    pub fn ct_eq(&self, other: &str) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.as_bytes()).is_ok()
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(…)")
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> SecretString {
        SecretString::new(text)
    }
}

impl<'de> serde::Deserialize<'de> for SecretString {
    /// Accepts text only; an error says what was wrong, never what was given.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
        struct Silent;
        impl serde::de::Visitor<'_> for Silent {
            type Value = SecretString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SecretString, E> {
                Ok(SecretString::new(text))
            }

            fn visit_string<E: serde::de::Error>(self, text: String) -> Result<SecretString, E> {
                Ok(SecretString::new(text))
            }

            // The default implementations of these put the value itself into the error.
            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<SecretString, E> {
                Err(E::custom("a secret must be text, in quotes"))
            }

            fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<SecretString, E> {
                Err(E::custom("a secret must be text, in quotes"))
            }

            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<SecretString, E> {
                Err(E::custom("a secret must be text, in quotes"))
            }

            fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<SecretString, E> {
                Err(E::custom("a secret must be text, in quotes"))
            }
        }
        // `any`, or a format reports a value of another type in its own words, and quotes it.
        deserializer.deserialize_any(Silent)
    }
}

/// Secret bytes of any length.
#[derive(Clone)]
pub struct SecretVec(Zeroizing<Vec<u8>>);

impl SecretVec {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> SecretVec {
        SecretVec(Zeroizing::new(bytes.into()))
    }

    /// The bytes themselves.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretVec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretVec(…)")
    }
}

/// Secret bytes of a fixed length.
#[derive(Clone)]
pub struct SecretBytes<const N: usize>([u8; N]);

impl<const N: usize> SecretBytes<N> {
    /// Takes the bytes over.
    pub const fn new(bytes: [u8; N]) -> SecretBytes<N> {
        SecretBytes(bytes)
    }

    /// Fresh bytes from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the generator fails, which on a running system it does not.
    pub fn random() -> Result<SecretBytes<N>, NoEntropy> {
        let mut bytes = [0; N];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoEntropy)?;
        Ok(SecretBytes(bytes))
    }

    /// The bytes themselves.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        verify_slices_are_equal(&self.0, other).is_ok()
    }
}

impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

/// The operating system's random number generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random number generator of the operating system failed")]
pub struct NoEntropy;

#[cfg(test)]
mod tests {
    use super::*;

    // security: Keys: Secrets have no `Debug`, `Display` or `Serialize`, and are zeroised
    #[test]
    fn debug_output_tells_nothing() {
        assert_eq!(format!("{:?}", SecretString::new("hunter2")), "SecretString(…)");
        assert_eq!(format!("{:?}", SecretVec::new("hunter2")), "SecretVec(…)");
        assert_eq!(format!("{:?}", SecretBytes::new([7; 4])), "SecretBytes(…)");
    }

    // security: Keys: Secrets have no `Debug`, `Display` or `Serialize`, and are zeroised
    #[test]
    fn a_secret_of_the_wrong_type_is_not_quoted_in_the_error() {
        let error = serde_json::from_str::<SecretString>("81726354").expect_err("a number is no text");
        assert!(!error.to_string().contains("81726354"), "{error}");
    }
}
