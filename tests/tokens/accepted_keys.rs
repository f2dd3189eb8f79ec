//! Keys of every kind, in every form: what they sign is read by another library, and the algorithm
//! is the key's.

use auth_core::__internal::KeyRing;
use auth_core::keys::KeyAlgorithm;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

use crate::made::{ed25519_jwk, p256_jwk, private_pem, public, public_pem, rsa_jwk};
use crate::support::{ACCESS, access, access_claims, access_tokens, now, quoted, rings};

/// Signs with the ring and reads the token here, and there with the published key.
fn signs_and_is_read_elsewhere(ring: &KeyRing, alg: KeyAlgorithm) {
    let token = ring.sign(&access_claims()).expect("signed");
    let header = jsonwebtoken::decode_header(&token).expect("a header");
    assert_eq!(format!("{:?}", header.alg), alg.as_str());
    access_tokens(ring.clone())
        .verify(&token, now())
        .expect("its own token");
    let set = ring.jwks();
    if let Some(jwk) = set.keys.first() {
        assert_eq!(jwk.common.key_id, header.kid);
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&["aud"]);
        let key = DecodingKey::from_jwk(jwk).expect("a public key");
        jsonwebtoken::decode::<Value>(&token, &key, &validation).expect("another library reads it");
        let published = serde_json::to_value(jwk).expect("JSON");
        for member in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(published.get(member).is_none(), "{member} is published");
        }
        assert_eq!(
            (&published["use"], &published["alg"]),
            (&json!("sig"), &json!(alg.as_str()))
        );
    } else {
        assert!(alg.as_str().starts_with("HS"));
    }
}

// security: Keys: HS256 by default; EdDSA, ES256, RS256 by configuration
#[test]
fn a_private_key_signs_as_pem_and_as_jwk_inline_and_from_a_file() {
    let rsa = private_pem(KeyAlgorithm::Rs256);
    let folder = tempfile::tempdir().expect("a folder");
    for (alg, pem, jwk) in [
        (KeyAlgorithm::EdDsa, private_pem(KeyAlgorithm::EdDsa), ed25519_jwk()),
        (KeyAlgorithm::Es256, private_pem(KeyAlgorithm::Es256), p256_jwk()),
        (KeyAlgorithm::Rs256, rsa.clone(), rsa_jwk(&rsa)),
    ] {
        let jwk_text = jwk.to_string();
        let table: Vec<String> = jwk
            .as_object()
            .expect("an object")
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let mut keys = vec![
            format!("{{ pem = {} }}", quoted(&pem)),
            format!("{{ jwk = {} }}", quoted(&jwk_text)),
            format!("{{ jwk = {{ {} }} }}", table.join(", ")),
            format!("{{ jwk = {}, alg = \"{alg}\" }}", quoted(&jwk_text)),
        ];
        for (name, text) in [("key.pem", &pem), ("key.jwk", &jwk_text)] {
            let path = folder.path().join(format!("{alg}.{name}"));
            std::fs::write(&path, text).expect("written");
            close_to_others(&path);
            keys.push(format!("{{ file = {} }}", quoted(path.to_str().expect("UTF-8"))));
        }
        for key in keys {
            let ring = access(&key).unwrap_or_else(|error| panic!("{alg}: {error}"));
            signs_and_is_read_elsewhere(&ring, alg);
        }
    }
}

// security: Keys: HS256 by default; EdDSA, ES256, RS256 by configuration
#[test]
fn a_secret_is_for_hs256_unless_its_alg_says_otherwise() {
    let secret = private_pem(KeyAlgorithm::Hs512);
    let k = crate::made::b64(secret.as_bytes());
    for (key, alg) in [
        (format!("{{ secret = \"{secret}\" }}"), KeyAlgorithm::Hs256),
        (
            format!("{{ secret = \"{secret}\", alg = \"HS384\" }}"),
            KeyAlgorithm::Hs384,
        ),
        (
            format!("{{ secret = \"{secret}\", alg = \"hs512\" }}"),
            KeyAlgorithm::Hs512,
        ),
        (
            format!("{{ jwk = {{ kty = \"oct\", k = \"{k}\" }} }}"),
            KeyAlgorithm::Hs256,
        ),
        (
            format!("{{ jwk = {{ kty = \"oct\", k = \"{k}\", alg = \"HS512\" }} }}"),
            KeyAlgorithm::Hs512,
        ),
        (
            format!("{{ jwk = {{ kty = \"oct\", k = \"{k}\" }}, alg = \"HS384\" }}"),
            KeyAlgorithm::Hs384,
        ),
    ] {
        signs_and_is_read_elsewhere(&access(&key).expect("a ring"), alg);
    }
}

#[test]
fn a_public_key_verifies_and_the_first_key_must_sign() {
    for jwk in [ed25519_jwk(), p256_jwk(), rsa_jwk(&private_pem(KeyAlgorithm::Rs256))] {
        let private = format!("{{ jwk = {} }}", quoted(&jwk.to_string()));
        let mut publics = vec![format!("{{ jwk = {} }}", quoted(&public(&jwk).to_string()))];
        if jwk["kty"] != "RSA" {
            publics.push(format!("{{ pem = {} }}", quoted(&public_pem(&jwk))));
        }
        let token = access(&private)
            .expect("a ring")
            .sign(&access_claims())
            .expect("signed");
        for public in publics {
            let error = access(&public).expect_err("nothing signs");
            assert!(error.starts_with("`auth.tokens.access_keys.0` cannot sign"), "{error}");
            let behind = access(&format!("{{ secret = \"{ACCESS}\" }}, {public}")).expect("a secret signs");
            access_tokens(behind.clone())
                .verify(&token, now())
                .expect("the public key verifies");
            assert_eq!(behind.jwks().keys.len(), 1);
        }
    }
}

// security: Keys: The newest key signs, all verify; a doubled `kid` is refused
#[test]
fn a_name_is_the_one_configured_or_the_jwks_own_or_derived_from_the_key() {
    let kid = |key: &str| access(key).expect("a ring").kids().next().map(str::to_owned);
    let mut jwk = ed25519_jwk();
    let derived = kid(&format!("{{ jwk = {} }}", quoted(&jwk.to_string()))).expect("a name");
    assert_eq!(derived.len(), 43, "a thumbprint (RFC 7638)");
    assert_eq!(
        kid(&format!("{{ jwk = {}, kid = \"2026-11\" }}", quoted(&jwk.to_string()))).as_deref(),
        Some("2026-11")
    );
    jwk["kid"] = json!("own");
    assert_eq!(
        kid(&format!("{{ jwk = {} }}", quoted(&jwk.to_string()))).as_deref(),
        Some("own")
    );
    assert_eq!(
        kid(&format!("{{ secret = \"{ACCESS}\" }}")),
        kid(&format!("{{ secret = \"{ACCESS}\" }}")),
        "the same on every node"
    );
}

#[test]
fn a_derived_name_is_the_thumbprint_that_another_library_computes() {
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(public(&ed25519_jwk())).expect("a JWK");
    let theirs = jwk
        .thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256)
        .expect("hashed");
    let text = serde_json::to_string(&jwk).expect("JSON");
    let ring = access(&format!("{{ secret = \"{ACCESS}\" }}, {{ jwk = {} }}", quoted(&text))).expect("a ring");
    assert_eq!(ring.kids().nth(1), Some(theirs.as_str()));
}

#[test]
fn rings_of_different_kinds_stand_side_by_side() {
    let (ed, es) = (ed25519_jwk().to_string(), private_pem(KeyAlgorithm::Es256));
    let rings = rings(&format!(
        "tokens.access_keys = [{{ jwk = {} }}, {{ secret = \"{ACCESS}\" }}]\ntokens.refresh_keys = [{{ pem = {} }}]",
        quoted(&ed),
        quoted(&es)
    ))
    .expect("rings");
    assert_eq!(rings.access.jwks().keys.len(), 1, "a secret is not published");
    assert_eq!(rings.refresh.kids().count(), 1);
}

/// Lets only the owner use the file.
fn close_to_others(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("ours");
    }
}
