//! Tokens taken apart and put together again, with the server's own secret or another.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The header and the claims of a token.
pub fn parts(token: &str) -> (Value, Value) {
    let (header, payload) = texts(token);
    let json = |text: String| serde_json::from_str(&text).expect("our tokens are JSON");
    (json(header), json(payload))
}

/// The header and the payload of a token, as they were written.
pub fn texts(token: &str) -> (String, String) {
    let text = |part: Option<&str>| {
        let bytes = URL_SAFE_NO_PAD.decode(part.expect("three parts")).expect("base64url");
        String::from_utf8(bytes).expect("UTF-8")
    };
    let mut parts = token.split('.');
    (text(parts.next()), text(parts.next()))
}

/// Signs a header and a payload of any shape with HMAC-SHA-256.
pub fn sign(header: &str, payload: &str, secret: &str) -> String {
    sign_encoded(
        &URL_SAFE_NO_PAD.encode(header),
        &URL_SAFE_NO_PAD.encode(payload),
        secret,
    )
}

/// Signs parts that are encoded already, well or not.
pub fn sign_encoded(header: &str, payload: &str, secret: &str) -> String {
    let signed = format!("{header}.{payload}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()))
    )
}

/// The token with some of its claims changed, and a good signature.
pub fn with_claims(token: &str, secret: &str, change: impl FnOnce(&mut Value)) -> String {
    let (header, payload) = texts(token);
    let mut claims = serde_json::from_str(&payload).expect("our tokens are JSON");
    change(&mut claims);
    sign(&header, &claims.to_string(), secret)
}
