//! Files that hold keys, and who else may read and change them.

use std::os::unix::fs::PermissionsExt;

use auth_core::keys::KeyAlgorithm;
use serde_json::json;

use crate::made::{ed25519_jwk, private_pem, public_pem};
use crate::refused_keys::refused;
use crate::support::{ACCESS, access, quoted};

// security: Keys: Key files that others can read are refused
#[test]
fn a_file_that_others_may_read_holds_public_keys_only_and_one_that_they_may_change_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let jwk = ed25519_jwk();
    let key = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
        format!("{{ file = {} }}", quoted(path.to_str().expect("UTF-8")))
    };
    let private = private_pem(KeyAlgorithm::EdDsa);
    for mode in [0o644, 0o604, 0o664] {
        refused(&[
            (key("private", &private, mode), "every user of this machine can read"),
            (
                key("jwk", &jwk.to_string(), mode),
                "every user of this machine can read",
            ),
            // Though it may not sign, it is private.
            (
                key(
                    "verifies",
                    &json!({ "kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "d": jwk["d"], "key_ops": ["verify"] })
                        .to_string(),
                    mode,
                ),
                "can read",
            ),
        ]);
    }
    for mode in [0o602, 0o606, 0o666] {
        refused(&[(key("open", &private, mode), "every user of this machine can change")]);
    }
    for mode in [0o600, 0o400, 0o640, 0o440] {
        access(&key("closed", &private, mode)).expect("closed to others");
    }
    let public = public_pem(&jwk);
    access(&format!(
        "{{ secret = \"{ACCESS}\" }}, {}",
        key("public", &public, 0o644)
    ))
    .expect("public keys are public");
    let open = access(&format!(
        "{{ secret = \"{ACCESS}\" }}, {}",
        key("public-open", &public, 0o646)
    ));
    assert!(open.expect_err("open").contains("can change"));
    refused(&[
        (key("empty", "", 0o600), "neither PEM nor a JWK"),
        (key("secret", ACCESS, 0o600), "neither PEM nor a JWK"),
        (key("large", &"x".repeat(70_000), 0o600), "larger than any key"),
    ]);
}
