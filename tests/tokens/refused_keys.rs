//! Keys that stop a launch. Each message names the setting, and holds nothing of the key.

use auth_core::keys::KeyAlgorithm;
use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING};
use serde_json::{Value, json};

use crate::made::{b64, ed25519_jwk, on_curve, p256_jwk, pem, private_pem, public_pem, rsa_jwk};
use crate::support::{ACCESS, REFRESH, access, quoted, rings, rings_of};

/// 1024 bits, made for this test.
const SHORT_RSA: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDBfF4MJclD6WdoD9Q1ShFzmuvj
8h41gpdhS6N3Nj0Wk3tp/Y6vu7Krcy3QJ/j1o29ojjeoIvcm/hcgPMYSimsRRjcj
eVZDXILCxiRrR5ckNN0HHaLg6aOKU3s0TKXqM462Hk/myEpcd5IxC4q0MN+ZN8li
QEbRxmhmCsXqclYGeQIDAQAB
-----END PUBLIC KEY-----";
const SHORT_PRIVATE_RSA: &str = "-----BEGIN PRIVATE KEY-----
MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAMF8XgwlyUPpZ2gP
1DVKEXOa6+PyHjWCl2FLo3c2PRaTe2n9jq+7sqtzLdAn+PWjb2iON6gi9yb+FyA8
xhKKaxFGNyN5VkNcgsLGJGtHlyQ03QcdouDpo4pTezRMpeozjrYeT+bISlx3kjEL
irQw35k3yWJARtHGaGYKxepyVgZ5AgMBAAECgYBno1Y864CC/+KDuvbQFHyEj9cK
ogXMY8byNrG4iTTvgs/4Vfi36LIrY+aGOOMBsClct9DYHuKD4FZCzkrKY5o1GBdR
k0fi+kiL3PBlx8Mvgm/3sx6QGD06JwUvoC8D7b2m/Vy5Ws5FbTVs2MxIJPOpRHsQ
3Xq2/o+aShJHsFr4gQJBAODVGYYbWZfdrL6vlZ11gAT/E8ksRzcz2JQu2nuSz6X2
hBsHOSNC49g5syWbfUmNuIELm1vl/oc1wAM26iZXRAMCQQDcTtUh81du6pVn3OUf
rmxfPl9a1coSBK37gsr1fUEU7xa+4ZlnXZSot79eojKTzmPr6qkTbuk7anmA0Onf
7ajTAkEA2f3khIHKKZQ2ZKCsCQKfQLjtPzXeSujLCkovbndXPAw75FTpkoXNkp3H
VCRhosp1ZTGSzdS/J+v2o2dAOjKMbwJBAIZo0j/UZxOUq3Kiomeh0xyIwUR6Cr7T
fBJmyczcjkhnVkk++ojF31zQPkFOU+05jlzw3hatJD7LxzWAQDAOn2ECQQCqQfMl
cRH4i+KpaHlLwD/uylnCB6+CM35gtxwJPM95GnG5YJU71UsE/gkzsvVvRkwl8jEA
uY35uKyiy8svBKDy
-----END PRIVATE KEY-----";

/// Each key, in the place of the first access key, is refused in these words, and not quoted.
pub fn refused(cases: &[(String, &str)]) {
    for (key, words) in cases {
        let error = access(key).expect_err(words);
        assert!(error.starts_with("`auth.tokens.access_keys.0"), "{key}: {error}");
        assert!(error.contains(words), "{key}: {words}: {error}");
        not_quoted(&error, key);
    }
}

/// No piece of twelve letters and digits of a key stands in the message.
fn not_quoted(error: &str, key: &str) {
    let pieces = key
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|piece| piece.len() >= 12);
    for piece in pieces {
        assert!(!error.contains(piece), "{piece} in {error}");
    }
}

fn in_pem(text: &str) -> String {
    format!("{{ pem = {} }}", quoted(text))
}

fn in_jwk(jwk: &Value) -> String {
    format!("{{ jwk = {} }}", quoted(&jwk.to_string()))
}

fn with(jwk: &Value, member: &str, value: Value) -> String {
    let mut jwk = jwk.clone();
    jwk[member] = value;
    in_jwk(&jwk)
}

fn without(jwk: &Value, member: &str) -> String {
    let mut jwk = jwk.as_object().expect("an object").clone();
    jwk.remove(member);
    in_jwk(&jwk.into())
}

#[test]
fn a_secret_is_as_long_as_the_hash_of_its_algorithm() {
    let secret = private_pem(KeyAlgorithm::Hs512);
    for (alg, bytes) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let of = |length: usize| format!("{{ secret = \"{}\", alg = \"{alg}\" }}", &secret[..length]);
        access(&of(bytes)).expect("long enough");
        refused(&[(of(bytes - 1), &format!("shorter than {bytes} bytes"))]);
        // As a JWK: a text with control characters is refused before it is a key.
        let padded = format!("{}\0\0", &secret[..bytes - 1]);
        let padded = in_jwk(&json!({ "kty": "oct", "k": b64(padded.as_bytes()), "alg": alg }));
        refused(&[(padded, "shorter than")]);
    }
}

#[test]
fn a_weak_or_published_secret_is_refused_as_text_and_as_jwk() {
    let published = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let oct = |k: &str| in_jwk(&json!({ "kty": "oct", "k": k }));
    refused(&[
        ("{ secret = \"\" }".to_owned(), "shorter than 32 bytes"),
        (format!("{{ secret = \"{published}\" }}"), "published"),
        (oct(published), "published"),
        (oct(&b64(b"a-string-secret-at-least-256-bits-long")), "published"),
        (oct(&b64(&[7; 40])), "repeats"),
        (oct(&b64(b"abcdefghijklmnopqrstuvwxyz01234567890")), "guessed"),
        (oct(&b64(&[0; 40])), "shorter than 32 bytes"),
        (oct(""), "shorter than 32 bytes"),
    ]);
}

#[test]
fn a_public_key_in_the_place_of_a_secret_is_refused() {
    let jwk = ed25519_jwk();
    let secret = |text: &str| format!("{{ secret = {} }}", quoted(text));
    refused(&[
        (secret(&public_pem(&jwk)), "list it as `{ pem = … }`"),
        (secret(&jwk.to_string()), "list it as `{ jwk = … }`"),
        (
            format!("{{ file = {} }}", quoted(&private_pem(KeyAlgorithm::EdDsa))),
            "list it as `{ pem = … }`",
        ),
        (in_pem(&jwk.to_string()), "list it as `{ jwk = … }`"),
    ]);
}

// security: Keys: Short RSA, a wrong curve, a wrong `use` are refused
#[test]
fn an_rsa_key_is_at_least_2048_bits_long_and_its_exponent_65537() {
    let rsa = rsa_jwk(&private_pem(KeyAlgorithm::Rs256));
    let short = b64(&[[0xc3].as_slice(), &[0x5a; 254], &[0x01]].concat()[..255]);
    let bits_2047 = b64(&[[0x7f].as_slice(), &[0xff; 255]].concat());
    refused(&[
        (in_pem(SHORT_RSA), "2048"),
        (in_pem(SHORT_PRIVATE_RSA), "2048"),
        (in_jwk(&json!({ "kty": "RSA", "e": "AQAB", "n": short })), "2048"),
        (in_jwk(&json!({ "kty": "RSA", "e": "AQAB", "n": bits_2047 })), "2048"),
        (
            in_jwk(&json!({ "kty": "RSA", "e": "AQAB", "n": b64(&[0xff; 1025]) })),
            "8192",
        ),
        (with(&rsa, "e", json!("Aw")), "exponent"),
        (with(&rsa, "e", json!("__8")), "exponent"),
    ]);
}

// security: Keys: Short RSA, a wrong curve, a wrong `use` are refused
#[test]
fn a_key_on_another_curve_or_of_another_kind_is_refused() {
    let p256 = p256_jwk();
    refused(&[
        (
            in_pem(&on_curve(&ECDSA_P384_SHA384_FIXED_SIGNING)),
            "no key that can be read",
        ),
        (
            in_pem(&on_curve(&ECDSA_P256K1_SHA256_ASN1_SIGNING)),
            "no key that can be read",
        ),
        (with(&p256, "crv", json!("P-384")), "no key that can be read"),
        (with(&p256, "crv", json!("secp256k1")), "no key that can be read"),
        (with(&ed25519_jwk(), "crv", json!("X25519")), "no key that can be read"),
        (with(&ed25519_jwk(), "crv", json!("Ed448")), "no key that can be read"),
        (with(&p256, "kty", json!("AKP")), "no key that can be read"),
        (without(&p256, "kty"), "`kty` is missing"),
        // A point that is not on the curve.
        (with(&p256, "y", json!(b64(&[1; 32]))), "do not belong together"),
    ]);
}

// security: Keys: Short RSA, a wrong curve, a wrong `use` are refused
#[test]
fn a_key_reserved_for_another_use_or_algorithm_is_refused() {
    let (ed, es, rsa) = (ed25519_jwk(), p256_jwk(), rsa_jwk(&private_pem(KeyAlgorithm::Rs256)));
    let oct = json!({ "kty": "oct", "k": b64(private_pem(KeyAlgorithm::Hs512).as_bytes()) });
    for jwk in [&ed, &es, &rsa, &oct] {
        refused(&[
            (with(jwk, "use", json!("enc")), "`use` or `key_ops`"),
            (with(jwk, "use", json!("SIG")), "`use` or `key_ops`"),
            (
                with(jwk, "key_ops", json!(["encrypt", "decrypt"])),
                "`use` or `key_ops`",
            ),
            (
                with(jwk, "key_ops", json!(["sign", "verify", "deriveKey"])),
                "`use` or `key_ops`",
            ),
            (with(jwk, "key_ops", json!([])), "`use` or `key_ops`"),
            (with(jwk, "key_ops", json!(["verify"])), "cannot sign"),
            (with(jwk, "alg", json!("none")), "`alg` says something else"),
            (with(jwk, "alg", json!("PS256")), "`alg` says something else"),
            (with(jwk, "alg", json!("ES384")), "`alg` says something else"),
        ]);
        access(&with(jwk, "key_ops", json!(["sign", "verify"]))).expect("signatures");
        access(&with(jwk, "use", json!("sig"))).expect("signatures");
    }
    // A MAC that may be made but not checked is of no use; the public half of a private key checks
    // what that made.
    refused(&[(with(&oct, "key_ops", json!(["sign"])), "`use` or `key_ops`")]);
    access(&with(&ed, "key_ops", json!(["sign"]))).expect("signatures");
    refused(&[
        (with(&rsa, "alg", json!("RS512")), "`alg` says something else"),
        (with(&oct, "alg", json!("A256KW")), "`alg` says something else"),
        (
            format!("{{ jwk = {}, alg = \"HS256\" }}", quoted(&ed.to_string())),
            "alg` does not fit: the key is for EdDSA",
        ),
        (
            format!(
                "{{ pem = {}, alg = \"RS256\" }}",
                quoted(&private_pem(KeyAlgorithm::Es256))
            ),
            "the key is for ES256",
        ),
        (
            format!("{{ secret = \"{ACCESS}\", alg = \"ES256\" }}"),
            "`alg` says something else",
        ),
        (
            format!("{{ secret = \"{ACCESS}\", alg = \"none\" }}"),
            "there are no `none` keys",
        ),
        (
            format!(
                "{{ jwk = {}, alg = \"HS256\" }}",
                quoted(&json!({ "kty": "oct", "k": oct["k"], "alg": "HS512" }).to_string())
            ),
            "`alg` says something else",
        ),
    ]);
}

#[test]
fn what_is_malformed_or_does_not_fit_together_is_refused() {
    let (ed, es, rsa) = (ed25519_jwk(), p256_jwk(), rsa_jwk(&private_pem(KeyAlgorithm::Rs256)));
    let certificate = pem("CERTIFICATE", &[0x30, 0x00]);
    let two = format!(
        "{}{}",
        private_pem(KeyAlgorithm::EdDsa),
        private_pem(KeyAlgorithm::Es256)
    );
    refused(&[
        (in_pem("no PEM at all"), "PEM that cannot be read"),
        (in_pem(&pem("PRIVATE KEY", &[0x30, 0x00])), "no key that can be read"),
        (in_pem(&pem("ENCRYPTED PRIVATE KEY", &[0x30, 0x00])), "an encrypted key"),
        (in_pem(&certificate), "a certificate"),
        (
            in_pem(&pem("OPENSSH PRIVATE KEY", &[0x30, 0x00])),
            "another kind of PEM",
        ),
        (in_pem(&two), "several keys"),
        (in_jwk(&json!({ "keys": [ed.clone()] })), "several keys"),
        (
            "{ jwk = \"no JSON\" }".to_owned(),
            "a JWK that cannot be read (line 1, column",
        ),
        (
            "{ jwk = '{\"kty\":\"oct\",\"kty\":\"oct\",\"k\":\"AAAA\"}' }".to_owned(),
            "a JWK that cannot be read",
        ),
        (with(&ed, "x", ed25519_jwk()["x"].clone()), "do not belong together"),
        (with(&es, "d", p256_jwk()["d"].clone()), "do not belong together"),
        (with(&rsa, "d", rsa["dp"].clone()), "do not belong together"),
        (with(&rsa, "oth", json!([])), "`oth`"),
        (with(&ed, "x", json!("AAAA")), "`x` is missing or malformed"),
        (
            with(&ed, "x", json!(format!("{}=", ed["x"].as_str().expect("text")))),
            "`x` is missing or malformed",
        ),
        (with(&es, "d", json!("AAAA")), "`d` is missing or malformed"),
        (
            with(&rsa, "n", json!(format!("AAAA{}", rsa["n"].as_str().expect("text")))),
            "`n` is missing or malformed",
        ),
        (without(&rsa, "qi"), "`qi` is missing or malformed"),
        (without(&ed, "x"), "`x` is missing or malformed"),
        (
            format!(
                "{{ jwk = {}, kid = \"a\" }}",
                quoted(&json!({ "kid": "b", "kty": "OKP", "crv": "Ed25519", "x": ed["x"], "d": ed["d"] }).to_string())
            ),
            "another `kid`",
        ),
        (
            format!("{{ secret = \"{ACCESS}\", kid = \"\" }}"),
            "kid` must be 1 to 64",
        ),
        (
            format!("{{ secret = \"{ACCESS}\", kid = \"two words\" }}"),
            "kid` must be 1 to 64",
        ),
        (
            format!("{{ secret = \"{ACCESS}\", kid = \"{}\" }}", "k".repeat(65)),
            "kid` must be 1 to 64",
        ),
        ("{ kid = \"a\" }".to_owned(), "exactly one of"),
        (
            format!("{{ secret = \"{ACCESS}\", file = \"a.pem\" }}"),
            "exactly one of",
        ),
        (format!("{{ secret = \"{ACCESS}\", use = \"sig\" }}"), "is no setting"),
        ("{ secret = 918273645546372819 }".to_owned(), "must be"),
        ("{ jwk = 918273645546372819 }".to_owned(), "must be"),
        ("{ file = \"nowhere/access.pem\" }".to_owned(), "cannot be read"),
        ("{ file = \"/\" }".to_owned(), "no file"),
    ]);
    let empty = rings(&format!(
        "tokens.access_keys = []\ntokens.refresh_keys = [{{ secret = \"{REFRESH}\" }}]"
    ))
    .expect_err("no keys");
    assert!(empty.starts_with("`JWT_ACCESS_SECRET` is not set"), "{empty}");
}

#[test]
fn the_keys_of_standards_and_tutorials_are_refused() {
    let rfc8037 = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    });
    let rfc7517 = json!({
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    });
    let jwt_io = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n\
        q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n\
        -----END PUBLIC KEY-----";
    refused(&[
        (in_jwk(&rfc8037), "published example"),
        (in_jwk(&rfc7517), "published example"),
        (in_pem(jwt_io), "published example"),
    ]);
}

/// A secret that is longer than a block of SHA-256 and of SHA-512. None of its hashes ends with a
/// zero, which HMAC takes for none: that hash would be too short for a key.
fn long_secret() -> String {
    loop {
        let long = private_pem(KeyAlgorithm::Hs512) + "and more than a block of SHA-256 and of SHA-512 has";
        let ends_with_zero = |algorithm| digest(algorithm, long.as_bytes()).as_ref().last() == Some(&0);
        if ![&SHA256, &SHA384, &SHA512].into_iter().any(ends_with_zero) {
            return long;
        }
    }
}

// security: Keys: Access, refresh, pepper and Rocket's secret key all differ after normalisation
// security: Keys: The newest key signs, all verify; a doubled `kid` is refused
#[test]
fn one_key_twice_is_refused_in_a_ring_across_the_rings_and_as_rockets_own() {
    let long = long_secret();
    let hashed = |algorithm| b64(digest(algorithm, long.as_bytes()).as_ref());
    let oct = |k: String| format!("{{ jwk = {{ kty = \"oct\", k = \"{k}\" }}, kid = \"other\" }}");
    let secret = |text: &str| format!("{{ secret = \"{text}\" }}");
    let ed = ed25519_jwk();
    let (es, es_public) = {
        let jwk = p256_jwk();
        (in_jwk(&jwk), in_pem(&public_pem(&jwk)))
    };
    for (one, other) in [
        (secret(ACCESS), format!("{{ secret = \"{ACCESS}\", kid = \"other\" }}")),
        (secret(ACCESS), oct(b64(format!("{ACCESS}\0").as_bytes()))),
        (secret(ACCESS), oct(b64(ACCESS.as_bytes()))),
        (secret(&long), oct(hashed(&SHA256))),
        (secret(&long), oct(hashed(&SHA384))),
        (secret(&long), oct(hashed(&SHA512))),
        (
            secret(&long),
            format!("{{ secret = \"{long}\", alg = \"HS512\", kid = \"other\" }}"),
        ),
        (in_jwk(&ed), with(&ed, "kid", json!("other"))),
        (es, es_public.replace(" }", ", kid = \"other\" }")),
    ] {
        let twice = access(&format!("{one}, {other}")).expect_err("one key");
        assert_eq!(
            twice, "`auth.tokens.access_keys.1` is the same key as `auth.tokens.access_keys.0`",
            "{other}"
        );
        for (access, refresh) in [(&one, &other), (&other, &one)] {
            let shared = format!(
                "tokens.access_keys = [{access}]\ntokens.refresh_keys = [{{ secret = \"{REFRESH}\" }}, {refresh}]"
            );
            // A public key cannot be the first of the access ring at all.
            let error = rings(&shared).expect_err("one key in both rings");
            let refused = error
                == "`auth.tokens.refresh_keys.1` is a key of `auth.tokens.access_keys.0`; each ring needs its own";
            assert!(refused || access.contains("PUBLIC KEY"), "{error}");
        }
    }
    let hex = private_pem(KeyAlgorithm::Hs256);
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("hex"))
        .collect();
    for key in [secret(&hex), oct(b64(&bytes))] {
        for (ring, other) in [("access", "refresh"), ("refresh", "access")] {
            let error = rings_of(&format!(
                "secret_key = \"{hex}\"\n[auth.tokens]\n{ring}_keys = [{key}]\n{other}_keys = [{{ secret = \"{REFRESH}\" }}]"
            ));
            let error = error.expect_err("Rocket's own");
            assert!(
                error.starts_with(&format!("`auth.tokens.{ring}_keys.0` is Rocket's `secret_key`")),
                "{error}"
            );
            not_quoted(&error, &hex);
        }
    }
}

#[test]
fn a_key_that_is_the_pepper_or_the_audit_key_is_refused() {
    let lines = |access: &str, refresh: &str, more: &str| {
        format!(
            "tokens.access_keys = [{{ secret = \"{access}\" }}]\ntokens.refresh_keys = [{{ secret = \"{refresh}\" }}]\n{more}"
        )
    };
    let other = "c41d7e0a95b2463f8e1da6037f5c92b8-other";
    for (setting, called) in [
        ("passwords.pepper", "the pepper"),
        ("audit_pseudonym_key", "`auth.audit_pseudonym_key`"),
    ] {
        for (ring, secret) in [("access", ACCESS), ("refresh", REFRESH)] {
            let error =
                rings(&lines(ACCESS, REFRESH, &format!("{setting} = \"{secret}\""))).expect_err("one secret twice");
            assert_eq!(
                error,
                format!("`auth.tokens.{ring}_keys.0` is {called}; it needs a key of its own")
            );
        }
        rings(&lines(ACCESS, REFRESH, &format!("{setting} = \"{other}\""))).expect("three secrets");
    }
}
