//! Keys made for a test, in the forms in which the configuration takes them.

use auth_core::keys::{KeyAlgorithm, generate_key};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub fn private_pem(algorithm: KeyAlgorithm) -> String {
    generate_key(algorithm).expect("a key").expose().to_owned()
}

/// A key on any curve, as PKCS #8.
pub fn on_curve(curve: &'static EcdsaSigningAlgorithm) -> String {
    let key = EcdsaKeyPair::generate(curve).expect("a key");
    pem("PRIVATE KEY", key.to_pkcs8v1().expect("encoded").as_ref())
}

pub fn pem(tag: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).expect("ASCII"))
        .collect();
    format!("-----BEGIN {tag}-----\n{}\n-----END {tag}-----\n", lines.join("\n"))
}

pub fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(text).expect("base64")
}

pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn ed25519_jwk() -> Value {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let seed: aws_lc_rs::encoding::Curve25519SeedBin<'_> = pair.seed().expect("a seed").as_be_bytes().expect("bytes");
    json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key().as_ref()), "d": b64(seed.as_ref()) })
}

pub fn p256_jwk() -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = pair.public_key().as_ref();
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().expect("bytes");
    json!({ "kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..]), "d": b64(d.as_ref()) })
}

/// From the PEM of a private key.
pub fn rsa_jwk(pem: &str) -> Value {
    let der = der(pem);
    // PKCS #8 holds the older form (RFC 8017 A.1.2) in its last member: nine numbers, the first of
    // which is a version.
    let inside = members(members(&der)[0].1)[2].1;
    let numbers: Vec<String> = members(members(inside)[0].1)
        .iter()
        .map(|(_, number)| b64(number.strip_prefix(&[0]).unwrap_or(number)))
        .collect();
    json!({
        "kty": "RSA", "n": numbers[1], "e": numbers[2], "d": numbers[3], "p": numbers[4], "q": numbers[5],
        "dp": numbers[6], "dq": numbers[7], "qi": numbers[8],
    })
}

/// The public half of a private JWK.
pub fn public(jwk: &Value) -> Value {
    let mut public = jwk.as_object().expect("an object").clone();
    public.retain(|name, _| !matches!(name.as_str(), "d" | "p" | "q" | "dp" | "dq" | "qi"));
    public.into()
}

/// The public half of a private key, as PEM.
pub fn public_pem(jwk: &Value) -> String {
    let bytes = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(jwk[name].as_str().expect("text"))
            .expect("base64url")
    };
    let ed25519 = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let p256 = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    let der = match jwk["kty"].as_str() {
        Some("OKP") => [&ed25519[..], &bytes("x")].concat(),
        Some("EC") => [&p256[..], &bytes("x"), &bytes("y")].concat(),
        other => panic!("no public PEM of {other:?} here"),
    };
    pem("PUBLIC KEY", &der)
}

/// The members of DER, one after the other: tag and contents.
fn members(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut members = Vec::new();
    while let [tag, length, rest @ ..] = der {
        let (length, rest) = match length & 0x7f {
            bytes if length & 0x80 != 0 => {
                let (length, rest) = rest.split_at(usize::from(bytes));
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            length => (usize::from(length), rest),
        };
        let (contents, rest) = rest.split_at(length);
        members.push((*tag, contents));
        der = rest;
    }
    members
}
