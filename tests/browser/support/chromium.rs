//! Chromium's driver: started for one browser, gone with it.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tests::postgres::{free_port, install};

/// How long the driver may take to start; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running driver. It ends, and its browser with it, with the value, and also when the test program ends without
/// dropping it: a shell holds it that waits for the end of a pipe from this process.
pub struct Driver {
    holder: Child,
    port: u16,
}

impl Driver {
    /// Starts a driver and waits until it listens.
    pub fn start() -> Driver {
        let port = free_port();
        // A shell gives what it runs in the background no input of its own, hence the third descriptor. The driver is asked to
        // end, not killed: it takes its browser along.
        let script =
            r#"exec 3<&0; "$0" "$@" 3<&- & driver=$!; (cat <&3 >/dev/null; kill $driver) 2>/dev/null & wait $driver"#;
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(&programs().driver);
        command.arg(format!("--port={port}"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut holder = command.spawn().expect("sh is there");
        let give_up = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = holder.try_wait().expect("a child of ours");
            assert!(
                ended.is_none() && Instant::now() < give_up,
                "chromedriver did not start"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Driver { holder, port }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _already_gone = self.holder.wait();
    }
}

/// The browser and its driver.
pub struct Programs {
    /// Chromium.
    pub browser: PathBuf,
    driver: PathBuf,
}

/// The programs; installed when they are missing and this is a Debian machine where we may. Without them no test of this
/// target can say anything, so that each fails.
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
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = |name: &str| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|program| program.exists())
    };
    Some(Programs {
        browser: program("chromium")?,
        driver: program("chromedriver")?,
    })
}
