//! Redis for a test: a server of its own, in a temporary folder, on a free port, gone with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ::redis::{Client, Connection, cmd};
use tempfile::TempDir;

use crate::postgres::{free_port, install};

/// How long a server may take to start; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many databases a server has: one per test.
const DATABASES: u32 = 4096;

/// A running (or stopped) Redis of the test's own, which keeps what it acknowledges unless it is told otherwise.
///
/// It ends with the value, and also when the test program ends without dropping it: a shell holds it that waits for the
/// end of a pipe from this process.
pub struct Server {
    folder: TempDir,
    port: u16,
    /// The shell, while the server runs.
    holder: Option<Child>,
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
            holder: None,
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
        if let Some(mut holder) = self.holder.take() {
            let _already_gone = holder.wait();
        }
    }

    /// Starts it after [`Server::kill`], on the same port, and waits until it answers.
    pub fn start_again(&mut self) {
        // The shell ends the server when its input ends: when this value is dropped or the test program is gone.
        // A shell gives what it runs in the background no input of its own, hence the third descriptor.
        let script = r#"exec 3<&0; "$0" "$@" 3<&- & server=$!; (cat <&3 >/dev/null; kill -9 $server) 2>/dev/null & wait $server"#;
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .arg(binary())
            .arg("--dir")
            .arg(self.folder.path());
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--save", "", "--databases", &DATABASES.to_string()]);
        command.arg("--pidfile").arg(self.folder.path().join("pid"));
        command.arg("--logfile").arg(self.folder.path().join("log"));
        command.args(&self.settings);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut holder = command.spawn().expect("sh is there");
        let give_up = Instant::now() + PATIENCE;
        while !self.answers() {
            let ended = holder.try_wait().expect("a child of ours");
            assert!(
                ended.is_none() && Instant::now() < give_up,
                "Redis did not start: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        self.holder = Some(holder);
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
            // A server that asks for a password is there.
            Err(error) => error.to_string().contains("NOAUTH"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut holder) = self.holder.take() {
            drop(holder.stdin.take());
            let _already_gone = holder.wait();
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
        find().unwrap_or_else(|| {
            install("redis-server");
            find().expect("Redis is needed by this test: install redis-server, or put it on PATH")
        })
    })
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("redis-server"))
        .find(|program| program.exists())
}
