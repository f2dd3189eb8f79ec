//! A standby takes over behind an address, and the former primary stays up.

use std::time::{Duration, Instant};

use tests::client::block_on;
use tests::postgres::Cluster;
use tokio::time::{sleep, timeout};

use super::Form;
use super::postgres::intact;
use crate::load::{Crowd, Load};
use crate::proxy::Proxy;
use crate::report::Row;
use crate::site::Site;
use crate::wire::{Delivery, Wire};

/// How long it may take until a node that only reads has noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);

/// First the address leads to the standby before that is promoted: no node serves from it. Then it
/// is promoted. The connections to the former primary are never cut: nodes have to let go of them.
pub fn failover(form: Form) -> Row {
    block_on(async {
        let primary = Cluster::start_with(&["max_connections=200"]);
        let standby = primary.standby();
        let site = Site::at(&primary.fresh_database());
        let (to_here, to_there) = (Proxy::to(primary.port()).await, Proxy::to(primary.port()).await);
        let node = |proxy: &Proxy| site.node().with("DATABASE_URL", &proxy.url(site.database()));
        let (mut here, mut there) = (node(&to_here), node(&to_there));
        here.start();
        there.start();
        let sessions = site.sessions(8).await;
        let load = Load::start(&site, &[&here], Crowd::of(form.honest())).await;
        // The other node only reads.
        let reading = Wire::new(
            vec![here.url().to_owned(), there.url().to_owned()],
            load.wire.ledger.clone(),
        );
        load.answers(200).await;

        // What is fenced acknowledges nothing any more.
        primary.psql("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
        primary.psql("postgres", "SELECT pg_reload_conf()");
        for proxy in [&to_here, &to_there] {
            proxy.lead_to(standby.port());
        }
        load.refusals(20).await;
        let unhealthy = health(&reading, 503).await;
        let said: Vec<String> = unhealthy.iter().map(|(_, text)| text.clone()).collect();
        sleep(form.outage()).await;
        standby.promote();
        let promoted = Instant::now();
        let recovery = load.recovery(promoted).await;
        health(&reading, 200).await;

        // The former primary accepts writes again, but every node must have left it by now. A node
        // that still used it would miss the revocations that follow.
        primary.psql("postgres", "ALTER SYSTEM RESET default_transaction_read_only");
        primary.psql("postgres", "SELECT pg_reload_conf()");
        let mut slowest = Duration::ZERO;
        for session in sessions {
            let pair = reading.refresh(0, &session.token, Delivery::Body).await;
            let (access, refresh) = pair.and_then(|answer| answer.pair).expect("a fresh session");
            reading.logout(0, &refresh, Delivery::Body).await;
            let since = Instant::now();
            let known = async {
                while !reading
                    .guarded(1, &access)
                    .await
                    .is_some_and(|answer| answer.is_unauthorized())
                {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            let known = timeout(Duration::from_secs(30), known).await;
            assert!(known.is_ok(), "a revocation was missed");
            slowest = slowest.max(since.elapsed());
        }
        let row = load.settle(Some(recovery)).await;
        let listened = (to_here.listeners(), to_there.listeners());
        intact(&standby, &site, row)
            .require(
                said.iter().all(|text| text.contains("only reads")),
                format!("/health meanwhile: {said:?}"),
            )
            .require(
                listened.0 >= 2 && listened.1 >= 2,
                format!("listened {listened:?} times: not anew"),
            )
            .require(
                slowest < Duration::from_secs(2),
                "a logout was known too late afterwards",
            )
            .note(format!(
                "/health meanwhile: {}",
                said.first().map_or("", String::as_str)
            ))
            .note(format!(
                "a logout was known on the other node {slowest:.1?} afterwards, at most"
            ))
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// What both nodes say once they say it with this status.
async fn health(wire: &Wire, wanted: u16) -> Vec<(u16, String)> {
    let mut said = Vec::new();
    for node in 0..wire.nodes() {
        let begun = Instant::now();
        loop {
            let (status, text) = wire.health(node).await;
            // Refused for another reason first, such as that a call timed out.
            if status == wanted && (wanted == 200 || text.contains("problem")) {
                said.push((status, text));
                break;
            }
            assert!(begun.elapsed() < NOTICED_WITHIN, "node {node} says {status}: {text}");
            sleep(Duration::from_millis(50)).await;
        }
    }
    said
}
