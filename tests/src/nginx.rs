//! A real nginx, with a configuration of the test's own.

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;

use crate::held::{End, Held, on_path};
use crate::postgres::install;

/// A running nginx. It ends with the value.
pub struct Nginx {
    _held: Held,
    _folder: TempDir,
}

impl Nginx {
    /// Starts nginx, and waits until it answers on `port` of the loopback address. `configure` gets
    /// a folder, which may hold more than the configuration that it returns.
    pub fn start(port: u16, configure: impl FnOnce(&TempDir) -> String) -> Nginx {
        if on_path("nginx").is_none() {
            install("nginx-light");
        }
        let program = on_path("nginx").expect("nginx is needed by this test: install it, or put it on PATH");
        let folder = TempDir::new().expect("a folder");
        // nginx works as another user where it was started by root.
        let opened = Command::new("chmod").arg("755").arg(folder.path()).status();
        assert!(opened.is_ok_and(|status| status.success()), "chmod");
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configure(&folder)).expect("the folder can be written to");
        let path = folder.path().to_str().expect("a path in UTF-8");
        let held = Held::start(
            program,
            [
                "-e",
                &format!("{path}/error.log"),
                "-p",
                path,
                "-c",
                &file.display().to_string(),
                "-g",
                &format!("pid {path}/pid; daemon off;"),
            ],
            End::Ask,
            || TcpStream::connect(("127.0.0.1", port)).is_ok(),
            || fs::read_to_string(format!("{path}/error.log")).unwrap_or_else(|_| "nginx did not start".to_owned()),
        );
        Nginx {
            _held: held,
            _folder: folder,
        }
    }
}
