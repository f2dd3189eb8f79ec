//! Visitors who sign up or set a new password by a ticket, each with one or several clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::library::{Library, Ticket};
use crate::people::random;
use crate::site::PASSWORD;
use crate::wire::{Answer, Wire};

/// How long a client waits before it tries again after a 503 or no answer.
const RETRY: Duration = Duration::from_millis(100);

/// How long a client goes on trying.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a visitor came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    SignUp,
    Reset,
}

/// How a visitor uses the tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// One client, which repeats the request until it is answered.
    Repeats,
    /// One client, which gives up at the first lost answer or 503.
    GivesUp,
    /// Three clients with one ticket at once, each of which repeats.
    Crowds,
    /// The same, but two of the clients have a sibling of the ticket.
    Siblings,
}

/// A visitor with tickets that are still unused.
pub struct Visitor {
    pub flow: Flow,
    pub manner: Manner,
    pub email: String,
    pub tickets: Vec<Ticket>,
    /// The account before a reset: the hash of its password, and a session.
    pub before: Option<(String, String)>,
}

/// One client's use of a ticket.
pub struct Use {
    pub password: String,
    pub ended: Ended,
    /// How many times no answer came.
    pub unanswered: usize,
    /// How many times the answer was 503.
    pub put_off: usize,
}

/// How a client's use of a ticket ended.
pub enum Ended {
    /// 201 or 204, with the refresh token of the former.
    Succeeded(Option<String>),
    /// 401 `invalid_ticket`.
    Refused,
    /// The client does not know.
    GaveUp,
}

impl Use {
    /// Whether the client was told that it used the ticket.
    pub fn succeeded(&self) -> bool {
        matches!(self.ended, Ended::Succeeded(_))
    }

    /// What happened, in a few words.
    pub fn summary(&self) -> String {
        let ended = match self.ended {
            Ended::Succeeded(_) => "succeeded",
            Ended::Refused => "refused",
            Ended::GaveUp => "gave up",
        };
        format!(
            "{ended} after {} lost answers and {} times 503",
            self.unanswered, self.put_off
        )
    }
}

impl Visitor {
    /// A visitor with tickets from the library; for a reset with an account and a session too.
    pub async fn new(library: &Library, flow: Flow, manner: Manner) -> Visitor {
        let email = format!("{}@example.org", uuid::Uuid::new_v4());
        let count = if manner == Manner::Siblings { 2 } else { 1 };
        let mut tickets = Vec::new();
        let mut before = None;
        match flow {
            Flow::SignUp => {
                for _ in 0..count {
                    tickets.push(library.sign_up_ticket(&email).await);
                }
            }
            Flow::Reset => {
                // Of the lowest cost: its only use here is to be refused.
                let hash = bcrypt::hash(PASSWORD, 4).expect("bcrypt hashes");
                let user = library.account(&email, &hash).await;
                before = Some((hash, library.session(&user).await));
                for _ in 0..count {
                    tickets.push(library.reset_ticket(&user, &email).await);
                }
            }
        }
        Visitor {
            flow,
            manner,
            email,
            tickets,
            before,
        }
    }

    /// The passwords that the clients choose, one each.
    fn passwords(&self) -> Vec<String> {
        let clients = match self.manner {
            Manner::Repeats | Manner::GivesUp => 1,
            Manner::Crowds | Manner::Siblings => 3,
        };
        (0..clients).map(|n| format!("{n} violet gorillas dance")).collect()
    }

    /// Asks for a link, and then lets the clients use the tickets at once. Adds one to `successes`
    /// for each success.
    pub async fn come(self: Arc<Visitor>, wire: Wire, successes: Arc<AtomicUsize>) -> Vec<Use> {
        self.ask(&wire).await;
        let mut clients = JoinSet::new();
        for (n, password) in self.passwords().into_iter().enumerate() {
            let (visitor, wire, successes) = (Arc::clone(&self), wire.clone(), Arc::clone(&successes));
            clients.spawn(async move {
                let done = visitor.client(&wire, n, password).await;
                if done.succeeded() {
                    successes.fetch_add(1, Ordering::Release);
                }
                done
            });
        }
        clients.join_all().await
    }

    /// Asks for a mail, whose ticket is a sibling of the tickets here.
    async fn ask(&self, wire: &Wire) {
        let path = match self.flow {
            Flow::SignUp => "/api/auth/register",
            Flow::Reset => "/api/auth/password/forgot",
        };
        let body = json!({ "email": self.email });
        let answer = insist(wire, random(wire.nodes()), path, &body).await;
        if answer.is_some_and(|answer| answer.status != 202) {
            wire.ledger.note_wrong(format!("{path} is not answered 202"));
        }
    }

    async fn client(&self, wire: &Wire, n: usize, password: String) -> Use {
        let ticket = &self.tickets[n % self.tickets.len()];
        let mut done = Use {
            password,
            ended: Ended::GaveUp,
            unanswered: 0,
            put_off: 0,
        };
        let mut node = (n + random(2)) % wire.nodes();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.present(wire, node, ticket, &done.password).await {
                Some(answer) if matches!(answer.status, 429 | 503) => done.put_off += 1,
                Some(answer) => {
                    done.ended = self.end_of(wire, answer);
                    return done;
                }
                None => done.unanswered += 1,
            }
            if self.manner == Manner::GivesUp {
                return done;
            }
            sleep(RETRY).await;
            node = (node + 1) % wire.nodes();
        }
        wire.ledger.note_wrong(format!("{:?}: never answered", self.flow));
        done
    }

    fn end_of(&self, wire: &Wire, answer: Answer) -> Ended {
        match (self.flow, answer.status) {
            (Flow::SignUp, 201) => {
                let pair = answer.pair.map(|(_, refresh)| refresh);
                if pair.is_none() {
                    wire.ledger.note_wrong("a sign-up: 201 without a pair".to_owned());
                }
                Ended::Succeeded(pair)
            }
            (Flow::Reset, 204) => Ended::Succeeded(None),
            (_, 401) if answer.code == "invalid_ticket" => Ended::Refused,
            (flow, status) => {
                let code = answer.code;
                wire.ledger
                    .note_wrong(format!("{flow:?}: a ticket is answered {status} {code}"));
                Ended::GaveUp
            }
        }
    }

    async fn present(&self, wire: &Wire, node: usize, ticket: &Ticket, password: &str) -> Option<Answer> {
        let (path, body) = self.request(ticket, password);
        wire.hash(node, path, &body).await
    }

    /// Uses a ticket until it is answered.
    pub async fn use_for_sure(&self, wire: &Wire, ticket: &Ticket, password: &str) -> Option<Answer> {
        let (path, body) = self.request(ticket, password);
        insist(wire, random(wire.nodes()), path, &body).await
    }

    fn request(&self, ticket: &Ticket, password: &str) -> (&'static str, Value) {
        match self.flow {
            Flow::SignUp => (
                "/api/auth/register/complete",
                json!({ "ticket": ticket.text, "password": password, "delivery": "body" }),
            ),
            Flow::Reset => (
                "/api/auth/password/reset",
                json!({ "ticket": ticket.text, "newPassword": password }),
            ),
        }
    }

    /// Whether a password signs in. `None`: the server did not say so in time.
    pub async fn signs_in(&self, wire: &Wire, password: &str) -> Option<bool> {
        let body = json!({ "email": self.email, "password": password, "delivery": "body" });
        let answer = insist(wire, random(wire.nodes()), "/api/auth/login", &body).await?;
        if !matches!(answer.status, 200 | 401) {
            wire.ledger.note_wrong(format!("a sign-in: {}", answer.status));
        }
        Some(answer.status == 200)
    }
}

/// Repeats a request until it is answered with anything but 429 and 503.
async fn insist(wire: &Wire, mut node: usize, path: &str, body: &Value) -> Option<Answer> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let answer = wire.hash(node, path, body).await;
        if let Some(answer) = answer.filter(|answer| !matches!(answer.status, 429 | 503)) {
            return Some(answer);
        }
        sleep(RETRY).await;
        node = (node + 1) % wire.nodes();
    }
    wire.ledger.note_wrong(format!("{path}: never answered"));
    None
}
