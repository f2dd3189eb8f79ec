//! Sign-ups and resets under faults: no acknowledged one is lost, and no ticket is used twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tests::client::block_on;
use tests::postgres::Cluster;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::{Form, postgres, sqlite};
use crate::judgement::{Figures, Judge};
use crate::library::Library;
use crate::load::{Crowd, Load};
use crate::people::random;
use crate::proxy::Proxy;
use crate::report::Row;
use crate::site::{Node, Site};
use crate::table::Table;
use crate::visitors::{Flow, Manner, Use, Visitor};

/// Account flows without the limits that a crowd at one address would meet.
const SETTINGS: &str = "{public_url=\"http://127.0.0.1:8000\",flows={sign_up=\"open\",reset=true},\
                        throttle={account_per_minute=0,source_per_minute=0,mails_per_address=0,mails_per_source=0}}";

/// How the visitors of one round use their tickets. One half signs up, the other sets a new
/// password, by turns.
const ROUND: [Manner; 4] = [Manner::Repeats, Manner::GivesUp, Manner::Crowds, Manner::Siblings];

/// How long a moment of a round may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// SIGKILL while visitors use their tickets, started again; several times.
pub fn sqlite_accounts_killed(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = node_of(&site);
        node.start();
        let rounds = form.pick(3, 20);
        let mut visits = Visits::prepare(form, &site, &[&node], rounds).await;
        let mut slowest = None;
        for _ in 0..rounds {
            let round = visits.begin().await;
            node.kill();
            let since = Instant::now();
            node.start();
            slowest = slowest.max(Some(visits.load.recovery(since).await));
            let ended = round.end().await;
            visits.judge.visits(&site, ended).await;
        }
        let row = visits.settle(slowest).await;
        sqlite::intact(&site, row).quiet(&node.last_words())
    })
}

/// How many commits of a round stay without an answer.
const COMMITS: u32 = 3;

/// What happens to the nodes and the database, by turns.
const FAULTS: [Fault; 4] = [
    Fault::NodeKilled,
    Fault::Crash,
    Fault::CommitsUnanswered,
    Fault::Restart,
];

#[derive(Clone, Copy)]
enum Fault {
    NodeKilled,
    /// PostgreSQL restarts as after a crash.
    Crash,
    /// PostgreSQL restarts as by an operator.
    Restart,
    /// Connections break when PostgreSQL has committed, before its answer.
    CommitsUnanswered,
}

/// The same on two nodes: one node is killed, PostgreSQL restarts, or connections to it break.
pub fn postgres_accounts_restarted(form: Form) -> Row {
    block_on(async {
        let mut cluster = Cluster::start();
        let site = Site::at(&cluster.fresh_database());
        let proxy = Proxy::to(cluster.port()).await;
        let node = || node_of(&site).with("DATABASE_URL", &proxy.url(site.database()));
        let (mut here, mut there) = (node(), node());
        here.start();
        there.start();
        let rounds = form.pick(1, 5) * FAULTS.len();
        let mut visits = Visits::prepare(form, &site, &[&here, &there], rounds).await;
        let (mut slowest, mut cut) = (None, 0);
        for fault in FAULTS.into_iter().cycle().take(rounds) {
            if let Fault::CommitsUnanswered = fault {
                proxy.swallow_commits(COMMITS);
            }
            let round = visits.begin().await;
            let mut since = Instant::now();
            match fault {
                Fault::NodeKilled => here.kill(),
                Fault::Crash | Fault::Restart => {
                    let is_crash = matches!(fault, Fault::Crash);
                    cluster.stop(if is_crash { "immediate" } else { "fast" });
                    cluster.start_again();
                    since = Instant::now();
                }
                Fault::CommitsUnanswered => {}
            }
            slowest = slowest.max(Some(visits.load.recovery(since).await));
            if let Fault::NodeKilled = fault {
                here.start();
            }
            let ended = round.end().await;
            let left = proxy.swallow_commits(0);
            if let Fault::CommitsUnanswered = fault {
                cut += COMMITS - left;
            }
            visits.judge.visits(&site, ended).await;
        }
        let row = visits.settle(slowest).await;
        postgres::intact(&cluster, &site, row)
            .note(format!("{cut} connections cut between a commit and its answer"))
            .require(cut > 0, "no connection was cut between a commit and its answer")
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

fn node_of(site: &Site) -> Node {
    site.node().with("ROCKET_AUTH", SETTINGS)
}

/// The visitors of all rounds, beside a crowd with sessions.
struct Visits<'a> {
    site: &'a Site,
    load: Load,
    waiting: Vec<Visitor>,
    judge: Judge,
    round: usize,
}

/// The visitors of one round, under way.
struct Round {
    under_way: JoinSet<(Arc<Visitor>, Vec<Use>)>,
    /// Held until the visitors have ended: see [`Table`].
    _table: Option<Table>,
}

impl Round {
    /// Waits for the visitors.
    async fn end(self) -> Vec<(Arc<Visitor>, Vec<Use>)> {
        self.under_way.join_all().await
    }
}

impl<'a> Visits<'a> {
    /// Makes the tickets of all rounds, and starts the crowd.
    async fn prepare(form: Form, site: &'a Site, nodes: &[&Node], rounds: usize) -> Visits<'a> {
        let library = Library::at(&site.place).await;
        let mut waiting = Vec::new();
        for round in 0..rounds {
            for (n, manner) in ROUND.into_iter().enumerate() {
                let flow = [Flow::SignUp, Flow::Reset][(round + n) % 2];
                waiting.push(Visitor::new(&library, flow, manner).await);
            }
        }
        let load = Load::start(site, nodes, Crowd::of(form.honest() / 4)).await;
        Visits {
            site,
            judge: Judge::new(load.wire.clone()),
            load,
            waiting,
            round: 0,
        }
    }

    /// Lets the next visitors come, and returns at a moment for a fault. In every other round it is
    /// a moment after some successes were answered, in the others the moment at which the table
    /// shows that tickets were used. A fault is then between the commit and its answer.
    async fn begin(&mut self) -> Round {
        let mut table = None;
        let mut used = 0;
        if self.round.is_multiple_of(2) {
            let mut connected = Table::of(self.site).await;
            used = connected.used().await;
            table = Some(connected);
        }
        self.round += 1;
        let successes = Arc::new(AtomicUsize::new(0));
        let mut under_way = JoinSet::new();
        for _ in 0..ROUND.len() {
            let visitor = Arc::new(self.waiting.pop().expect("made for every round"));
            let (wire, successes) = (self.load.wire.clone(), Arc::clone(&successes));
            under_way.spawn(async move {
                let uses = Arc::clone(&visitor).come(wire, successes).await;
                (visitor, uses)
            });
        }
        let begun = Instant::now();
        let mut looks = interval(Duration::from_millis(1));
        let enough = 1 + random(2);
        loop {
            looks.tick().await;
            let seen = match &mut table {
                Some(table) => table.used().await - used,
                None => successes.load(Ordering::Acquire),
            };
            if seen >= enough {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "only {seen} tickets were used");
        }
        if table.is_none() {
            sleep(Duration::from_micros(random(20_000) as u64)).await;
        }
        Round {
            under_way,
            _table: table,
        }
    }

    async fn settle(mut self, recovery: Option<Duration>) -> Row {
        self.judge.finish(self.site).await;
        let Figures {
            sign_ups,
            resets,
            clients,
            answered,
            refused,
            used_unanswered,
            used_put_off,
            good,
        } = self.judge.figures;
        let row = self.load.settle(recovery).await;
        row.note(format!(
            "{sign_ups} sign-ups and {resets} resets by {clients} clients: {answered} successes were answered, {refused} \
             clients refused"
        ))
        .note(format!(
            "without an answer that says so: {} tickets were used ({used_unanswered} no answer, {used_put_off} 503), {good} \
             were still good and then worked once",
            used_unanswered + used_put_off
        ))
    }
}
