//! Load on a site: started, watched through a fault, and settled afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};

use crate::front::Front;
use crate::ledger::Ledger;
use crate::people::{Owner, expect_dead, haunt};
use crate::report::Row;
use crate::site::{Node, PROPAGATED_WITHIN, Site};
use crate::wire::{Delivery, Wire};

/// After so long a wait for something that must happen, it has not.
const PATIENCE: Duration = Duration::from_secs(40);

/// The clients.
#[derive(Clone, Copy)]
pub struct Crowd {
    /// Clients that refresh and ask guarded routes; nothing may ever refuse them.
    pub honest: usize,
    /// Sessions of which a used token is presented; they must end.
    pub robbed: usize,
    /// Sessions that sign out; they must stay ended.
    pub leaving: usize,
    /// Whether a guarded route may find an honest access token invalid: where a node's clock is
    /// wrong.
    pub tolerant: bool,
}

impl Crowd {
    /// The usual mixture around so many honest clients.
    pub fn of(honest: usize) -> Crowd {
        Crowd {
            honest,
            robbed: honest / 2,
            leaving: honest / 2,
            tolerant: false,
        }
    }
}

/// A crowd at work.
pub struct Load {
    pub wire: Wire,
    crowd: Crowd,
    stop: Arc<AtomicBool>,
    honest: JoinSet<Owner>,
    others: JoinSet<()>,
    haunting: JoinSet<()>,
}

impl Load {
    /// Lets a crowd in.
    pub async fn start(site: &Site, nodes: &[&Node], crowd: Crowd) -> Load {
        let urls = nodes.iter().map(|node| node.url().to_owned()).collect();
        Load::of(site, Wire::new(urls, Arc::new(Ledger::new(crowd.honest))), crowd).await
    }

    /// Lets a crowd in that reaches all nodes at one address.
    pub async fn start_behind(site: &Site, front: &Front, crowd: Crowd) -> Load {
        let wire = Wire::through(front.url(), Arc::new(Ledger::new(crowd.honest)));
        Load::of(site, wire, crowd).await
    }

    async fn of(site: &Site, wire: Wire, crowd: Crowd) -> Load {
        let minted = site.sessions(crowd.honest + crowd.robbed + crowd.leaving).await;
        let stop = Arc::new(AtomicBool::new(false));
        let mut load = Load {
            wire: wire.clone(),
            crowd,
            stop: Arc::clone(&stop),
            honest: JoinSet::new(),
            others: JoinSet::new(),
            haunting: JoinSet::new(),
        };
        for (n, minted) in minted.into_iter().enumerate() {
            let owner = Owner {
                number: (n < crowd.honest).then_some(n),
                delivery: if n % 2 == 0 { Delivery::Cookie } else { Delivery::Body },
                refresh: vec![minted.token],
                access: Vec::new(),
                node: n % wire.nodes(),
                tolerant: crowd.tolerant,
            };
            let (wire, stop) = (wire.clone(), Arc::clone(&stop));
            // They act after so many refreshes: some before the fault, some in it, some after it.
            if n < crowd.honest {
                load.honest.spawn(owner.live(wire, stop));
            } else if n < crowd.honest + crowd.robbed {
                let after = 3 + 17 * (n - crowd.honest);
                load.others.spawn(owner.robbed(wire, after, stop));
            } else {
                let after = 2 + 17 * (n - crowd.honest - crowd.robbed);
                load.others.spawn(owner.leave(wire, after, stop));
            }
        }
        load.haunting.spawn(haunt(wire, stop));
        load.answers(crowd.honest as u64 * 15).await;
        load
    }

    /// Waits until so many more answers have come.
    pub async fn answers(&self, more: u64) {
        let wanted = self.wire.ledger.answered() + more;
        self.until(&format!("{more} more answers"), |ledger| ledger.answered() >= wanted)
            .await;
    }

    /// Waits until so many more requests were put off with a 503.
    pub async fn refusals(&self, more: u64) {
        let wanted = self.wire.ledger.refused() + more;
        self.until(&format!("{more} more refusals"), |ledger| ledger.refused() >= wanted)
            .await;
    }

    /// Waits until every honest client got a pair that it requested after `since`; returns how long
    /// that took.
    pub async fn recovery(&self, since: Instant) -> Duration {
        let mut last = None;
        self.until("every client is served again", |ledger| {
            last = ledger.all_served_since(since);
            // Who is lost is never served again, and reported.
            last.is_some() || ledger.counts().0 > 0
        })
        .await;
        last.map_or_else(|| since.elapsed(), |last| last - since)
    }

    async fn until(&self, what: &str, mut holds: impl FnMut(&Ledger) -> bool) {
        let begun = Instant::now();
        let mut looks = interval(Duration::from_millis(2));
        while !holds(&self.wire.ledger) {
            looks.tick().await;
            let ledger = &self.wire.ledger;
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: not within {PATIENCE:?}; {} answered, {} refused, {} not answered; {:#?}",
                ledger.answered(),
                ledger.refused(),
                ledger.unanswered(),
                ledger.problems()
            );
        }
    }

    /// Stops the crowd and checks the result. Every pair that a server returned still works, on
    /// every node. No used or ended token works, on any node.
    pub async fn settle(mut self, recovery: Option<Duration>) -> Row {
        self.stop.store(true, Ordering::Release);
        let (wire, nodes) = (&self.wire, self.wire.nodes());
        while let Some(done) = self.others.join_next().await {
            done.expect("a client does not panic");
        }
        while let Some(done) = self.haunting.join_next().await {
            done.expect("a client does not panic");
        }
        let mut owners = Vec::new();
        while let Some(owner) = self.honest.join_next().await {
            owners.push(owner.expect("a client does not panic"));
        }
        for owner in &mut owners {
            if !owner.refresh_for_sure(wire).await {
                continue;
            }
            for node in 0..nodes {
                let access = owner.access.last().expect("just answered");
                let answer = wire.guarded(node, access).await;
                let status = answer.map(|answer| answer.status);
                if status != Some(200) {
                    wire.ledger
                        .note_lost(format!("settled client {:?}, guarded: {status:?}", owner.number));
                }
            }
        }
        self.nothing_dead_works().await;
        for owner in &owners {
            self.nothing_used_works(owner).await;
        }
        let ledger = &self.wire.ledger;
        if ledger.graves().len() < self.crowd.robbed + self.crowd.leaving {
            ledger.note_wrong(format!("only {} sessions were ended", ledger.graves().len()));
        }
        let (lost, revived) = ledger.counts();
        Row {
            load: format!(
                "{} honest, {} robbed, {} leaving, {}",
                self.crowd.honest,
                self.crowd.robbed,
                self.crowd.leaving,
                match nodes {
                    1 if wire.is_shared() => "nginx".to_owned(),
                    1 => "1 node".to_owned(),
                    _ => format!("{nodes} nodes"),
                }
            ),
            answered: ledger.answered(),
            refused: ledger.refused(),
            unanswered: ledger.unanswered(),
            lost,
            revived,
            recovery,
            notes: Vec::new(),
            problems: ledger.problems(),
        }
    }

    /// Every token of every ended session, on every node.
    async fn nothing_dead_works(&self) {
        let wire = &self.wire;
        for grave in wire.ledger.graves() {
            let newest = |tokens: &[String]| tokens[tokens.len().saturating_sub(3)..].to_vec();
            for node in 0..wire.nodes() {
                for token in newest(&grave.refresh) {
                    let answer = wire.refresh(node, &token, Delivery::Body).await;
                    expect_dead(wire, grave.how, "refresh token", answer);
                }
                // Elsewhere an access token dies within the bound of propagation.
                if node != grave.node || !grave.at_once {
                    sleep_until((grave.since + PROPAGATED_WITHIN).into()).await;
                }
                for token in newest(&grave.access) {
                    let answer = wire.guarded(node, &token).await;
                    expect_dead(wire, grave.how, &format!("access token on node {node}"), answer);
                }
            }
        }
    }

    /// A token that is older than the last two was used long ago: presenting it ends the session.
    async fn nothing_used_works(&self, owner: &Owner) {
        let [.., used, _, newest] = owner.refresh.as_slice() else {
            return;
        };
        let (wire, node) = (&self.wire, owner.node);
        let answer = wire.refresh(node, used, owner.delivery).await;
        match answer.map(|answer| (answer.status, answer.code)) {
            Some((401, code)) if code == "refresh_reuse" => {}
            Some((200, _)) => wire.ledger.note_revived("a used token".to_owned()),
            other => wire.ledger.note_wrong(format!("a used token is answered {other:?}")),
        }
        let answer = wire.refresh(node, newest, owner.delivery).await;
        expect_dead(wire, "a reuse", "the newest token", answer);
    }
}
