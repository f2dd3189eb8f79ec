//! The application itself is ended: by a power cut, and by a supervisor.

use std::time::Instant;

use tests::client::block_on;

use super::Form;
use super::sqlite::intact;
use crate::load::{Crowd, Load};
use crate::report::Row;
use crate::site::Site;

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

/// SIGTERM in the middle of the load: what is under way is answered, the process ends well, and starts again.
pub fn sqlite_terminated(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = site.node();
        node.start();
        let load = Load::start(&site, &[&node], Crowd::of(form.honest())).await;
        let (mut slowest, mut ended_well, mut took) = (None, true, None);
        for _ in 0..form.pick(2, 10) {
            load.answers(200).await;
            let asked = Instant::now();
            ended_well &= node.terminate().success();
            took = took.max(Some(asked.elapsed()));
            let since = Instant::now();
            node.start();
            slowest = slowest.max(Some(load.recovery(since).await));
        }
        let row = load.settle(slowest).await;
        intact(&site, row)
            .note(format!("the slowest shutdown took {:.1?}", took.unwrap_or_default()))
            .require(ended_well, "SIGTERM: the exit code was not 0")
            .quiet(&node.last_words())
    })
}
