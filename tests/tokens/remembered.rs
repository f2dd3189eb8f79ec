//! A token is checked once, but for its times. The tests also count the allocations of a
//! verification.

use allocation_counter::measure;
use auth_core::__internal::{AccessTokens, KeyRing, NewAccess, UserCounters};
use auth_core::keys::KeyAlgorithm;
use auth_core::verifier::TokenError;
use auth_core::{RoleSet, SessionId, Timestamp, UserId};
use rocket_app::role::AppRole;
use std::time::Duration;

use crate::made::private_pem;
use crate::support::{ACCESS, access, access_tokens, access_tokens_for, now, quoted};

const SOME: [KeyAlgorithm; 3] = [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256];

fn of(algorithm: KeyAlgorithm) -> KeyRing {
    access(&format!("{{ pem = {} }}", quoted(&private_pem(algorithm)))).expect("a ring")
}

fn issue(tokens: &AccessTokens, at: Timestamp) -> (String, i64) {
    let issued = tokens.issue(NewAccess {
        user: &UserId::random(),
        session: SessionId::random(),
        counters: UserCounters::default(),
        roles: RoleSet::from(AppRole::Editor),
        auth_time: at,
        methods: auth_core::session::AuthMethods::NONE,
        now: at,
        session_end: at.plus(Duration::from_secs(3600)),
        app: None,
    });
    issued.expect("signed")
}

#[test]
fn a_remembered_token_is_judged_by_its_claims_each_time() {
    for algorithm in SOME {
        let ring = of(algorithm);
        let tokens = access_tokens(ring).remembering(10);
        let (token, exp) = issue(&tokens, now());
        let at = |tokens: &AccessTokens, secs| {
            tokens
                .verify(&token, Timestamp::from_secs(secs))
                .map(|claims| claims.roles)
        };
        for _ in 0..3 {
            assert_eq!(at(&tokens, exp - 1), Ok(RoleSet::from(AppRole::Editor)));
            assert_eq!(at(&tokens, exp), Err(TokenError::Expired));
            assert_eq!(at(&tokens, exp - 1000), Err(TokenError::Invalid), "from the future");
        }
    }
}

#[test]
fn nothing_but_the_very_bytes_of_a_token_is_remembered() {
    for algorithm in SOME {
        let tokens = access_tokens(of(algorithm)).remembering(10);
        let (token, _) = issue(&tokens, now());
        for at in 0..token.len() {
            tokens.verify(&token, now()).expect("a good token");
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            for forged in [
                changed,
                token[..at].to_owned(),
                format!("{}{}", &token[..at], &token[at + 1..]),
            ] {
                assert_eq!(tokens.verify(&forged, now()), Err(TokenError::Invalid), "{forged}");
            }
        }
    }
}

#[test]
fn a_ring_that_replaces_another_remembers_nothing_of_it() {
    let (old, new) = (of(KeyAlgorithm::EdDsa), of(KeyAlgorithm::EdDsa));
    let tokens = access_tokens(old).remembering(10);
    let (token, _) = issue(&tokens, now());
    for _ in 0..2 {
        tokens.verify(&token, now()).expect("a good token");
    }
    tokens.replace_ring(new);
    assert_eq!(tokens.verify(&token, now()), Err(TokenError::Invalid));
}

#[test]
fn an_application_of_another_audience_refuses_a_token_of_the_same_keys() {
    let algorithm = KeyAlgorithm::EdDsa;
    let keys = private_pem(algorithm);
    let ring = || access(&format!("{{ pem = {} }}", quoted(&keys))).expect("a ring");
    let (ours, theirs) = (
        access_tokens(ring()).remembering(10),
        access_tokens_for("another audience", ring()).remembering(10),
    );
    let (token, _) = issue(&ours, now());
    for _ in 0..2 {
        ours.verify(&token, now()).expect("a good token");
        assert_eq!(theirs.verify(&token, now()), Err(TokenError::Invalid));
    }
}

#[test]
fn no_more_tokens_are_remembered_than_configured() {
    let kept = |remembered: usize| {
        let tokens = access_tokens(of(KeyAlgorithm::EdDsa)).remembering(remembered);
        let shown: Vec<String> = (0..3000).map(|_| issue(&tokens, now()).0).collect();
        let counted = measure(|| {
            shown
                .iter()
                .for_each(|token| drop(tokens.verify(token, now()).expect("a good token")))
        });
        u64::try_from(counted.bytes_current).expect("more is kept than before")
    };
    let each = 600;
    assert_eq!(kept(0), 0);
    let few = kept(32);
    assert!((1..100 * each).contains(&few), "{few} bytes");
    // The control: so much would be kept.
    let all = kept(10_000);
    assert!(all > 2500 * each / 2, "{all} bytes");
}

#[test]
fn a_token_seen_before_is_verified_without_an_allocation() {
    let by_secret = access_tokens(access(&format!("{{ secret = {} }}", quoted(ACCESS))).expect("a ring"));
    for tokens in [by_secret, access_tokens(of(KeyAlgorithm::Es256))] {
        let tokens = tokens.remembering(10);
        let (token, _) = issue(&tokens, now());
        let counted = || {
            measure(|| {
                drop(std::hint::black_box(
                    tokens.verify(&token, now()).expect("a good token"),
                ))
            })
            .count_total
        };
        assert!(counted() > 0, "it is remembered");
        assert_eq!(counted(), 0);
    }
}
