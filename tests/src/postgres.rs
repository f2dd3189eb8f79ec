//! PostgreSQL for a test: a cluster of its own, in a temporary folder, on a free port, gone with
//! the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a cluster may take to start; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running (or stopped) PostgreSQL of the test's own. It trusts every client on loopback, as user
/// `postgres`.
///
/// It ends when the value is dropped, and also when the test program ends without dropping it. A
/// shell holds it, and waits for the end of a pipe from this process.
pub struct Cluster {
    folder: TempDir,
    port: u16,
    /// The shell, while the cluster runs.
    holder: Option<Child>,
    settings: Vec<String>,
}

impl Cluster {
    /// A new cluster with PostgreSQL's own settings.
    pub fn start() -> Cluster {
        Cluster::start_with(&[])
    }

    /// A new cluster with settings such as `max_connections=20`.
    pub fn start_with(settings: &[&str]) -> Cluster {
        Cluster::new(&std::env::temp_dir(), settings, &[])
    }

    /// A new cluster whose files are below `parent`.
    pub fn start_in(parent: &Path, settings: &[&str]) -> Cluster {
        Cluster::new(parent, settings, &[])
    }

    /// A new cluster with files, by name and content, in the folder that settings mean by a
    /// relative path.
    pub fn start_with_files(settings: &[&str], files: &[(&str, &[u8])]) -> Cluster {
        Cluster::new(&std::env::temp_dir(), settings, files)
    }

    fn new(parent: &Path, settings: &[&str], files: &[(&str, &[u8])]) -> Cluster {
        let folder = tempfile::Builder::new()
            .prefix("auth-pg-")
            .tempdir_in(parent)
            .expect("a temporary folder");
        if is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let data = folder.path().join("data");
        run(as_postgres(&binary("initdb"))
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data));
        for (name, content) in files {
            let path = data.join(name);
            std::fs::write(&path, content).expect("the folder can be written to");
            run(Command::new("chmod").arg("600").arg(&path));
            if is_root() {
                run(Command::new("chown").arg("postgres").arg(&path));
            }
        }
        let mut cluster = Cluster {
            folder,
            port: free_port(),
            holder: None,
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
        };
        cluster.start_again();
        cluster
    }

    /// A standby that follows this cluster, which waits for it with every commit from now on.
    pub fn standby(&self) -> Cluster {
        let folder = tempfile::Builder::new()
            .prefix("auth-pg-")
            .tempdir()
            .expect("a temporary folder");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        // `-R` writes where it follows, and that it does.
        run(as_postgres(&binary("pg_basebackup"))
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
                "-p",
            ])
            .arg(self.port.to_string())
            .arg("-D")
            .arg(folder.path().join("data")));
        let mut standby = Cluster {
            folder,
            port: free_port(),
            holder: None,
            settings: self.settings.clone(),
        };
        standby.start_again();
        self.psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.psql("postgres", "SELECT pg_reload_conf()");
        let waits = "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')";
        let give_up = Instant::now() + PATIENCE;
        while self.psql("postgres", waits) != "1" {
            assert!(
                Instant::now() < give_up,
                "the standby does not follow: {}",
                standby.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        standby
    }

    /// Makes a primary of a standby.
    pub fn promote(&self) {
        // The setting came with the copy; this server has no standby.
        self.psql("postgres", "SELECT pg_promote(true, 60)");
        self.psql("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
        self.psql("postgres", "SELECT pg_reload_conf()");
    }

    /// One cluster for all tests of this program. Ask it for a database of your own.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start_with(&["max_connections=300"]))
    }

    /// The URL of a new and empty database.
    pub fn fresh_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database by its name.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `psql` prints for a statement, without headings and padding.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let output = run(Command::new(binary("psql"))
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                sql,
            ])
            .arg(self.url(database)));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Stops it: `"fast"` as an operator would, `"immediate"` as a crash would.
    pub fn stop(&mut self, mode: &str) {
        run(as_postgres(&binary("pg_ctl"))
            .args(["stop", "--wait", "--mode", mode, "-D"])
            .arg(self.data()));
        if let Some(mut holder) = self.holder.take() {
            // `pg_ctl` waits for the server's file, which goes before its process. The pipe stays
            // open until that has ended too: its end means that the folder is of no more use.
            let _pipe = holder.stdin.take();
            let _already_gone = holder.wait();
        }
    }

    /// Starts it after [`Cluster::stop`], on the same port, and waits until it answers.
    pub fn start_again(&mut self) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let mut holder = self.spawn();
            while !self.answers() && holder.try_wait().expect("a child of ours").is_none() {
                assert!(Instant::now() < give_up, "PostgreSQL did not start: {}", self.log());
                std::thread::sleep(Duration::from_millis(20));
            }
            if self.answers() {
                self.holder = Some(holder);
                return;
            }
            // While it was down, a client's connection got its port, or a process of the crashed
            // server is not gone yet.
            let log = self.log();
            let passes = ["Address already in use", "pre-existing shared memory block"];
            let last = log.lines().rev().take(20).collect::<Vec<_>>().join("\n");
            assert!(
                passes.iter().any(|reason| last.contains(reason)) && Instant::now() < give_up,
                "PostgreSQL did not start: {log}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn spawn(&self) -> Child {
        // The shell ends the server, with a fast shutdown, when its input ends: when this value is
        // dropped or the test program is gone. A shell gives what it runs in the background no
        // input of its own, hence the third descriptor. A server that was still running then is of
        // no more use, and neither is its folder. Once the server has ended, no caller waits for the
        // input any more: its process id may be another's.
        let script = r#"exec 3<&0; "$0" "$@" 3<&- & server=$!
            (cat <&3 >/dev/null
             if kill -INT $server; then
                while kill -0 $server; do sleep 0.1; done
                rm -rf "$CLUSTER_FOLDER"
             fi) 2>/dev/null & watch=$!
            wait $server
            kill $watch"#;
        let mut command = as_postgres(Path::new("sh"));
        command
            .env("CLUSTER_FOLDER", self.folder.path())
            .args(["-c", script])
            .arg(binary("postgres"))
            .arg("-D")
            .arg(self.data());
        command
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k"])
            .arg(self.folder.path());
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .expect("a log file");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        command.spawn().expect("sh is there")
    }

    /// Makes every process of the server stand still, as a machine that hangs would, until
    /// [`Cluster::resume`].
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets the server go on after [`Cluster::pause`].
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Whether it takes connections and statements.
    pub fn answers(&self) -> bool {
        let asked = Command::new(binary("psql"))
            .args(["--no-psqlrc", "-c", "SELECT 1"])
            .arg(self.url("postgres"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// Sends a signal to the first process and to all it has started.
    fn signal(&self, name: &str) {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("the server runs");
        let first = file.lines().next().and_then(|line| line.parse::<u32>().ok());
        // A number that is none, or negative, would mean other processes than this one.
        let first = first
            .filter(|id| *id > 1)
            .expect("the first line is a process id")
            .to_string();
        let children = run(Command::new("pgrep").args(["-P", &first])).stdout;
        let children = String::from_utf8(children).expect("numbers");
        let processes = std::iter::once(first.as_str()).chain(children.lines());
        // Some may be gone by now.
        let _some_gone = Command::new("kill").args(["-s", name]).args(processes).output();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut holder) = self.holder.take() {
            // What stands still could not end.
            self.resume();
            drop(holder.stdin.take());
            let _already_gone = holder.wait();
        }
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// A program of PostgreSQL; installed when it is missing and this is a Debian machine where we may.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            find_folder().unwrap_or_else(|| {
                install("postgresql");
                find_folder()
                    .expect("PostgreSQL is needed by this test: install its server programs, or put them on PATH")
            })
        })
        .join(name)
}

/// Where `postgres`, `initdb` and the others are: on PATH, or where Debian keeps them.
fn find_folder() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.flatten().map(|version| version.path().join("bin"));
    std::env::split_paths(&path)
        .chain(debian)
        .find(|folder| {
            ["postgres", "initdb", "pg_ctl"]
                .iter()
                .all(|name| folder.join(name).exists())
        })
        // PATH may hold links; `psql` and `pgbench` stand beside the programs themselves.
        .and_then(|folder| {
            folder
                .join("postgres")
                .canonicalize()
                .ok()?
                .parent()
                .map(Path::to_owned)
        })
}

/// Installs a Debian package, where that is possible; says on standard error what it does.
pub fn install(package: &str) {
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return;
    }
    eprintln!("installing {package}");
    for arguments in [
        &["update", "-qq"][..],
        &["install", "-qq", "--yes", "--no-install-recommends", package],
    ] {
        let done = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status();
        assert!(done.is_ok_and(|status| status.success()), "apt-get {arguments:?}");
    }
}

fn is_root() -> bool {
    run(Command::new("id").arg("-u")).stdout.trim_ascii() == b"0"
}

/// `program` run by the user `postgres` where we are root, else by ourselves.
fn as_postgres(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// Runs a command that must succeed.
fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program can be run");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_keeps_what_was_committed_through_a_crash() {
        let mut cluster = Cluster::start();
        cluster.psql("postgres", "CREATE TABLE kept AS SELECT 42 AS answer");
        cluster.stop("immediate");
        cluster.start_again();
        assert_eq!(cluster.psql("postgres", "SELECT answer FROM kept"), "42");
    }
}
