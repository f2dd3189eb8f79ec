//! pgbouncer for a test: in a temporary folder, on a free port, before a PostgreSQL of the test's
//! own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::held::{End, Held, on_path};
use crate::postgres::{Cluster, free_port, install};

/// A running pgbouncer. It ends with the value, or with the test program.
pub struct Pgbouncer {
    folder: TempDir,
    port: u16,
    /// `None` until it runs.
    held: Option<Held>,
}

impl Pgbouncer {
    /// One before `cluster` that lends connections as `mode` says: `session`, `transaction` or
    /// `statement`. It has few, so that its clients share them.
    pub fn start(cluster: &Cluster, mode: &str) -> Pgbouncer {
        let folder = tempfile::Builder::new()
            .prefix("auth-pgbouncer-")
            .tempdir()
            .expect("a temporary folder");
        let port = free_port();
        let path = |name| folder.path().join(name);
        let users = path("users");
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("the folder can be written to");
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\n\
             default_pool_size = 4\nmax_client_conn = 500\nlogfile = {}\n",
            cluster.port(),
            users.display(),
            path("log").display(),
        );
        std::fs::write(path("pgbouncer.ini"), settings).expect("the folder can be written to");
        let is_root = || {
            let id = Command::new("id").arg("-u").output().expect("id runs");
            id.stdout.trim_ascii() == b"0"
        };
        let mut arguments: Vec<PathBuf> = Vec::new();
        if is_root() {
            // It refuses to run as root, and gives that up before it opens its log.
            arguments.extend(["-u".into(), "postgres".into()]);
            let given = Command::new("chown")
                .args(["-R", "postgres"])
                .arg(folder.path())
                .status();
            assert!(
                given.is_ok_and(|status| status.success()),
                "the folder can be given away"
            );
        }
        arguments.push(path("pgbouncer.ini"));
        let mut pgbouncer = Pgbouncer {
            folder,
            port,
            held: None,
        };
        let (answers, problem) = (
            || pgbouncer.answers(),
            || format!("pgbouncer did not start: {}", pgbouncer.log()),
        );
        let held = Held::start(binary(), arguments, End::Kill, answers, problem);
        pgbouncer.held = Some(held);
        pgbouncer
    }

    /// One in transaction mode for all tests of this program, before [`Cluster::shared`].
    pub fn shared() -> &'static Pgbouncer {
        static SHARED: OnceLock<Pgbouncer> = OnceLock::new();
        SHARED.get_or_init(|| Pgbouncer::start(Cluster::shared(), "transaction"))
    }

    /// The URL of the database of a URL of the cluster, through the pooler.
    pub fn url(&self, direct: &str) -> String {
        let database = direct.rsplit('/').next().expect("a URL has slashes");
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn answers(&self) -> bool {
        std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }
}

/// The program; installed when it is missing and this is a Debian machine where we may.
fn binary() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let find = || {
            on_path("pgbouncer").or_else(|| Some("/usr/sbin/pgbouncer".into()).filter(|path: &PathBuf| path.exists()))
        };
        find().unwrap_or_else(|| {
            install("pgbouncer");
            find().expect("pgbouncer is needed by this test: install it, or put it on PATH")
        })
    })
}
