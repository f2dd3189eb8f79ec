//! How the feed of revocations made elsewhere is doing, as a monitor sees it.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::{ANN, Server};

/// A monitor of everything that happens in this program.
fn monitor() -> &'static Snapshotter {
    static MONITOR: OnceLock<Snapshotter> = OnceLock::new();
    MONITOR.get_or_init(|| {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().expect("it is the only recorder");
        snapshotter
    })
}

/// The gauges by name. Reading them sets them back, hence all at once.
fn gauges() -> HashMap<String, f64> {
    let seen = monitor().snapshot().into_vec();
    let gauges = seen.into_iter().filter_map(|(key, _, _, value)| match value {
        DebugValue::Gauge(value) => Some((key.key().name().to_owned(), value.into_inner())),
        _ => None,
    });
    gauges.collect()
}

#[tokio::test]
async fn the_age_of_the_feed_and_the_size_of_the_set_are_metrics() {
    monitor();
    let server = Server::options().set("revocation.poll_interval", "100ms").start().await;
    let session = server.sign_in(ANN).await;
    let logout = server.post("/api/auth/logout").bearer(&session.access);
    logout.await.no_content();
    // Servers of other tests run in this program as well, so that only the order of magnitude is
    // known.
    let give_up = Instant::now() + Duration::from_secs(20);
    let is_seen = || {
        let gauges = gauges();
        let age = gauges.get("auth_feed_age_seconds");
        let revoked = gauges.get("auth_revoked_sessions");
        age.is_some_and(|age| (0.0..600.0).contains(age)) && revoked.is_some_and(|count| *count >= 1.0)
    };
    while !is_seen() {
        assert!(Instant::now() < give_up, "the monitor sees nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
