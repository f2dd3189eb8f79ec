//! Several nodes on one database: they race, they learn from each other, and one has the wrong
//! time.

use std::time::{Duration, Instant};

use tests::client::block_on;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use super::Form;
use super::clock::FakeClock;
use super::{postgres, sqlite};
use crate::ledger::Grave;
use crate::load::{Crowd, Load};
use crate::people::expect_dead;
use crate::proxy::{Proxy, Weather};
use crate::report::Row;
use crate::site::{Minted, Node, PROPAGATED_WITHIN, Site};
use crate::wire::{Delivery, Wire};

/// Refreshes race a logout, on two processes with one SQLite file.
pub fn sqlite_refresh_races_logout(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let (mut here, mut there) = (site.node(), site.node());
        here.start();
        there.start();
        let row = refresh_races_logout(form, &site, &[&here, &there]).await;
        sqlite::intact(&site, row)
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// The same on PostgreSQL.
pub fn postgres_refresh_races_logout(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let (mut here, mut there) = (site.node(), site.node());
        here.start();
        there.start();
        let row = refresh_races_logout(form, &site, &[&here, &there]).await;
        postgres::intact(&cluster, &site, row)
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

async fn refresh_races_logout(form: Form, site: &Site, nodes: &[&Node]) -> Row {
    let rounds = form.pick(60, 600);
    let mut minted = site.sessions(rounds).await.into_iter();
    let load = Load::start(site, nodes, Crowd::of(form.honest() / 2)).await;
    let (mut went_first, mut races) = (0, JoinSet::new());
    for _ in 0..rounds {
        races.spawn(race(load.wire.clone(), minted.next().expect("one for each round")));
        if races.len() >= 6 {
            went_first += races.join_next().await.map_or(0, |won| won.expect("no panic"));
        }
    }
    went_first += races.join_all().await.into_iter().sum::<usize>();
    let recovery = load.recovery(Instant::now()).await;
    load.settle(Some(recovery)).await.note(format!(
        "{rounds} logouts raced by two refreshes; {went_first} refreshes were answered with a pair"
    ))
}

/// Two refreshes on two nodes against a logout: afterwards nothing of the session works. Says how
/// many refreshes won.
async fn race(wire: Wire, minted: Minted) -> usize {
    let token = minted.token;
    let refresh = async |node, wait| {
        sleep(wait).await;
        wire.refresh(node, &token, Delivery::Body)
            .await
            .and_then(|answer| answer.pair)
    };
    let wait = || Duration::from_micros(crate::people::random(4000) as u64);
    let logout = async {
        sleep(wait()).await;
        while wire
            .logout(1, &token, Delivery::Body)
            .await
            .is_none_or(|answer| answer.status != 204)
        {
            sleep(Duration::from_millis(50)).await;
        }
        Instant::now()
    };
    let (here, there, since) = tokio::join!(refresh(0, wait()), refresh(1, wait()), logout);
    let won: Vec<(String, String)> = here.into_iter().chain(there).collect();
    let count = won.len();
    let (access, refresh): (Vec<_>, Vec<_>) = won.into_iter().unzip();
    let refresh: Vec<String> = std::iter::once(token.clone()).chain(refresh).collect();
    for node in [0, 1] {
        for token in &refresh {
            let answer = wire.refresh(node, token, Delivery::Body).await;
            expect_dead(&wire, "a logout", "refresh token, at once", answer);
        }
    }
    for access in &access {
        expect_dead(
            &wire,
            "a logout",
            "access token, at once",
            wire.guarded(1, access).await,
        );
    }
    wire.ledger.bury(Grave {
        how: "a logout",
        refresh,
        access,
        node: 1,
        at_once: true,
        since,
    });
    count
}

/// One token presented on two nodes at once, again and again: each time both get the same
/// successor.
pub fn racing_refreshes(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let (mut here, mut there) = (site.node(), site.node());
        here.start();
        there.start();
        let rounds = 300;
        let sessions = site.sessions(6).await;
        let load = Load::start(&site, &[&here, &there], Crowd::of(form.honest() / 2)).await;
        let mut races = JoinSet::new();
        for session in sessions {
            let (wire, rounds) = (load.wire.clone(), rounds / 6);
            races.spawn(async move {
                let mut token = session.token;
                for _ in 0..rounds {
                    let (here, there) = tokio::join!(
                        wire.refresh(0, &token, Delivery::Body),
                        wire.refresh(1, &token, Delivery::Cookie)
                    );
                    let pairs = (
                        here.and_then(|answer| answer.pair),
                        there.and_then(|answer| answer.pair),
                    );
                    let (Some((_, one)), Some((_, other))) = pairs else {
                        wire.ledger.note_lost("a racing refresh got no pair".to_owned());
                        return;
                    };
                    if one != other {
                        wire.ledger.note_wrong("a race gave two heads".to_owned());
                    }
                    token = one;
                }
            });
        }
        races.join_all().await;
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        postgres::intact(&cluster, &site, row)
            .note(format!("{rounds} races of two nodes, one head each"))
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// How long it takes until a logout on one node is known on the other: told by LISTEN, and only
/// polled for.
pub fn propagation(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let (mut here, mut there) = (site.node(), site.node());
        let mut polling = site.node().with("ROCKET_AUTH", "{postgres={listen=false}}");
        for node in [&mut here, &mut there, &mut polling] {
            node.start();
        }
        let rounds = form.pick(20, 100);
        let mut sessions = site.sessions(2 * rounds).await.into_iter();
        let load = Load::start(&site, &[&here, &there, &polling], Crowd::of(form.honest() / 2)).await;
        let mut took = [Vec::new(), Vec::new()];
        for (node, took) in [1, 2].into_iter().zip(&mut took) {
            let mut learning = JoinSet::new();
            for session in sessions.by_ref().take(rounds) {
                learning.spawn(until_known(load.wire.clone(), session, node));
                if node == 1 {
                    // One after the other, where each is over at once.
                    took.extend(learning.join_next().await.map(|took| took.expect("no panic")));
                } else {
                    sleep(Duration::from_millis(37)).await;
                }
            }
            took.extend(learning.join_all().await);
            took.sort_unstable();
        }
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        let [told, polled] = took.map(|took| (took[took.len() / 2], took[took.len() - 1]));
        postgres::intact(&cluster, &site, row)
            .note(format!(
                "with LISTEN: {:.1?} at the median, {:.1?} at most, of {rounds}",
                told.0, told.1
            ))
            .note(format!(
                "polling every 1 s: {:.1?} at the median, {:.1?} at most, of {rounds}",
                polled.0, polled.1
            ))
            .require(
                told.0 <= Duration::from_millis(250),
                "with LISTEN: over 250 ms at the median",
            )
            .require(
                polled.1 <= Duration::from_millis(1300),
                "polling: over the interval (and 300 ms)",
            )
            .quiet(&here.last_words())
            .quiet(&there.last_words())
            .quiet(&polling.last_words())
    })
}

/// From the answer to a logout on node 0 to the first refusal of the access token on another.
async fn until_known(wire: Wire, session: Minted, node: usize) -> Duration {
    let answer = wire.refresh(0, &session.token, Delivery::Body).await;
    let Some((access, _)) = answer.and_then(|answer| answer.pair) else {
        wire.ledger.note_lost("a fresh session got no pair".to_owned());
        return Duration::ZERO;
    };
    let before = wire.guarded(node, &access).await.map(|answer| answer.status);
    if before != Some(200) {
        wire.ledger.note_wrong(format!("before its logout: {before:?}"));
    }
    wire.logout(0, &session.token, Delivery::Body).await;
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(10) {
        let answer = wire.guarded(node, &access).await;
        if answer.is_some_and(|answer| answer.is_unauthorized()) {
            return since.elapsed();
        }
        // Many ask the one that polls: not so often that it has no time to.
        sleep(Duration::from_millis(if node == 1 { 1 } else { 20 })).await;
    }
    since.elapsed()
}

/// A node is cut off while others revoke: when it is back, it has missed nothing.
pub fn cut_off(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let proxy = Proxy::to(cluster.port()).await;
        let mut here = site.node();
        let mut there = site.node().with("DATABASE_URL", &proxy.url(site.database()));
        here.start();
        there.start();
        let rounds = form.pick(2, 8);
        let each = 10;
        let mut sessions = site.sessions(rounds * each).await.into_iter();
        let load = Load::start(&site, &[&here, &there], Crowd::of(form.honest())).await;
        let (mut slowest, mut known_after) = (None, None);
        for round in 0..rounds {
            let mut revoked = Vec::new();
            for session in sessions.by_ref().take(each) {
                let answer = load.wire.refresh(0, &session.token, Delivery::Body).await;
                let (access, _) = answer.and_then(|answer| answer.pair).expect("a fresh session");
                revoked.push((session.token, access));
            }
            // Every other time it is not cut, but dead: that takes longer to be noticed.
            proxy.set(if round % 2 == 0 { Weather::Cut } else { Weather::Dead });
            for (token, _) in &revoked {
                load.wire.logout(0, token, Delivery::Body).await;
            }
            sleep(Duration::from_secs(1)).await;
            proxy.set(Weather::Fair);
            let since = Instant::now();
            slowest = slowest.max(Some(load.recovery(since).await));
            for (_, access) in &revoked {
                loop {
                    let answer = load.wire.guarded(1, access).await;
                    if answer.is_some_and(|answer| answer.is_unauthorized()) {
                        break;
                    }
                    assert!(since.elapsed() < Duration::from_secs(20), "a revocation was missed");
                    sleep(Duration::from_millis(5)).await;
                }
            }
            known_after = known_after.max(Some(since.elapsed()));
        }
        let known_after = known_after.unwrap_or_default();
        let listeners = proxy.listeners();
        let row = load.settle(slowest).await;
        postgres::intact(&cluster, &site, row)
            .note(format!(
                "{} logouts meanwhile, all known {known_after:.1?} after it was back",
                rounds * each
            ))
            .require(known_after <= PROPAGATED_WITHIN * 2, "known too late")
            .require(listeners >= 2, format!("it listened {listeners} times: not again"))
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// One node has the wrong time. Within the leeway no client notices; beyond it no user is signed
/// out.
pub fn wrong_clock(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let clock = FakeClock::new(site.place.folder.path());
        let (mut here, mut there) = (site.node(), clock.rule(site.node()));
        here.start();
        there.start();
        let crowd = Crowd::of(form.honest());
        let within = Load::start(&site, &[&here, &there], crowd).await;
        for offset in ["+3", "-3", "+0"] {
            clock.set(offset);
            let since = Instant::now();
            within.recovery(since).await;
            sleep_until((since + Duration::from_millis(1200)).into()).await;
        }
        let within = within.settle(None).await;
        let crowd = Crowd {
            tolerant: true,
            ..crowd
        };
        let beyond = Load::start(&site, &[&here, &there], crowd).await;
        let mut slowest = None;
        for offset in ["+3600", "-3600", "-1200", "+0"] {
            clock.set(offset);
            let since = Instant::now();
            slowest = slowest.max(Some(beyond.recovery(since).await));
            sleep_until((since + Duration::from_millis(1500)).into()).await;
        }
        let mut row = beyond.settle(slowest).await;
        row.answered += within.answered;
        row.lost += within.lost;
        row.revived += within.revived;
        row.problems.extend(within.problems);
        postgres::intact(&cluster, &site, row)
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}
