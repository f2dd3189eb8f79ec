//! Revocations made elsewhere: by another process on the same database.
//!
//! Polling is the floor that carries every engine. Each poll reads again what is at most [`OVERLAP`] old: a transaction
//! that began before the last poll may have become visible after it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tracing::{error, info};

use super::{Auth, Inner, SessionError};
use crate::clock::Timestamp;

/// How far back each poll looks again.
const OVERLAP: Duration = Duration::from_secs(30);

/// For how long a revocation is remembered beyond an access lifetime.
const SLACK: Duration = Duration::from_secs(120);

/// After this many missed polls (and at least five seconds) the feed counts as stale.
const STALE_AFTER_POLLS: u32 = 5;
const STALE_AFTER_AT_LEAST: Duration = Duration::from_secs(5);

/// How often expired sessions are deleted, counted in polls' time, and how many at once.
const CLEAN_EVERY: Duration = Duration::from_secs(60 * 60);
const CLEAN_BATCH: u32 = 500;

/// How the feed is doing.
#[derive(Debug)]
pub(super) struct FeedState {
    started: Instant,
    /// Milliseconds from `started` to the last poll that was answered.
    answered: AtomicU64,
    /// The store's time up to which everything was read, in milliseconds since the epoch.
    read_up_to: AtomicI64,
}

impl FeedState {
    pub(super) fn new() -> FeedState {
        FeedState {
            started: Instant::now(),
            answered: AtomicU64::new(0),
            read_up_to: AtomicI64::new(i64::MIN),
        }
    }

    fn age(&self) -> Duration {
        self.started
            .elapsed()
            .saturating_sub(Duration::from_millis(self.answered.load(Ordering::Acquire)))
    }
}

impl Auth {
    /// How long ago the store last told what was revoked elsewhere.
    pub fn feed_age(&self) -> Duration {
        self.0.feed.age()
    }

    /// Whether that is longer ago than five polls and five seconds.
    pub fn feed_is_stale(&self) -> bool {
        self.0.feed_is_stale()
    }

    /// Reads what was revoked and cut off within one access lifetime. The fairing calls it before the first request.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn load_revocations(&self) -> Result<(), SessionError> {
        self.0.poll().await
    }

    /// Starts following the store; ends when the last clone of `self` is gone. Must be called on a Tokio runtime.
    pub fn follow_revocations(&self) {
        let (auth, poll) = (Arc::downgrade(&self.0), self.0.config.poll);
        tokio::spawn(follow(auth, poll));
    }
}

impl Inner {
    fn feed_is_stale(&self) -> bool {
        self.feed.age() > (self.config.poll * STALE_AFTER_POLLS).max(STALE_AFTER_AT_LEAST)
    }

    async fn poll(&self) -> Result<(), SessionError> {
        let now = self.clock.now();
        let horizon = now.minus(self.config.access_ttl + self.config.leeway + SLACK);
        let last = Timestamp::from_millis(self.feed.read_up_to.load(Ordering::Acquire));
        // A clock that was set back makes tokens good again that had expired, and were forgotten: read it all anew.
        let since = if now < last {
            horizon
        } else {
            last.minus(OVERLAP).max(horizon)
        };
        for revocation in self.store.revoked_since(since).await? {
            self.revocations.revoke(revocation.session, revocation.at);
        }
        for cutoff in self.store.cutoffs_since(since).await? {
            self.revocations.cut_off(&cutoff.user, cutoff.at);
        }
        self.revocations.forget(horizon);
        self.feed.read_up_to.store(now.millis(), Ordering::Release);
        let answered = u64::try_from(self.feed.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.feed.answered.store(answered, Ordering::Release);
        Ok(())
    }

    async fn clean(&self) {
        loop {
            match self.store.delete_expired(SLACK, CLEAN_BATCH).await {
                Ok(deleted) if deleted == CLEAN_BATCH as usize => tokio::task::yield_now().await,
                Ok(_) => return,
                Err(error) => return error!("expired sessions could not be deleted: {error}"),
            }
        }
    }
}

async fn follow(auth: Weak<Inner>, poll: Duration) {
    let mut ticks = tokio::time::interval(poll);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_stale = false;
    let mut cleaned = Instant::now();
    loop {
        ticks.tick().await;
        let Some(auth) = auth.upgrade() else { return };
        let polled = auth.poll().await;
        let is_stale = auth.feed_is_stale();
        match (was_stale, is_stale, polled) {
            (false, true, Err(problem)) => {
                error!(
                    "revocations made elsewhere cannot be read for {:?}: {problem}",
                    auth.feed.age()
                );
            }
            (true, false, _) => info!("revocations made elsewhere are read again"),
            _ => {}
        }
        was_stale = is_stale;
        if cleaned.elapsed() > CLEAN_EVERY {
            cleaned = Instant::now();
            auth.clean().await;
        }
    }
}
