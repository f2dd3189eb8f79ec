//! Pictures of the pages for the documentation: `cargo test -p tests --test browser screenshots --
//! --ignored`.

use std::path::Path;

use serde_json::json;

use crate::support::{Browser, Site, block_on};

/// The largest file there may be, in bytes.
const LIMIT: usize = 200_000;

#[test]
#[ignore = "writes docs/screenshots"]
fn screenshots() {
    block_on(async {
        let site = Site::with_flows();
        for (name, who, scheme, width, height) in [
            ("light", "admin", "light", 1000, 1590),
            ("dark", "admin", "dark", 1000, 1590),
            ("phone", "editor", "light", 390, 1300),
        ] {
            let browser = Browser::open().await;
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
            browser.tell("Emulation.setDeviceMetricsOverride", metrics).await;
            let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.tell("Emulation.setEmulatedMedia", features).await;
            browser.sign_in(&site, &format!("{who}@example.com")).await;
            browser.value("document.activeElement.blur()").await;
            let picture = browser.picture().await;
            assert!(picture.len() < LIMIT, "{name}: {} bytes", picture.len());
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
        }
    });
}
