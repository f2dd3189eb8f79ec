//! Access tokens verified elsewhere: in a worker or another service, without sessions, accounts or
//! a running Rocket.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::clock::{Clock, SystemClock, Timestamp};
use crate::config::{ConfigError, KeyConfig, KeySource};
use crate::keys::{KeyError, KeyRing, TokenType};
use crate::role::{Role, RoleSet, RoleTable};
use crate::secret::SecretString;
use crate::token::{AccessTokens, TokenIssuer};

pub use crate::token::{AccessClaims, TokenError};

/// What the keys of a verifier are called in errors.
const KEYS: &str = "verifier.keys";

/// Verifies access tokens as the server does, and nothing more: for workers and services that
/// receive a user's token.
///
/// It is as strict as the server. It accepts only a header that one of the keys could have written,
/// so `alg`, `typ` and `kid` are checked before the claims are parsed. Every claim must be there
/// and have its type. Issuer, audience and times must match.
///
/// **What it cannot see: revocations.** It has no store. A token of an ended session (signed out,
/// stolen, disabled), or one from before a change of roles, is good here until its `exp`. That is
/// `access_ttl` away at most (15 minutes unless the server says otherwise). Where that is too long,
/// send the token to the server, or open an [`Auth`](crate::Auth) on the same store.
///
/// **What it does not know: `auth.second_factor.required_for`.** Where the server has that setting,
/// a listed role counts only if `claims.methods.is_multi_factor()` holds.
///
/// A secret can sign as well as verify: give services that only verify a public key, see
/// `docs/keys.md`. The verifier needs neither Rocket nor a database: depend on `auth-core` with
/// `default-features = false`. For services in another language see `docs/verifying-elsewhere.md`.
///
/// ```
/// use auth_core::verifier::{TokenError, Verifier, VerifierOptions};
/// use auth_core::Role;
///
/// #[derive(Role, Clone, Copy)]
/// enum AppRole {
///     #[role(includes(Editor))]
///     Admin,
///     Editor,
/// }
///
/// // As the server gave it at `/.well-known/jwks.json`.
/// let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"2026-11",
///     "x":"gWd16I2RLGQJlgPlhgs1PHtzXaF3h1KqoAPNh4k6vrE"}]}"#;
/// let verifier = Verifier::from_jwks(jwks, VerifierOptions::new::<AppRole>("auth-core", "auth-core"))?;
///
/// match verifier.verify("what came with the job") {
///     Ok(claims) if verifier.effective_roles(&claims).contains(AppRole::Editor) => println!("for {}", claims.user),
///     Ok(_) => println!("not an editor's"),
///     Err(TokenError::Expired) => println!("too late"),
///     Err(_) => println!("not a token of ours"),
/// }
/// # Ok::<(), auth_core::keys::KeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    tokens: AccessTokens,
    roles: RoleTable,
}

/// The expected claims of a token: the server's settings `issuer`, `audience`, `tokens.access_ttl`
/// and `tokens.leeway`.
#[derive(Clone, Debug)]
pub struct VerifierOptions {
    token_issuer: TokenIssuer,
    roles: RoleTable,
    access_ttl: Duration,
    leeway: Duration,
}

impl VerifierOptions {
    /// Tokens of `issuer` for `audience`, with roles of the enum `R`; at most 15 minutes long, and
    /// issued at most 5 seconds in the future.
    pub fn new<R: Role>(issuer: impl Into<String>, audience: impl Into<String>) -> VerifierOptions {
        VerifierOptions {
            token_issuer: TokenIssuer {
                issuer: issuer.into(),
                audience: audience.into(),
            },
            roles: RoleTable::of::<R>(),
            access_ttl: Duration::from_secs(15 * 60),
            leeway: Duration::from_secs(5),
        }
    }

    /// The longest lifetime of a token, in whole seconds: the server's `access_ttl`, or tokens that
    /// live longer are refused.
    #[must_use]
    pub fn access_ttl(mut self, access_ttl: Duration) -> VerifierOptions {
        self.access_ttl = access_ttl;
        self
    }

    /// How far in the future an `iat` may lie. Nothing is added to `exp`.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> VerifierOptions {
        self.leeway = leeway;
        self
    }
}

impl Verifier {
    /// A verifier by any of `keys`, public or secret. Reads the files that they name.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says which key will not do and why, as the server would at launch; no key at
    /// all is an error, too.
    pub fn new(keys: &[KeyConfig], options: VerifierOptions) -> Result<Verifier, KeyError> {
        let ring = KeyRing::for_verifying(TokenType::Access, KEYS, keys)?;
        let VerifierOptions {
            token_issuer,
            roles,
            access_ttl,
            leeway,
        } = options;
        Ok(Verifier {
            tokens: AccessTokens::new(ring, token_issuer, roles, access_ttl, leeway),
            roles,
        })
    }

    /// A verifier by the server's `JWT_ACCESS_SECRET`, which makes its holder able to sign as well.
    ///
    /// # Errors
    ///
    /// [`KeyError`] for a secret that the server would refuse.
    pub fn from_secret(secret: SecretString, options: VerifierOptions) -> Result<Verifier, KeyError> {
        Verifier::new(&[KeyConfig::from_secret(secret)], options)
    }

    /// A verifier by a public key as PEM. `kid` is what the server calls it, where its
    /// configuration gives it a name.
    ///
    /// # Errors
    ///
    /// [`KeyError`] for what is no good key.
    pub fn from_pem(pem: &str, kid: Option<&str>, options: VerifierOptions) -> Result<Verifier, KeyError> {
        let key = KeyConfig::new(KeySource::Pem(SecretString::new(pem)));
        Verifier::new(&[kid.into_iter().fold(key, KeyConfig::with_kid)], options)
    }

    /// A verifier for the server's public keys, in the form of the document at
    /// `/.well-known/jwks.json`. The caller fetches the document, from a fixed address and never
    /// from one that a token names.
    ///
    /// # Errors
    ///
    /// [`KeyError`] for a document that is no JWK set, holds a secret or a private key, or has no
    /// keys. A server that signs with secrets publishes no keys.
    pub fn from_jwks(document: &str, options: VerifierOptions) -> Result<Verifier, KeyError> {
        Verifier::new(&public_keys(document)?, options)
    }

    /// Replaces the keys, for every clone, with those of a new document. Fetch it every five
    /// minutes. Do not fetch it at every unknown `kid`, or an attacker decides how often you fetch.
    ///
    /// # Errors
    ///
    /// As for [`Verifier::from_jwks`]; the keys in force stay.
    pub fn replace_jwks(&self, document: &str) -> Result<(), KeyError> {
        let ring = KeyRing::for_verifying(TokenType::Access, KEYS, &public_keys(document)?)?;
        self.tokens.replace_ring(ring);
        Ok(())
    }

    /// Verifies an access token, now by the system's clock.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] only for a token that is good in all else; [`TokenError::Invalid`].
    pub fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        self.verify_at(token, SystemClock.now())
    }

    /// Verifies at a time of the caller's, for tests and for jobs whose tokens count at the time
    /// they came in.
    ///
    /// # Errors
    ///
    /// As for [`Verifier::verify`].
    pub fn verify_at(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        self.tokens.verify(token, now)
    }

    /// The roles of a token and all they include; what rules are decided on.
    pub fn effective_roles(&self, claims: &AccessClaims) -> RoleSet {
        self.roles.closure(claims.roles)
    }
}

/// A JWK set (RFC 7517 §5).
#[derive(Deserialize)]
struct JwkSet<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

/// What a public key must not have: the members of private and of symmetric keys.
#[derive(Deserialize)]
struct PrivateMembers {
    d: Option<serde::de::IgnoredAny>,
    k: Option<serde::de::IgnoredAny>,
}

fn public_keys(document: &str) -> Result<Vec<KeyConfig>, KeyError> {
    let problem = |problem: &str| KeyError::from(ConfigError::new("verifier.jwks", problem));
    let set: JwkSet<'_> = serde_json::from_str(document).map_err(|_| problem("is no JWK set"))?;
    set.keys
        .into_iter()
        .map(|key| {
            let private: PrivateMembers =
                serde_json::from_str(key.get()).map_err(|_| problem("holds what is no key"))?;
            if private.d.is_some() || private.k.is_some() {
                return Err(problem("holds a private key or a secret, which is nothing to publish"));
            }
            Ok(KeyConfig::new(KeySource::Jwk(SecretString::new(key.get()))))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use crate::ids::SessionId;
    use crate::keys::{KeyAlgorithm, generate_key};
    use crate::store::UserCounters;
    use crate::token::NewAccess;

    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0-verifier";

    #[derive(crate::Role, Clone, Copy, Debug, PartialEq, Eq)]
    enum Rank {
        #[role(includes(Sailor))]
        Captain,
        Sailor,
    }

    fn now() -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn options() -> VerifierOptions {
        VerifierOptions::new::<Rank>("ship", "crew")
    }

    /// What a server with this ring issues.
    fn server(ring: KeyRing) -> AccessTokens {
        let token_issuer = options().token_issuer;
        AccessTokens::new(
            ring,
            token_issuer,
            RoleTable::of::<Rank>(),
            Duration::from_secs(900),
            Duration::from_secs(5),
        )
    }

    fn issue(server: &AccessTokens) -> String {
        let user = UserId::new("7").expect("an id");
        let new = NewAccess {
            user: &user,
            session: SessionId::random(),
            counters: UserCounters::default(),
            roles: RoleSet::from(Rank::Captain),
            auth_time: now(),
            methods: crate::methods::AuthMethods::NONE,
            now: now(),
            session_end: now().plus(Duration::from_secs(100_000)),
            app: None,
        };
        server.issue(new).expect("issued").0
    }

    #[test]
    fn a_secret_verifies_what_the_server_with_that_secret_issues_until_its_last_second() {
        let server = server(KeyRing::hs256(TokenType::Access, None, SECRET).expect("a ring"));
        let token = issue(&server);
        let verifier = Verifier::from_secret(SecretString::new(SECRET), options()).expect("a verifier");
        let claims = verifier.verify_at(&token, now()).expect("good");
        assert_eq!(claims.user.as_str(), "7");
        assert!(!claims.roles.contains(Rank::Sailor), "what is held");
        assert!(
            verifier.effective_roles(&claims).contains(Rank::Sailor),
            "what it includes"
        );
        let after = |secs| {
            verifier
                .verify_at(&token, now().plus(Duration::from_secs(secs)))
                .map(drop)
        };
        assert_eq!((after(899), after(900)), (Ok(()), Err(TokenError::Expired)));
    }

    #[test]
    fn a_token_for_others_of_another_use_or_longer_than_expected_is_refused() {
        let ring = |token_type| KeyRing::hs256(token_type, Some("k"), SECRET).expect("a ring");
        let verifier = |options| {
            let key = KeyConfig::from_secret(SecretString::new(SECRET)).with_kid("k");
            Verifier::new(&[key], options).expect("a verifier")
        };
        let access = issue(&server(ring(TokenType::Access)));
        assert!(verifier(options()).verify_at(&access, now()).is_ok());
        for (token, options) in [
            (&access, VerifierOptions::new::<Rank>("another", "crew")),
            (&access, VerifierOptions::new::<Rank>("ship", "passengers")),
            (&access, options().access_ttl(Duration::from_secs(899))),
            (&issue(&server(ring(TokenType::Refresh))), options()),
        ] {
            assert_eq!(verifier(options).verify_at(token, now()), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn the_published_document_and_the_public_pem_verify_what_the_private_key_signed() {
        for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256] {
            let private = generate_key(algorithm).expect("a key");
            let ring = |kid| {
                let key = KeyConfig::new(KeySource::Pem(private.clone())).with_kid(kid);
                KeyRing::from_keys(TokenType::Access, "keys", &[key]).expect("a ring")
            };
            let document = |kid| serde_json::to_string(&ring(kid).jwks()).expect("JSON");
            let token = issue(&server(ring("first")));
            let verifier = Verifier::from_jwks(&document("first"), options()).expect("a verifier");
            assert!(verifier.verify_at(&token, now()).is_ok(), "{algorithm}");
            // A replaced document counts for every clone, and a bad one changes nothing.
            let clone = verifier.clone();
            assert!(clone.replace_jwks("{}").is_err());
            assert!(verifier.verify_at(&token, now()).is_ok());
            clone.replace_jwks(&document("second")).expect("replaced");
            assert_eq!(
                verifier.verify_at(&token, now()),
                Err(TokenError::Invalid),
                "another kid"
            );
            assert!(verifier.verify_at(&issue(&server(ring("second"))), now()).is_ok());
            // A service that was handed the private key by mistake only verifies with it all the
            // same.
            let by_pem = Verifier::from_pem(private.expose(), Some("first"), options()).expect("a verifier");
            assert!(by_pem.verify_at(&token, now()).is_ok());
        }
    }

    #[test]
    fn a_document_without_keys_or_with_secrets_makes_no_verifier() {
        for (document, why) in [
            ("", "no JWK set"),
            ("[]", "no JWK set"),
            (r#"{"keys":[]}"#, "is empty"),
            (r#"{"keys":[1]}"#, "no key"),
            (r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, "nothing to publish"),
            (
                r#"{"keys":[{"kty":"OKP","crv":"X25519","x":"AAAA"}]}"#,
                "kinds there are",
            ),
        ] {
            let error = Verifier::from_jwks(document, options()).expect_err(document);
            assert!(error.to_string().contains(why), "{document}: {error}");
        }
    }
}
