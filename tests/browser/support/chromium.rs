//! Chromium's driver: started for one browser, gone with it.

use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::OnceLock;

use tests::held::{End, Held, on_path};
use tests::postgres::{free_port, install};

/// A running driver. It ends, and its browser with it, with the value, or with the test program.
pub struct Driver {
    port: u16,
    _held: Held,
}

impl Driver {
    /// Starts a driver and waits until it listens.
    pub fn start() -> Driver {
        let port = free_port();
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        // It gets a request to end and is not killed, so it ends its browser too.
        let held = Held::start(
            &programs().driver,
            [format!("--port={port}")],
            End::Ask,
            listens,
            || "chromedriver did not start".to_owned(),
        );
        Driver { port, _held: held }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The browser and its driver.
pub struct Programs {
    /// Chromium.
    pub browser: PathBuf,
    driver: PathBuf,
}

/// The programs; installed when they are missing and this is a Debian machine where we may. Without
/// them no test of this target can say anything, so that each fails.
pub fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        find().unwrap_or_else(|| {
            install("chromium-driver");
            find().expect("Chromium is needed by this test: install chromium and chromium-driver, or put them on PATH")
        })
    })
}

fn find() -> Option<Programs> {
    Some(Programs {
        browser: on_path("chromium")?,
        driver: on_path("chromedriver")?,
    })
}
