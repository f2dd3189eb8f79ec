//! Tests the cryptographic library with published answers of the standards, at launch, once for
//! each key.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::signing::{KeyAlgorithm, Signer, Verifier};

/// RFC 4231 §4.3: key, text, and the MACs of it.
const HMAC_KEY: &[u8] = b"Jefe";
const HMAC_TEXT: &str = "what do ya want for nothing?";
const HS256: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM";
const HS384: &str = "r0XS43ZIQDFhf3jStYprG5x-9GT1oBtH5C7Dc2MiRF6OIkDKXmnix4syOez6shZJ";
const HS512: &str = "Fkt6e_z4GeLjlfvnO1bgo4e9ZCIugx_WECcM1-olBVSXWL91wFqZSm0DT2X48Ob9yuqxo01Ka0tjbgcKOLznNw";

/// RFC 8037 A.4.
const ED25519_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const ED25519_TEXT: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const ED25519_SIGNATURE: &str =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// RFC 7515 A.3.
const P256_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const P256_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const P256_TEXT: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const P256_SIGNATURE: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// RFC 7515 A.2; the exponent is 65537.
const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_TEXT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RSA_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// Whether the library gives the known answer, and refuses the same signature for another text.
pub(super) fn hold(algorithm: KeyAlgorithm) -> bool {
    let (verifier, text, signature) = match algorithm {
        KeyAlgorithm::Hs256 => (mac(hmac::HMAC_SHA256), HMAC_TEXT, HS256),
        KeyAlgorithm::Hs384 => (mac(hmac::HMAC_SHA384), HMAC_TEXT, HS384),
        KeyAlgorithm::Hs512 => (mac(hmac::HMAC_SHA512), HMAC_TEXT, HS512),
        KeyAlgorithm::EdDsa => (ed25519(), ED25519_TEXT, ED25519_SIGNATURE),
        KeyAlgorithm::Es256 => (p256(), P256_TEXT, P256_SIGNATURE),
        KeyAlgorithm::Rs256 => (rsa(), RSA_TEXT, RSA_SIGNATURE),
    };
    verifier
        .is_some_and(|verifier| verifier.accepts(text, signature) && !verifier.accepts(&text[1..], signature))
        // Of the signatures, this one alone is the same each time.
        && (algorithm != KeyAlgorithm::EdDsa || ed25519_signs())
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours, which can fail")]
fn mac(algorithm: hmac::Algorithm) -> Option<Verifier> {
    Some(Verifier::hmac(Arc::new(hmac::Key::new(algorithm, HMAC_KEY))))
}

fn ed25519() -> Option<Verifier> {
    public(ParsedPublicKey::new(&ED25519, bytes(ED25519_X)?).ok()?, 64)
}

fn ed25519_signs() -> bool {
    let pair = bytes(ED25519_D)
        .zip(bytes(ED25519_X))
        .and_then(|(d, x)| Ed25519KeyPair::from_seed_and_public_key(&d, &x).ok());
    let mut token = ED25519_TEXT.to_owned();
    pair.is_some_and(|pair| Signer::Ed25519(pair).append_signature(&mut token).is_ok())
        && token.ends_with(ED25519_SIGNATURE)
}

fn p256() -> Option<Verifier> {
    let point = [vec![4], bytes(P256_X)?, bytes(P256_Y)?].concat();
    public(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?, 64)
}

fn rsa() -> Option<Verifier> {
    let components = RsaPublicKeyComponents {
        n: bytes(RSA_N)?,
        e: vec![1, 0, 1],
    };
    let key = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
    public(key, 256)
}

fn public(key: ParsedPublicKey, signature_bytes: usize) -> Option<Verifier> {
    Some(Verifier::Public { key, signature_bytes })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // security: Traps in the versions in use: `rust_crypto` pulls in `rsa`; both crypto features panic at first use
    // security: Launch: a failing self-test of the cryptography
    #[test]
    fn the_library_gives_the_answers_of_the_standards() {
        for algorithm in KeyAlgorithm::ALL.iter().copied() {
            assert!(hold(algorithm), "{algorithm}");
        }
    }
}
