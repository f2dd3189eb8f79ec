//! What was answered, and what never should have been.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The books of one scenario.
#[derive(Default)]
pub struct Ledger {
    answered: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
    slowest_refusal: AtomicU64,
    stale: AtomicU64,
    lost: Mutex<Vec<String>>,
    revived: Mutex<Vec<String>>,
    wrong: Mutex<Vec<String>>,
    graves: Mutex<Vec<Grave>>,
    guarded: Mutex<Vec<(Instant, Duration)>>,
    served: Mutex<Vec<Option<Served>>>,
}

/// A session that has ended: none of its tokens may ever work again.
#[derive(Clone)]
pub struct Grave {
    /// How it ended.
    pub how: &'static str,
    /// Its refresh tokens, oldest first.
    pub refresh: Vec<String>,
    /// Its access tokens.
    pub access: Vec<String>,
    /// The node that said so.
    pub node: usize,
    /// Whether it is that node that ended it. Where an earlier request did, whose answer was lost,
    /// the node learns of it as the others do.
    pub at_once: bool,
    /// When it said so.
    pub since: Instant,
}

/// The last time that an honest client was given a pair.
#[derive(Clone, Copy)]
struct Served {
    asked: Instant,
    answered: Instant,
}

impl Ledger {
    /// Empty books, for so many honest clients.
    pub fn new(honest: usize) -> Ledger {
        Ledger {
            served: Mutex::new(vec![None; honest]),
            ..Ledger::default()
        }
    }

    /// An answer that says what it says: neither 429 nor 503.
    pub fn note_answer(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// A 429 or 503.
    pub fn note_refusal(&self, took: Duration) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.slowest_refusal.fetch_max(took, Ordering::Relaxed);
    }

    /// No answer came.
    pub fn note_silence(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    /// An honest access token had expired, or came from the future.
    pub fn note_stale(&self) {
        self.stale.fetch_add(1, Ordering::Relaxed);
    }

    /// How many honest access tokens had.
    pub fn stale(&self) -> u64 {
        self.stale.load(Ordering::Relaxed)
    }

    /// A guarded route answered.
    pub fn note_guarded(&self, asked: Instant, took: Duration) {
        hold(&self.guarded).push((asked, took));
    }

    /// The honest client of this number was given a pair.
    pub fn note_served(&self, client: usize, asked: Instant) {
        hold(&self.served)[client] = Some(Served {
            asked,
            answered: Instant::now(),
        });
    }

    /// An honest client was refused.
    pub fn note_lost(&self, what: String) {
        hold(&self.lost).push(what);
    }

    /// A token worked that must not.
    pub fn note_revived(&self, what: String) {
        hold(&self.revived).push(what);
    }

    /// Anything else that must not be.
    pub fn note_wrong(&self, what: String) {
        hold(&self.wrong).push(what);
    }

    /// A session has ended.
    pub fn bury(&self, grave: Grave) {
        hold(&self.graves).push(grave);
    }

    /// All ended sessions.
    pub fn graves(&self) -> Vec<Grave> {
        hold(&self.graves).clone()
    }

    /// How many answers there were.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// How many were refused with 429 or 503.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many requests got no answer.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// How long the slowest 429 or 503 took.
    pub fn slowest_refusal(&self) -> Duration {
        Duration::from_millis(self.slowest_refusal.load(Ordering::Relaxed))
    }

    /// How many honest clients were refused, and how many dead tokens worked.
    pub fn counts(&self) -> (usize, usize) {
        (hold(&self.lost).len(), hold(&self.revived).len())
    }

    /// What happened that must not.
    pub fn problems(&self) -> Vec<String> {
        let named = |kind: &str, list: &Mutex<Vec<String>>| -> Vec<String> {
            let list = hold(list);
            let more = list.len().saturating_sub(8);
            let shown = list.iter().take(8).map(|what| format!("{kind}: {what}"));
            let rest = (more > 0).then(|| format!("{kind}: and {more} more"));
            shown.chain(rest).collect()
        };
        [("lost", &self.lost), ("revived", &self.revived), ("wrong", &self.wrong)]
            .into_iter()
            .flat_map(|(kind, list)| named(kind, list))
            .collect()
    }

    /// When the last of the honest clients got a pair that it requested after `since`; `None` while
    /// one waits.
    pub fn all_served_since(&self, since: Instant) -> Option<Instant> {
        let served = hold(&self.served);
        served
            .iter()
            .map(|last| last.filter(|last| last.asked >= since).map(|last| last.answered))
            .try_fold(since, |latest, answered| Some(latest.max(answered?)))
    }

    /// The 99th percentile of what guarded routes took between two times; `None` without a request.
    pub fn guarded_p99(&self, from: Instant, to: Instant) -> Option<Duration> {
        let guarded = hold(&self.guarded);
        let mut took: Vec<Duration> = guarded
            .iter()
            .filter(|(asked, _)| (from..to).contains(asked))
            .map(|(_, took)| *took)
            .collect();
        took.sort_unstable();
        took.get((took.len() * 99 / 100).min(took.len().saturating_sub(1)))
            .copied()
    }
}

/// A panic of another client is reported by itself.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
