//! The last second of a token, and the first in which it is none.

use auth_core::Timestamp;
use auth_core::verifier::TokenError;
use serde_json::json;

use crate::support::{REFRESH, access, now, quoted, refresh_claims, refresh_tokens, rings};

#[test]
fn a_refresh_token_is_good_until_the_last_second_of_its_session_and_signs_out_after_it() {
    let ring = rings(&format!(
        "tokens.access_keys = [{{ secret = \"another-secret-0f1e2d3c4b5a69788796a5b4\" }}]\ntokens.refresh_keys = [{{ secret = \"{REFRESH}\" }}]"
    ));
    let ring = ring.expect("two rings").refresh;
    let (mut claims, end) = (refresh_claims(), now().secs() + 50);
    claims["exp"] = json!(end);
    let token = ring.sign(&claims).expect("signed");
    let tokens = refresh_tokens(ring);
    let at = |secs| {
        tokens
            .verify(&token, Timestamp::from_secs(secs))
            .map(|claims| claims.expires_at)
    };
    assert_eq!(at(end - 1), Ok(end));
    assert_eq!(at(end), Err(TokenError::Expired));
    assert_eq!(at(end + 1), Err(TokenError::Expired));
    assert!(tokens.verify_for_logout(&token).is_ok());
    // Of another ring it is no token at all, early or late.
    let others = refresh_tokens(
        access(&format!(
            "{{ secret = {} }}",
            quoted("a-ring-of-access-keys-7d1c0be49a3f5286")
        ))
        .expect("a ring"),
    );
    for secs in [end - 1, end] {
        assert_eq!(
            others.verify(&token, Timestamp::from_secs(secs)).map(drop),
            Err(TokenError::Invalid)
        );
    }
}
