//! Every token that this verifier accepts, `jsonwebtoken::decode` accepts with its strictest
//! settings. In every random case this verifier is as strict as the other one, or stricter.

use std::collections::HashSet;

use auth_core::__internal::{KeyRing, KeyRings};
use auth_core::keys::KeyAlgorithm;
use auth_core::verifier::TokenError;
use auth_core::{Timestamp, UserId};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde_json::Value;

use crate::made::private_pem;
use crate::mutants::{Dice, Parent};
use crate::support::{
    ACCESS, Forger, REFRESH, access_claims, access_tokens, now, quoted, refresh_claims, refresh_tokens, rings,
};

/// One ring with the other library's view of its key.
struct Pair {
    ring: KeyRing,
    forger: Forger,
    decoding: DecodingKey,
}

impl Pair {
    fn secret(ring: KeyRing, secret: &str) -> Pair {
        Pair {
            ring,
            forger: Forger::hs256(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
        }
    }

    fn pem(alg: KeyAlgorithm) -> Pair {
        let pem = private_pem(alg);
        let ring = crate::support::access(&format!("{{ pem = {} }}", quoted(&pem))).expect("a ring");
        let (alg, key) = match alg {
            KeyAlgorithm::EdDsa => (Algorithm::EdDSA, EncodingKey::from_ed_pem(pem.as_bytes())),
            KeyAlgorithm::Es256 => (Algorithm::ES256, EncodingKey::from_ec_pem(pem.as_bytes())),
            _ => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem.as_bytes())),
        };
        Pair {
            forger: Forger {
                alg,
                key: key.expect("a private key"),
            },
            decoding: DecodingKey::from_jwk(&ring.jwks().keys[0]).expect("a public key"),
            ring,
        }
    }

    fn strict(&self) -> Validation {
        let mut validation = Validation::new(self.forger.alg);
        validation.leeway = 0;
        validation.set_issuer(&["iss"]);
        validation.set_audience(&["aud"]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

/// What both libraries can say of a token they accept.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    sub: String,
    sid: String,
    exp: i64,
}

impl Said {
    fn by_them(claims: &Value) -> Option<Said> {
        Some(Said {
            sub: claims["sub"].as_str()?.to_owned(),
            sid: claims["sid"].as_str()?.to_owned(),
            exp: claims["exp"].as_i64()?,
        })
    }

    fn by_us(user: &UserId, sid: impl ToString, exp: i64) -> Said {
        Said {
            sub: user.as_str().to_owned(),
            sid: sid.to_string(),
            exp,
        }
    }
}

/// Compares the two on `count` mutants of `claims`. `read` is this library's verifier.
fn compare(pair: &Pair, claims: &Value, count: usize, read: impl Fn(&str, Timestamp) -> Result<Said, TokenError>) {
    let token = pair.ring.sign(claims).expect("signed");
    assert!(read(&token, now()).is_ok(), "the parent is good");
    let parent = Parent {
        token: &token,
        forger: &pair.forger,
        now: now().secs(),
    };
    let (mut dice, validation) = (Dice::new(0x5eed), pair.strict());
    let (mut accepted, mut refused, mut stricter) = (HashSet::new(), 0, 0);
    for _ in 0..count {
        let mutant = parent.mutant(&mut dice);
        let ours = read(&mutant, now());
        // The other one checks all that was accepted here, and some of the rest to show what it
        // lets pass.
        if ours.is_err() && refused % 16 != 0 {
            refused += 1;
            continue;
        }
        let theirs = jsonwebtoken::decode::<Value>(&mutant, &pair.decoding, &validation);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(Said::by_them(&theirs.claims), Some(ours), "{mutant}");
                accepted.insert(mutant);
            }
            (Ok(_), Err(error)) => {
                // It used a clock that had moved on meanwhile; this one agrees when called again.
                let moved_on = matches!(error.kind(), ErrorKind::ExpiredSignature) && read(&mutant, now()).is_err();
                assert!(moved_on, "accepted here, refused there: {error}: {mutant}");
            }
            (Err(_), theirs) => {
                refused += 1;
                stricter += usize::from(theirs.is_ok());
            }
        }
    }
    assert!(
        accepted.len() > count / 1000,
        "mutants that stay good are among them: {}",
        accepted.len()
    );
    assert!(refused > count / 2, "most are refused: {refused}");
    assert!(stricter > 0, "and some of those the other one accepts");
    println!(
        "{:?}: {count} mutants, {} different ones accepted, {refused} refused, {stricter} of a sixteenth of them accepted there",
        pair.forger.alg,
        accepted.len()
    );
}

fn compare_access(pair: &Pair, count: usize) {
    let tokens = access_tokens(pair.ring.clone());
    compare(pair, &access_claims(), count, |token, now| {
        tokens
            .verify(token, now)
            .map(|claims| Said::by_us(&claims.user, claims.session, claims.expires_at().secs()))
    });
}

fn secret_rings() -> KeyRings {
    rings(&format!(
        "tokens.access_keys = [{{ secret = \"{ACCESS}\" }}]\ntokens.refresh_keys = [{{ secret = \"{REFRESH}\" }}]"
    ))
    .expect("rings")
}

// security: Tokens: What the strict reader accepts, `jsonwebtoken` with strict settings accepts
#[test]
fn of_100_000_mutants_of_an_hs256_token_none_is_accepted_here_and_refused_elsewhere() {
    compare_access(&Pair::secret(secret_rings().access, ACCESS), 100_000);
}

// security: Tokens: What the strict reader accepts, `jsonwebtoken` with strict settings accepts
#[test]
fn of_10_000_mutants_of_an_eddsa_token_none_is_accepted_here_and_refused_elsewhere() {
    compare_access(&Pair::pem(KeyAlgorithm::EdDsa), 10_000);
}

// security: Tokens: What the strict reader accepts, `jsonwebtoken` with strict settings accepts
#[test]
fn of_10_000_mutants_of_an_es256_token_none_is_accepted_here_and_refused_elsewhere() {
    compare_access(&Pair::pem(KeyAlgorithm::Es256), 10_000);
}

#[test]
fn of_2_000_mutants_of_an_rs256_token_none_is_accepted_here_and_refused_elsewhere() {
    compare_access(&Pair::pem(KeyAlgorithm::Rs256), 2_000);
}

#[test]
fn of_20_000_mutants_of_a_refresh_token_none_is_accepted_here_and_refused_elsewhere() {
    let pair = Pair::secret(secret_rings().refresh, REFRESH);
    let tokens = refresh_tokens(pair.ring.clone());
    compare(&pair, &refresh_claims(), 20_000, |token, now| {
        tokens
            .verify(token, now)
            .map(|claims| Said::by_us(&claims.user, claims.session, claims.expires_at))
    });
}
