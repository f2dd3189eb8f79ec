use std::io;

use super::signing::UnknownAlgorithm;
use super::strength::WeakSecret;
use crate::config::ConfigError;
use crate::secret::NoEntropy;

/// Why there is no key, or no ring of keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key that is missing, weak, known or used twice.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Not the name of an algorithm there are keys for.
    #[error(transparent)]
    UnknownAlgorithm(#[from] UnknownAlgorithm),
    /// The operating system's generator failed.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The cryptographic library does not do what it must.
    #[error("the self-test of the cryptographic library failed")]
    SelfTest,
}

/// Why a key is refused. The texts go behind the name of its setting, and none of them holds any of
/// the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// An HMAC secret that will not do.
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    /// PEM or a JWK where a secret or the name of a file should stand.
    #[error("holds a key of another form; list it as `{{ {0} = … }}` among the keys of its ring")]
    Misplaced(&'static str),
    /// The file cannot be read.
    #[error("names a file that cannot be read: {}", words(*.0))]
    Unreadable(io::ErrorKind),
    /// A byte order mark, or an encoding that begins with one.
    #[error("names a file that begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// Not a file.
    #[error("names something that is no file")]
    NoFile,
    /// More than a key.
    #[error("names a file that is larger than any key")]
    TooLarge,
    /// The file's mode lets every user change it, or read the private key in it.
    #[error("names a file that every user of this machine can {0}; take that from them with `chmod o=`")]
    OpenToAll(&'static str),
    /// Neither PEM nor a JWK.
    #[error("holds neither PEM nor a JWK")]
    Unrecognised,
    /// No PEM, or one whose inside is no key.
    #[error("holds PEM that cannot be read")]
    Pem,
    /// A PEM of a kind that is no key.
    #[error("holds {0}; what is needed is a private key (PKCS #8) or a public key as PEM")]
    NoKey(&'static str),
    /// More than one key.
    #[error("holds several keys; a ring lists them one by one")]
    Several,
    /// No JWK.
    #[error("holds a JWK that cannot be read (line {line}, column {column})")]
    Jwk {
        /// The line of the mistake in the JSON.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A member of the JWK is missing or no base64url of the right length.
    #[error("holds a JWK whose `{0}` is missing or malformed")]
    Member(&'static str),
    /// A kind of key there is no algorithm for here, such as one on another curve; or nothing that
    /// could be read as one.
    #[error("holds no key that can be read of the kinds there are: Ed25519, P-256, RSA and HMAC")]
    Kind,
    /// An RSA key that is too short, or too long.
    #[error("holds an RSA key of fewer than 2048 or more than 8192 bits")]
    RsaSize,
    /// An RSA key with `e` below 65537.
    #[error("holds an RSA key whose public exponent is below 65537")]
    RsaExponent,
    /// What stands in it does not fit together.
    #[error("holds a key whose parts do not belong together")]
    Inconsistent,
    /// A JWK that is not for signatures.
    #[error("holds a JWK that its `use` or `key_ops` reserves for something else than signatures")]
    Use,
    /// The `alg` of the JWK or of the setting does not fit the key.
    #[error("holds a key for {fits}, and `alg` says something else")]
    Algorithm {
        /// What the key is for.
        fits: &'static str,
    },
    /// The `kid` of the setting and of the JWK differ.
    #[error("holds a JWK with another `kid` than the one beside it; remove one of them")]
    Kid,
    /// The private key of a standard or a tutorial.
    #[error(
        "holds a published example, whose private key is known to attackers; make one with the `keys generate` command"
    )]
    Published,
}

fn words(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        kind => kind.to_string(),
    }
}
