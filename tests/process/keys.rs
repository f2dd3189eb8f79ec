//! Keys in files, read again at `SIGHUP`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use auth_core::keys::{KeyAlgorithm, generate_key};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use tests::client::{Client, block_on};
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

fn key_file(folder: &Path, name: &str, algorithm: KeyAlgorithm) {
    let path = folder.join(name);
    std::fs::write(&path, generate_key(algorithm).expect("a key").expose()).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
}

fn configure(place: &Place, access_keys: &str) {
    let toml = format!(
        "[default.auth.tokens]\naccess_keys = [{access_keys}]\nrefresh_keys = [{{ file = \"refresh.pem\" }}]\n"
    );
    std::fs::write(place.folder.path().join("Rocket.toml"), toml).expect("written");
}

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().expect("a header"))
        .expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("text").to_owned()
}

#[test]
fn a_hangup_puts_the_keys_in_force_that_the_configuration_names_now_and_bad_ones_are_said_and_left_out() {
    let place = Place::release()
        .without("JWT_ACCESS_SECRET")
        .without("JWT_REFRESH_SECRET");
    for (name, algorithm) in [
        ("one.pem", KeyAlgorithm::EdDsa),
        ("two.pem", KeyAlgorithm::Es256),
        ("refresh.pem", KeyAlgorithm::EdDsa),
    ] {
        key_file(place.folder.path(), name, algorithm);
    }
    configure(&place, "{ file = \"one.pem\", kid = \"one\" }");
    let added = place.run(&["user", "add", "vic@example.com", "--role", "viewer"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let old = client.sign_in("vic@example.com", PASSWORD).await;
        assert_eq!(kid(&old.access), "one");

        let both = "{ file = \"two.pem\", kid = \"two\" }, { file = \"one.pem\", kid = \"one\" }";
        configure(&place, both);
        server.send("HUP");
        server.wait_for("Keys were read again; access: two, one;");
        let new = client.sign_in("vic@example.com", PASSWORD).await;
        assert_eq!(kid(&new.access), "two");
        for token in [&old.access, &new.access] {
            assert_eq!(client.get("/api/users/me", token).await.0, 200);
        }

        // First a file that every user can read, then one that is no TOML. The server reports each,
        // and changes nothing.
        let open = place.folder.path().join("two.pem");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).expect("ours");
        server.send("HUP");
        let said = server.wait_for("keys were not replaced");
        assert!(
            said.contains("`auth.tokens.access_keys.0.file`") && !said.contains("two.pem"),
            "{said}"
        );
        std::fs::write(place.folder.path().join("Rocket.toml"), "[default.auth\n").expect("written");
        server.send("HUP");
        let said = server.wait_for("keys were not replaced");
        assert!(said.contains("malformed"), "{said}");
        let same = client.sign_in("vic@example.com", PASSWORD).await;
        assert_eq!(kid(&same.access), "two");
        assert_eq!(client.get("/api/users/me", &old.access).await.0, 200);

        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o600)).expect("ours");
        configure(&place, "{ file = \"two.pem\", kid = \"two\" }");
        server.send("HUP");
        server.wait_for("Keys were read again; access: two;");
        assert_eq!(client.get("/api/users/me", &old.access).await.0, 401);
        assert_eq!(client.get("/api/users/me", &new.access).await.0, 200);
    });
    let (status, log) = server.signal("TERM");
    assert!(status.success(), "{status}");
    assert!(!log.contains("PRIVATE KEY"), "{log}");
}
