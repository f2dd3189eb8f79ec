//! Faults of a database file: another process holds its write lock, or its disk is full.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tests::client::block_on;
use tests::process::program;

use super::Form;
use crate::load::{Crowd, Load};
use crate::report::Row;
use crate::site::{Node, PASSWORD, Site};

/// The test deletes the database under a running server. The server acknowledges nothing that would
/// be lost with the file. Once the file is back, no user has lost anything.
pub fn file_deleted(form: Form) -> Row {
    displaced(form, "deleted", |_| ())
}

/// Another database stands where it was, made by the command line: the server is not fooled.
pub fn file_replaced(form: Form) -> Row {
    displaced(form, "another", |site| {
        let add = ["user", "add", "eve@example.com", "--role", "admin"];
        let added = site.place.run(&add, PASSWORD);
        let said = String::from_utf8_lossy(&added.stderr).into_owned();
        assert!(added.status.success() && said.contains("made a new database"), "{said}");
    })
}

fn displaced(form: Form, says: &str, meanwhile: impl Fn(&Site)) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        load.answers(200).await;
        // Second names, under which the files live on.
        let names = ["auth.db", "auth.db-wal", "auth.db-shm"];
        let folder = site.place.folder.path();
        let kept = |name: &str| folder.join(format!("kept-{name}"));
        for name in names {
            std::fs::hard_link(folder.join(name), kept(name)).expect("it is there");
            std::fs::remove_file(folder.join(name)).expect("it is there");
        }
        let verb = site.place.run(&["user", "list"], "");
        let refused = String::from_utf8_lossy(&verb.stderr).into_owned();
        meanwhile(&site);
        load.refusals(20).await;
        let (status, health) = load.wire.health(0).await;
        tokio::time::sleep(form.outage()).await;
        for name in names {
            std::fs::rename(kept(name), folder.join(name)).expect("it is put back");
        }
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        intact(&site, row)
            .require(
                !verb.status.success() && refused.contains("there is no database file"),
                refused,
            )
            .require(
                status == 503 && health.contains(says),
                format!("/health was {status}: {health}"),
            )
            .note(format!("/health meanwhile: {health}"))
            .quiet(&node.last_words())
    })
}

/// Another process holds the write lock for longer than any client waits.
pub fn write_lock_held(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let before = Instant::now();
        load.answers(200).await;
        let mut other = open(&site);
        other
            .batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
            .expect("the lock");
        let held = Instant::now();
        load.refusals(1).await;
        tokio::time::sleep_until((held + form.outage()).into()).await;
        other.batch_execute("ROLLBACK").expect("it gives the lock back");
        let over = Instant::now();
        let recovery = load.recovery(over).await;
        let p99 = (
            load.wire.ledger.guarded_p99(before, held).unwrap_or_default(),
            load.wire.ledger.guarded_p99(held, over).unwrap_or_default(),
        );
        let slowest = load.wire.ledger.slowest_refusal();
        let row = load.settle(Some(recovery)).await;
        intact(&site, row)
            .note(format!(
                "guarded routes' p99: {:.1?} before, {:.1?} while the lock was held",
                p99.0, p99.1
            ))
            .note(format!("the slowest 503 took {slowest:.1?}"))
            .quiet(&node.last_words())
    })
}

/// The disk is full for a while.
pub fn disk_full(form: Form) -> Row {
    block_on(async {
        let disk = tempfile::tempdir().expect("a folder");
        match Mount::new(disk.path(), "24m") {
            Some(mount) => full_disk(form, &mount).await,
            None => full_for_one(form).await,
        }
    })
}

/// A small disk of its own, which another program fills.
async fn full_disk(form: Form, disk: &Mount<'_>) -> Row {
    let site = Site::at(&format!("sqlite://{}/auth.db", disk.folder.display()));
    let mut node = site.node();
    node.start();
    let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
    load.answers(50).await;
    let filler = disk.fill();
    load.refusals(20).await;
    tokio::time::sleep(form.outage() / 4).await;
    std::fs::remove_file(filler).expect("it is there");
    let recovery = load.recovery(Instant::now()).await;
    let slowest = load.wire.ledger.slowest_refusal();
    let row = load.settle(Some(recovery)).await;
    intact(&site, row)
        .note(format!("a tmpfs of its own; the slowest 503 took {slowest:.1?}"))
        .quiet(&node.last_words())
}

/// Where nothing can be mounted: the process may not make any file longer.
async fn full_for_one(form: Form) -> Row {
    let site = Site::sqlite();
    let mut node = Node::new(site.place.clone(), || {
        let mut command = Command::new("sh");
        // The signal that comes with the error would end the process before SQLite sees the error.
        command.args(["-c", r#"trap "" XFSZ; exec "$0""#]).arg(program());
        command
    });
    node.start();
    let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
    load.answers(50).await;
    let limit = |bytes: &str| {
        let process = node.id().to_string();
        let set = Command::new("prlimit")
            .args(["--pid", &process, &format!("--fsize={bytes}:unlimited")])
            .status();
        assert!(set.is_ok_and(|status| status.success()), "prlimit");
    };
    limit("4096");
    load.refusals(20).await;
    tokio::time::sleep(form.outage() / 4).await;
    limit("unlimited");
    let recovery = load.recovery(Instant::now()).await;
    let slowest = load.wire.ledger.slowest_refusal();
    let row = load.settle(Some(recovery)).await;
    intact(&site, row)
        .note(format!(
            "by RLIMIT_FSIZE, nothing can be mounted here; the slowest 503 took {slowest:.1?}"
        ))
        .quiet(&node.last_words())
}

/// A small disk.
pub struct Mount<'a> {
    pub folder: &'a Path,
}

impl<'a> Mount<'a> {
    /// Mounted on the folder; `None` where we may not.
    pub fn new(folder: &'a Path, size: &str) -> Option<Mount<'a>> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Mount { folder })
    }

    /// Writes a file until nothing more fits; gives its path.
    pub fn fill(&self) -> std::path::PathBuf {
        let path = self.folder.join("filler");
        let mut file = File::create(&path).expect("a file");
        for block in [vec![0; 1 << 16], vec![0; 1 << 9]] {
            while file.write_all(&block).is_ok() {}
        }
        path
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Lazily: a process may still be ending in it.
        let _nothing_else_to_do = Command::new("umount").arg("--lazy").arg(self.folder).status();
    }
}

fn open(site: &Site) -> SqliteConnection {
    SqliteConnection::establish(&site.file().display().to_string()).expect("the file opens")
}

/// The row, with what SQLite says about its file.
pub fn intact(site: &Site, row: Row) -> Row {
    #[derive(QueryableByName)]
    struct Finding {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }

    let mut conn = open(site);
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", Duration::from_secs(5).as_millis()))
        .expect("a setting");
    let found = diesel::sql_query("PRAGMA integrity_check").load::<Finding>(&mut conn);
    let found: Vec<String> = found
        .map(|found| found.into_iter().map(|finding| finding.integrity_check).collect())
        .unwrap_or_else(|error| vec![error.to_string()]);
    row.require(found == ["ok"], format!("integrity_check: {found:?}"))
}
