//! What is true of tickets and accounts after a fault, against what the visitors were answered.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::site::{PASSWORD, Site};
use crate::table::{Snapshot, Table};
use crate::visitors::{Ended, Flow, Use, Visitor};
use crate::wire::{Delivery, Wire};

/// What the visits came to.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub sign_ups: usize,
    pub resets: usize,
    pub clients: usize,
    /// Visits with a success that was answered.
    pub answered: usize,
    /// Clients that were answered `invalid_ticket`.
    pub refused: usize,
    /// Visits whose ticket was used, and some client got no answer.
    pub used_unanswered: usize,
    /// Visits whose ticket was used, and some client got 503.
    pub used_put_off: usize,
    /// Visits whose ticket was still good.
    pub good: usize,
}

/// How a visit stands.
enum Verdict {
    Answered,
    UsedUnanswered,
    UsedPutOff,
    Good,
    /// The ledger knows what is wrong.
    Wrong,
}

/// Judges visits, and remembers what must stay true.
pub struct Judge {
    wire: Wire,
    pub figures: Figures,
    settled: Vec<Arc<Visitor>>,
    /// The hashes of the passwords of settled visitors.
    hashes: HashMap<String, String>,
}

impl Judge {
    /// Nothing is judged yet.
    pub fn new(wire: Wire) -> Judge {
        Judge {
            wire,
            figures: Figures::default(),
            settled: Vec::new(),
            hashes: HashMap::new(),
        }
    }

    /// Judges visits that have ended, once the servers run again. What was judged before must be as
    /// it was.
    pub async fn visits(&mut self, site: &Site, visits: Vec<(Arc<Visitor>, Vec<Use>)>) {
        let snapshot = Arc::new(Table::of(site).await.snapshot().await);
        self.nothing_changed(&snapshot);
        let mut judging = JoinSet::new();
        for (visitor, uses) in visits {
            self.count(&visitor, &uses);
            self.settled.push(Arc::clone(&visitor));
            let (wire, snapshot) = (self.wire.clone(), Arc::clone(&snapshot));
            judging.spawn(async move {
                let case = Case {
                    wire: &wire,
                    visitor: &visitor,
                    uses: &uses,
                };
                case.judge(&snapshot).await
            });
        }
        for verdict in judging.join_all().await {
            match verdict {
                Verdict::Answered => self.figures.answered += 1,
                Verdict::UsedUnanswered => self.figures.used_unanswered += 1,
                Verdict::UsedPutOff => self.figures.used_put_off += 1,
                Verdict::Good => self.figures.good += 1,
                Verdict::Wrong => {}
            }
        }
        // Each of their tickets is used by now, and each of them has an account.
        let snapshot = Table::of(site).await.snapshot().await;
        for visitor in &self.settled {
            if let Some(hash) = snapshot.accounts.get(&visitor.email) {
                self.hashes.entry(visitor.email.clone()).or_insert_with(|| hash.clone());
            }
        }
        self.nothing_changed(&snapshot);
    }

    /// What was judged before must be as it was, and no reset left an older ticket.
    pub async fn finish(&mut self, site: &Site) {
        let mut table = Table::of(site).await;
        self.nothing_changed(&table.snapshot().await);
        let survivors = table.survivors().await;
        if survivors > 0 {
            self.wire
                .ledger
                .note_revived(format!("{survivors} tickets survived a reset of their user"));
        }
    }

    fn nothing_changed(&self, snapshot: &Snapshot) {
        for visitor in &self.settled {
            let is_used = |hash: &String| snapshot.is_used.get(hash).copied().unwrap_or_default();
            if !visitor.tickets.iter().all(|ticket| is_used(&ticket.hash)) {
                self.wire
                    .ledger
                    .note_revived(format!("{:?}: a used ticket is good again", visitor.flow));
            }
            let hash = self.hashes.get(&visitor.email);
            if hash.is_none() || snapshot.accounts.get(&visitor.email) != hash {
                self.wire
                    .ledger
                    .note_lost(format!("{:?}: the account has another password", visitor.flow));
            }
        }
    }

    fn count(&mut self, visitor: &Visitor, uses: &[Use]) {
        match visitor.flow {
            Flow::SignUp => self.figures.sign_ups += 1,
            Flow::Reset => self.figures.resets += 1,
        }
        self.figures.clients += uses.len();
        let refused = uses.iter().filter(|one| matches!(one.ended, Ended::Refused));
        self.figures.refused += refused.count();
    }
}

/// One visit.
struct Case<'a> {
    wire: &'a Wire,
    visitor: &'a Visitor,
    uses: &'a [Use],
}

impl Case<'_> {
    async fn judge(&self, snapshot: &Snapshot) -> Verdict {
        let tickets = &self.visitor.tickets;
        let is_used = |hash: &String| snapshot.is_used.get(hash).copied();
        let used = tickets.iter().filter(|ticket| is_used(&ticket.hash) == Some(true));
        let used = used.count();
        if tickets.iter().any(|ticket| is_used(&ticket.hash).is_none()) || (used > 0 && used < tickets.len()) {
            self.lost("the table does not have its tickets as they should be");
            return Verdict::Wrong;
        }
        let hash = snapshot.accounts.get(&self.visitor.email);
        let before = self.visitor.before.as_ref().map(|(hash, _)| hash);
        let is_done = hash.is_some() && hash != before;
        if is_done != (used > 0) {
            self.lost(&format!("{used} tickets are used, and the account is done: {is_done}"));
            return Verdict::Wrong;
        }
        let successes: Vec<&Use> = self.uses.iter().filter(|one| one.succeeded()).collect();
        match successes.as_slice() {
            [winner] if used > 0 => self.answered(winner).await,
            [_] => {
                self.lost("the answer was a success, and its ticket is not used");
                Verdict::Wrong
            }
            [] if used > 0 => self.used_without_an_answer().await,
            [] => self.still_good().await,
            _ => {
                let ledger = &self.wire.ledger;
                ledger.note_revived(format!("{:?}: {} uses of a ticket", self.visitor.flow, successes.len()));
                Verdict::Wrong
            }
        }
    }

    async fn answered(&self, winner: &Use) -> Verdict {
        if self.visitor.signs_in(self.wire, &winner.password).await != Some(true) {
            self.lost("the answer was a success, and its password does not sign in");
            return Verdict::Wrong;
        }
        if let Ended::Succeeded(Some(refresh)) = &winner.ended {
            let status = self.refresh(refresh).await;
            if status != Some(200) {
                self.lost(&format!("the session of the answer is refreshed with {status:?}"));
            }
        }
        self.nothing_else_works().await;
        Verdict::Answered
    }

    /// The account has the password of a client that did not learn of it, and of only one.
    async fn used_without_an_answer(&self) -> Verdict {
        let mut signed_in = Vec::new();
        for one in self.uses {
            if self.visitor.signs_in(self.wire, &one.password).await == Some(true) {
                signed_in.push(one);
            }
        }
        self.nothing_else_works().await;
        match signed_in.as_slice() {
            [one] if one.unanswered > 0 => Verdict::UsedUnanswered,
            [one] if one.put_off > 0 => Verdict::UsedPutOff,
            [_] => {
                self.lost("the use that set the password was refused, and never left without an answer");
                Verdict::Wrong
            }
            others => {
                let count = others.len();
                self.lost(&format!(
                    "the ticket is used, and {count} passwords of its clients sign in"
                ));
                Verdict::Wrong
            }
        }
    }

    /// Nothing was done, so the ticket works now, once.
    async fn still_good(&self) -> Verdict {
        if self.uses.iter().any(|one| matches!(one.ended, Ended::Refused)) {
            self.lost("a client was refused, and the ticket is good");
        }
        if let Some((_, session)) = &self.visitor.before {
            let status = self.refresh(session).await;
            if status != Some(200) {
                self.lost(&format!(
                    "nothing was reset, and the session is refreshed with {status:?}"
                ));
            }
        }
        let one = &self.uses[0];
        let (ticket, expected) = (&self.visitor.tickets[0], [201, 204]);
        let answer = self.visitor.use_for_sure(self.wire, ticket, &one.password).await;
        let status = answer.map(|answer| answer.status);
        if !status.is_some_and(|status| expected.contains(&status)) {
            self.lost(&format!("a good ticket is answered {status:?}"));
            return Verdict::Wrong;
        }
        if self.visitor.signs_in(self.wire, &one.password).await != Some(true) {
            self.lost("the password of a ticket that was still good does not sign in");
        }
        self.nothing_else_works().await;
        Verdict::Good
    }

    /// After the use: no ticket of the visitor, no password and no session from before.
    async fn nothing_else_works(&self) {
        let ledger = &self.wire.ledger;
        let flow = self.visitor.flow;
        for ticket in &self.visitor.tickets {
            let answer = self
                .visitor
                .use_for_sure(self.wire, ticket, "one more violet gorilla")
                .await;
            match answer.map(|answer| (answer.status, answer.code)) {
                Some((401, code)) if code == "invalid_ticket" => {}
                Some((201 | 204, _)) => ledger.note_revived(format!("{flow:?}: a used ticket works")),
                other => ledger.note_wrong(format!("{flow:?}: a used ticket is answered {other:?}")),
            }
        }
        let Some((_, session)) = &self.visitor.before else {
            return;
        };
        if self.visitor.signs_in(self.wire, PASSWORD).await == Some(true) {
            ledger.note_revived("the old password signs in after a reset".to_owned());
        }
        if self.refresh(session).await != Some(401) {
            ledger.note_revived("a session from before a reset".to_owned());
        }
    }

    /// The status of a refresh, once it is not 503.
    async fn refresh(&self, token: &str) -> Option<u16> {
        for _ in 0..100 {
            let answer = self.wire.refresh(0, token, Delivery::Body).await;
            if let Some(answer) = answer.filter(|answer| answer.status != 503) {
                return Some(answer.status);
            }
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        None
    }

    fn lost(&self, what: &str) {
        let (flow, manner) = (self.visitor.flow, self.visitor.manner);
        let uses: Vec<String> = self.uses.iter().map(Use::summary).collect();
        self.wire
            .ledger
            .note_lost(format!("{flow:?}, {manner:?}: {what}; the uses: {}", uses.join(", ")));
    }
}
