//! Redis for a test: a server of its own, in a temporary folder, on a free port, gone with the
//! test.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ::redis::{Client, Connection, cmd};
use tempfile::TempDir;

use crate::held::{End, Held, on_path};
use crate::postgres::{free_port, install};

/// How many databases a server has: one per test.
const DATABASES: u32 = 4096;

/// A running (or stopped) Redis of the test's own, which keeps what it acknowledges unless it is
/// told otherwise. It ends with the value, or with the test program.
pub struct Server {
    folder: TempDir,
    port: u16,
    /// While the server runs.
    held: Option<Held>,
    settings: Vec<String>,
    databases: AtomicU32,
}

impl Server {
    /// A new server that writes to the disk before it answers.
    pub fn start() -> Server {
        Server::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// A new server with settings such as `["--appendonly", "no"]`.
    pub fn start_with(settings: &[&str]) -> Server {
        let folder = tempfile::Builder::new()
            .prefix("auth-redis-")
            .tempdir()
            .expect("a temporary folder");
        let mut server = Server {
            folder,
            port: free_port(),
            held: None,
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            databases: AtomicU32::new(0),
        };
        server.start_again();
        server
    }

    /// One server for all tests of this program. Ask it for a database of your own.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Server::start)
    }

    /// The URL of an empty database.
    pub fn fresh_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        assert!(number < DATABASES, "a database per test");
        format!("redis://127.0.0.1:{}/{number}", self.port)
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        let id = std::fs::read_to_string(self.folder.path().join("pid")).expect("it runs");
        let killed = Command::new("kill").args(["-9", id.trim()]).status();
        assert!(killed.is_ok_and(|status| status.success()), "it runs");
        drop(self.held.take());
    }

    /// Starts it after [`Server::kill`], on the same port, and waits until it answers.
    pub fn start_again(&mut self) {
        let folder = self.folder.path();
        let (port, databases) = (self.port.to_string(), DATABASES.to_string());
        let fixed = [
            "--bind",
            "127.0.0.1",
            "--port",
            &port,
            "--save",
            "",
            "--databases",
            &databases,
        ];
        let mut arguments: Vec<OsString> = fixed.iter().map(OsString::from).collect();
        for (option, path) in [
            ("--dir", folder.to_owned()),
            ("--pidfile", folder.join("pid")),
            ("--logfile", folder.join("log")),
        ] {
            arguments.extend([option.into(), path.into()]);
        }
        arguments.extend(self.settings.iter().map(OsString::from));
        let problem = || format!("Redis did not start: {}", self.log());
        self.held = Some(Held::start(binary(), arguments, End::Kill, || self.answers(), problem));
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn answers(&self) -> bool {
        let client = Client::open(("127.0.0.1", self.port)).expect("an address");
        let connected = client.get_connection_with_timeout(Duration::from_secs(1));
        let answer = connected.and_then(|mut connection| cmd("PING").query::<String>(&mut connection));
        match answer {
            Ok(_) => true,
            // A server that requires a password is there.
            Err(error) => error.to_string().contains("NOAUTH"),
        }
    }
}

/// A plain connection, past the store.
pub fn connection(url: &str) -> Connection {
    let client = Client::open(url).expect("a URL");
    client.get_connection().expect("Redis is there")
}

/// The server's program; installed when it is missing and this is a Debian machine where we may.
fn binary() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        on_path("redis-server").unwrap_or_else(|| {
            install("redis-server");
            on_path("redis-server").expect("Redis is needed by this test: install redis-server, or put it on PATH")
        })
    })
}
