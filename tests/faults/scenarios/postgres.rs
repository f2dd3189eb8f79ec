//! PostgreSQL crashes, is stopped, goes silent, and loses connections at the worst moment.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tests::client::block_on;
use tests::pgbouncer::Pgbouncer;
use tests::postgres::{Cluster, binary};
use tokio::time::sleep;

use super::Form;
use super::disconnect::disconnects;
use super::sqlite::Mount;
use crate::load::{Crowd, Load};
use crate::proxy::{Moment, Proxy, Weather};
use crate::report::Row;
use crate::site::Site;

/// One of two nodes is killed: its clients go on at the other.
pub fn node_killed(form: Form) -> Row {
    block_on(async {
        let cluster = shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let (mut here, mut there) = (site.node(), site.node());
        here.start();
        there.start();
        let load = Load::start(&site, &[&here, &there], Crowd::of(form.honest())).await;
        let mut slowest = None;
        for _ in 0..form.pick(1, 5) {
            for node in [&mut here, &mut there] {
                load.answers(200).await;
                let since = Instant::now();
                node.kill();
                slowest = slowest.max(Some(load.recovery(since).await));
                node.start();
            }
        }
        load.answers(100).await;
        let row = load.settle(slowest).await;
        intact(&cluster, &site, row)
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// PostgreSQL itself is restarted as after a crash.
pub fn crashed(form: Form) -> Row {
    block_on(async {
        let mut cluster = Cluster::start();
        let site = Site::at(&cluster.fresh_database());
        let (mut here, mut there) = (site.node(), site.node());
        here.start();
        there.start();
        let load = Load::start(&site, &[&here, &there], Crowd::of(form.honest())).await;
        let mut slowest = None;
        for _ in 0..form.pick(2, 8) {
            load.answers(200).await;
            cluster.stop("immediate");
            cluster.start_again();
            slowest = slowest.max(Some(load.recovery(Instant::now()).await));
        }
        let row = load.settle(slowest).await;
        intact(&cluster, &site, row)
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// PostgreSQL is down for a while: guarded routes go on, refreshes are put off and keep their
/// cookie.
pub fn stopped(form: Form) -> Row {
    block_on(async {
        let mut cluster = Cluster::start();
        let site = Site::at(&cluster.fresh_database());
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let before = Instant::now();
        load.answers(form.pick(400, 2000)).await;
        let down = Instant::now();
        cluster.stop("fast");
        load.refusals(20).await;
        sleep(form.outage()).await;
        cluster.start_again();
        let over = Instant::now();
        let recovery = load.recovery(over).await;
        let row = guarded_went_on(load, recovery, before, down, over).await;
        intact(&cluster, &site, row).quiet(&node.last_words())
    })
}

/// PostgreSQL is there and says nothing for a while, as behind a network that drops everything.
pub fn silent(form: Form) -> Row {
    block_on(async {
        let cluster = shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let proxy = Proxy::to(cluster.port()).await;
        let mut node = site.node().with("DATABASE_URL", &proxy.url(site.database()));
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let before = Instant::now();
        load.answers(200).await;
        let down = Instant::now();
        proxy.set(Weather::Dead);
        load.refusals(4).await;
        sleep(form.outage()).await;
        proxy.set(Weather::Fair);
        let over = Instant::now();
        let recovery = load.recovery(over).await;
        let row = guarded_went_on(load, recovery, before, down, over).await;
        intact(&cluster, &site, row).quiet(&node.last_words())
    })
}

async fn guarded_went_on(load: Load, recovery: Duration, before: Instant, down: Instant, over: Instant) -> Row {
    let ledger = &load.wire.ledger;
    let usual = ledger.guarded_p99(before, down).unwrap_or_default();
    let meanwhile = ledger.guarded_p99(down, over);
    let slowest = ledger.slowest_refusal();
    // A margin for a machine with other work; what this is about would take as long as the outage.
    let unchanged = meanwhile.is_some_and(|meanwhile| meanwhile <= usual * 3 + Duration::from_millis(50));
    let meanwhile = meanwhile.unwrap_or_default();
    load.settle(Some(recovery))
        .await
        .note(format!(
            "guarded routes' p99: {usual:.1?} before, {meanwhile:.1?} while it was away"
        ))
        .note(format!("the slowest 503 took {slowest:.1?}"))
        .require(unchanged, "guarded routes were slow while it was away")
}

/// The connection is lost after the statement was sent: carried out or not, the same token goes on.
pub fn commit_unanswered(form: Form) -> Row {
    block_on(async {
        let cluster = shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let proxy = Proxy::to(cluster.port()).await;
        let mut node = site.node().with("DATABASE_URL", &proxy.url(site.database()));
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let cuts = form.pick(20, 200);
        for n in 0..cuts {
            proxy
                .cut_one(if n % 2 == 0 {
                    Moment::BeforeTheAnswer
                } else {
                    Moment::BehindTheRequest
                })
                .await;
            load.answers(5).await;
        }
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        intact(&cluster, &site, row)
            .note(format!("{cuts} connections cut after the statement was sent"))
            .quiet(&node.last_words())
    })
}

/// A pooler lends a connection for each transaction: no client notices, and those connections keep
/// no state.
pub fn behind_a_pooler(form: Form) -> Row {
    block_on(async {
        let cluster = shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let pooler = Pgbouncer::start(&cluster, "transaction");
        let node = || {
            site.node()
                .with("DATABASE_URL", &pooler.url(site.url()))
                .with("ROCKET_AUTH", r#"{postgres={pooler="transaction"}}"#)
        };
        let (mut here, mut there) = (node(), node());
        here.start();
        there.start();
        let load = Load::start(&site, &[&here, &there], Crowd::of(form.honest())).await;
        load.answers(form.pick(600, 6000)).await;
        let recovery = load.recovery(Instant::now()).await;
        let refused = load.wire.ledger.refused();
        let row = load.settle(Some(recovery)).await;
        let log = pooler.log();
        intact(&cluster, &site, row)
            .require(refused == 0, format!("{refused} requests were answered 503"))
            .require(log.contains("pool_mode") || !log.is_empty(), "the pooler was not used")
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// Clients that go away.
pub fn clients_disconnect(form: Form) -> Row {
    block_on(async {
        let cluster = shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let mut node = site.node();
        node.start();
        let row = disconnects(form, &site, &node).await;
        intact(&cluster, &site, row).quiet(&node.last_words())
    })
}

/// Its disk is full: it crashes, does not come up again before there is room, and then nothing is
/// lost.
pub fn disk_full(form: Form) -> Row {
    block_on(async {
        let disk = tempfile::tempdir().expect("a folder");
        let Some(mount) = Mount::new(disk.path(), "160m") else {
            return Row::default().note("not run: nothing can be mounted here");
        };
        // No segment of the log is used again, so that each needs room of its own.
        let mut cluster = Cluster::start_in(mount.folder, &["wal_keep_size=1GB", "min_wal_size=32MB"]);
        let site = Site::at(&cluster.fresh_database());
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        load.answers(50).await;
        let filler = mount.fill();
        let (begun, refused) = (Instant::now(), load.wire.ledger.refused());
        while load.wire.ledger.refused() < refused + 20 {
            assert!(
                begun.elapsed() < Duration::from_secs(40),
                "the full disk was not noticed"
            );
            // It may be down by now.
            let _down = Command::new(binary("psql"))
                .args(["--no-psqlrc", "-c", "SELECT pg_switch_wal()", site.url()])
                .output();
            sleep(Duration::from_millis(50)).await;
        }
        sleep(form.outage() / 4).await;
        std::fs::remove_file(filler).expect("it is there");
        // As a supervisor would, where it has given up.
        sleep(Duration::from_secs(1)).await;
        let gave_up = !cluster.answers();
        if gave_up {
            cluster.start_again();
        }
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        let log = cluster.log();
        let word = if gave_up {
            "gave up and was started again"
        } else {
            "went on by itself"
        };
        intact(&cluster, &site, row)
            .require(log.contains("No space left on device"), "the disk was not full")
            .note(format!("PostgreSQL {word} once there was room"))
            .quiet(&node.last_words())
    })
}

/// A cluster for all scenarios that leave it as it is; there as long as one of them uses it.
pub fn shared_cluster() -> Arc<Cluster> {
    static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let cluster = Arc::new(Cluster::start_with(&["max_connections=200"]));
        *shared = Arc::downgrade(&cluster);
        cluster
    })
}

/// The row, with what PostgreSQL's own check says about tables and indexes.
pub fn intact(cluster: &Cluster, site: &Site, row: Row) -> Row {
    let checked = Command::new(binary("pg_amcheck"))
        .args(["--install-missing", "--heapallindexed", "--no-password"])
        .args(["--host=127.0.0.1", "--username=postgres"])
        .arg(format!("--port={}", cluster.port()))
        .arg(site.database())
        .output();
    match checked {
        Ok(output) => row.require(
            output.status.success(),
            format!(
                "pg_amcheck: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        ),
        Err(error) => row.require(false, format!("pg_amcheck: {error}")),
    }
}
