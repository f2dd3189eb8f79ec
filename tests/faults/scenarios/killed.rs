//! The application itself is ended: by a power cut, and by a supervisor.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::client::block_on;
use tokio::time::sleep;

use super::Form;
use super::sqlite::intact;
use crate::load::{Crowd, Load};
use crate::report::Row;
use crate::site::{Node, PASSWORD, Site};
use crate::wire::Delivery;

/// SIGKILL in the middle of the load, started again; several times.
pub fn sqlite_killed(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let mut slowest = None;
        for _ in 0..form.pick(2, 10) {
            load.answers(200).await;
            node.kill();
            let since = Instant::now();
            node.start();
            slowest = slowest.max(Some(load.recovery(since).await));
        }
        let row = load.settle(slowest).await;
        intact(&site, row).quiet(&node.last_words())
    })
}

/// SIGTERM in the middle of the load. The server answers the requests under way and ends with
/// success. After the next start all that it answered is still there.
pub fn sqlite_terminated(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        // Rocket's own two seconds are short for a hash on a machine with other work.
        let mut node = site.node().with("ROCKET_SHUTDOWN", "{grace=4}");
        node.start();
        let rounds = form.pick(1, 8);
        let users = site.sessions(rounds).await;
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let (mut slowest, mut ended_well, mut took) = (None, true, None);
        for user in users {
            load.answers(200).await;
            let wire = load.wire.clone();
            // Its hash takes long enough to be under way when the signal comes.
            let sign_in = json!({ "email": user.email, "password": PASSWORD, "delivery": "body" });
            let mentions = |node: &Node| node.log().matches("POST /api/auth/login").count();
            let before = mentions(&node);
            let signing_in = tokio::spawn(async move { wire.post(0, "/api/auth/login", None, &sign_in).await });
            while mentions(&node) == before {
                sleep(Duration::from_millis(5)).await;
            }
            let asked = Instant::now();
            ended_well &= node.terminate().success();
            took = took.max(Some(asked.elapsed()));
            let since = Instant::now();
            node.start();
            slowest = slowest.max(Some(load.recovery(since).await));

            let answer = signing_in.await.expect("no panic");
            let Some((_, token)) = answer.and_then(|answer| answer.pair) else {
                load.wire
                    .ledger
                    .note_lost("a sign-in that was under way at SIGTERM".to_owned());
                continue;
            };
            let answer = load.wire.refresh(0, &token, Delivery::Body).await;
            if answer.is_none_or(|answer| answer.status != 200) {
                load.wire
                    .ledger
                    .note_lost("the session of a sign-in at SIGTERM".to_owned());
            }
        }
        let row = load.settle(slowest).await;
        intact(&site, row)
            .note(format!(
                "{rounds} sign-ins under way were answered; the slowest shutdown took {:.1?}",
                took.unwrap_or_default()
            ))
            .require(ended_well, "SIGTERM: the exit code was not 0")
            .quiet(&node.last_words())
    })
}
