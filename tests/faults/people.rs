//! Who uses a session: its honest owner, a thief, an owner who signs out, and a client that tries
//! tokens of ended sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::ledger::Grave;
use crate::wire::{Delivery, Wire};

/// How long a client leaves a server alone between two requests.
const THINK: Duration = Duration::from_millis(10);

/// How long a client waits before it tries again after a 503 or no answer. `Retry-After` says a
/// second; these are keener.
const RETRY: Duration = Duration::from_millis(60);

/// How often a client tries again before it reports a failure.
const PATIENCE: Duration = Duration::from_secs(40);

/// A session as its owner knows it.
pub struct Owner {
    /// Its number among the honest clients, if it is one of them.
    pub number: Option<usize>,
    pub delivery: Delivery,
    /// Every refresh token that was answered, oldest first.
    pub refresh: Vec<String>,
    /// Every access token that was answered, oldest first.
    pub access: Vec<String>,
    /// The node it talks to.
    pub node: usize,
    /// Whether a guarded route may find its access token invalid: where a node's clock is wrong.
    pub tolerant: bool,
}

/// How one request went for an honest client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Done,
    Later,
    Lost,
}

impl Owner {
    /// The token of the last answer.
    pub fn token(&self) -> &str {
        self.refresh.last().expect("the one it began with")
    }

    /// Asks for the next pair, once.
    pub async fn refresh(&mut self, wire: &Wire) -> Step {
        let answer = wire.refresh(self.node, self.token(), self.delivery).await;
        match answer {
            Some(answer) if answer.status == 200 => {
                let Some((access, refresh)) = answer.pair else {
                    wire.ledger.note_wrong("refresh: 200 without a pair".to_owned());
                    return Step::Lost;
                };
                self.access.push(access);
                self.refresh.push(refresh);
                if let Some(number) = self.number {
                    wire.ledger.note_served(number, answer.asked);
                }
                Step::Done
            }
            Some(answer) if answer.is_unauthorized() => {
                let count = self.refresh.len();
                let (number, code) = (self.number, answer.code);
                wire.ledger
                    .note_lost(format!("client {number:?} after {count} pairs, refresh: 401 {code}"));
                Step::Lost
            }
            _ => self.move_on(wire).await,
        }
    }

    /// Asks a guarded route, once, or for a pair where it has no good access token.
    async fn guarded(&mut self, wire: &Wire) -> Step {
        let Some(access) = self.access.last() else {
            return self.refresh(wire).await;
        };
        match wire.guarded(self.node, access).await {
            Some(answer) if answer.status == 200 => Step::Done,
            Some(answer) if answer.is_unauthorized() => match answer.code.as_str() {
                code if code == "token_expired" || (code == "invalid_token" && self.tolerant) => {
                    wire.ledger.note_stale();
                    self.refresh(wire).await
                }
                code => {
                    wire.ledger
                        .note_lost(format!("client {:?}, guarded: 401 {code}", self.number));
                    Step::Lost
                }
            },
            _ => self.move_on(wire).await,
        }
    }

    /// Waits a little, and tries the next node.
    async fn move_on(&mut self, wire: &Wire) -> Step {
        sleep(RETRY).await;
        self.node = (self.node + 1) % wire.nodes();
        Step::Later
    }

    /// Refreshes until a pair comes; says whether one did.
    pub async fn refresh_for_sure(&mut self, wire: &Wire) -> bool {
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            match self.refresh(wire).await {
                Step::Done => return true,
                Step::Later => {}
                Step::Lost => return false,
            }
        }
        wire.ledger.note_wrong("refresh: never answered".to_owned());
        false
    }

    /// Goes on until told to stop, or lost; a guarded request or two for each refresh.
    pub async fn live(mut self, wire: Wire, stop: Arc<AtomicBool>) -> Owner {
        while !stop.load(Ordering::Acquire) {
            let step = match random(5) {
                0 | 1 => self.refresh(&wire).await,
                _ => self.guarded(&wire).await,
            };
            if step == Step::Lost {
                break;
            }
            sleep(THINK).await;
        }
        self
    }

    /// Refreshes so often (or until told to stop, but at least three times). Then a thief presents
    /// an old token, which must end the session.
    pub async fn robbed(mut self, wire: Wire, after: usize, stop: Arc<AtomicBool>) {
        for n in 0..after {
            if (n >= 3 && stop.load(Ordering::Acquire)) || !self.refresh_for_sure(&wire).await {
                break;
            }
            sleep(THINK).await;
        }
        if let [.., stolen, _, _] = self.refresh.as_slice() {
            let stolen = stolen.clone();
            self.end("a reuse", &wire, |wire, node, delivery| {
                let stolen = stolen.clone();
                async move { wire.refresh(node, &stolen, delivery).await }
            })
            .await;
        }
    }

    /// Refreshes so often (or until told to stop); then signs out, with the newest token or one of
    /// long ago.
    pub async fn leave(mut self, wire: Wire, after: usize, stop: Arc<AtomicBool>) {
        for _ in 0..after {
            if stop.load(Ordering::Acquire) || !self.refresh_for_sure(&wire).await {
                break;
            }
            sleep(THINK).await;
        }
        let token = if after.is_multiple_of(2) {
            self.token()
        } else {
            &self.refresh[0]
        }
        .to_owned();
        self.end("a logout", &wire, |wire, node, delivery| {
            let token = token.clone();
            async move { wire.logout(node, &token, delivery).await }
        })
        .await;
    }

    /// Sends what ends the session until it is answered; buries the session.
    async fn end<F, A>(mut self, how: &'static str, wire: &Wire, request: F)
    where
        F: Fn(Wire, usize, Delivery) -> A,
        A: Future<Output = Option<crate::wire::Answer>>,
    {
        let begun = Instant::now();
        let mut retried = false;
        loop {
            let answer = request(wire.clone(), self.node, self.delivery).await;
            match answer.map(|answer| (answer.status, answer.code)) {
                Some((204, _)) if how == "a logout" => break,
                Some((401, code)) if how == "a reuse" && code == "refresh_reuse" => {
                    retried = false;
                    break;
                }
                Some((401, _)) if how == "a reuse" && retried => break,
                Some((401, code)) if how == "a reuse" => {
                    wire.ledger.note_wrong(format!("a reuse is answered 401 {code}"));
                    break;
                }
                Some((200, _)) => wire.ledger.note_revived(format!("{how}: the used token works")),
                Some((401, code)) => wire.ledger.note_wrong(format!("{how} is answered 401 {code}")),
                _ => {}
            }
            if begun.elapsed() > PATIENCE {
                wire.ledger.note_wrong(format!("{how}: never answered"));
                return;
            }
            retried = true;
            self.move_on(wire).await;
        }
        let at_once = !retried && !wire.is_shared();
        if let Some(access) = self.access.last().filter(|_| at_once) {
            expect_dead(
                wire,
                how,
                "access token, at once",
                wire.guarded(self.node, access).await,
            );
        }
        wire.ledger.bury(Grave {
            how,
            refresh: self.refresh,
            access: self.access,
            node: self.node,
            at_once,
            since: Instant::now(),
        });
    }
}

/// Tries tokens of ended sessions until told to stop. It tries refresh tokens on every node, and
/// access tokens on the node that reported the end of the session.
pub async fn haunt(wire: Wire, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Acquire) {
        let graves = wire.ledger.graves();
        if !graves.is_empty() {
            let grave = &graves[random(graves.len())];
            // The newest ones: the others are too old in any case.
            let newest = |tokens: &[String]| tokens[tokens.len() - 1 - random(tokens.len().min(3))].clone();
            if random(2) == 0 || grave.access.is_empty() || !grave.at_once {
                let answer = wire
                    .refresh(random(wire.nodes()), &newest(&grave.refresh), Delivery::Body)
                    .await;
                expect_dead(&wire, grave.how, "refresh token", answer);
            } else {
                let answer = wire.guarded(grave.node, &newest(&grave.access)).await;
                expect_dead(&wire, grave.how, "access token", answer);
            }
        }
        sleep(THINK).await;
    }
}

/// A dead token may be refused, put off or not answered.
pub fn expect_dead(wire: &Wire, how: &str, what: &str, answer: Option<crate::wire::Answer>) {
    match answer {
        Some(answer) if answer.status == 200 => wire.ledger.note_revived(format!("after {how}: {what}")),
        Some(answer) if answer.is_unauthorized() || matches!(answer.status, 429 | 503) => {}
        Some(answer) => wire
            .ledger
            .note_wrong(format!("after {how}: {what} is answered {}", answer.status)),
        None => {}
    }
}

/// A number below `end`, of no quality.
pub fn random(end: usize) -> usize {
    let random = uuid::Uuid::new_v4().as_u128() & 0xffff_ffff;
    random as usize % end
}
