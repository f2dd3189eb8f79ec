//! Revocations made elsewhere: by another process on the same database.
//!
//! Polling alone is enough on every engine. Each poll reads again what is at most [`OVERLAP`] old:
//! a transaction that began before the last poll may have become visible after it. A store that
//! gets notifications of changes ([`RevocationLog::changes`](crate::store::RevocationLog::changes))
//! makes revocation faster; polls find what it may have missed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tracing::{error, info};

use super::{Auth, Inner, SessionError};
use crate::clock::{Timestamp, Uptime};
use crate::metrics;
use crate::store::Changes;

/// How far back each poll looks again.
const OVERLAP: Duration = Duration::from_secs(30);

/// For how long a revocation is remembered beyond an access lifetime.
const SLACK: Duration = Duration::from_secs(120);

/// How long to wait after a poll that a notification caused. It bounds the cost of any number of
/// notifications.
const PAUSE: Duration = Duration::from_millis(25);

/// After this many missed polls (and at least five seconds) the feed counts as stale.
const STALE_AFTER_POLLS: u32 = 5;
const STALE_AFTER_AT_LEAST: Duration = Duration::from_secs(5);

impl Auth {
    /// How long ago the store last told what was revoked elsewhere.
    pub fn feed_age(&self) -> Duration {
        self.0.feed.age()
    }

    /// Whether that is longer ago than five polls and five seconds, or another database server
    /// answers since then.
    pub fn feed_is_stale(&self) -> bool {
        self.0.feed_is_stale()
    }

    /// Reads which sessions were revoked and which users changed within one access lifetime. The
    /// fairing calls it before the first request.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn load_revocations(&self) -> Result<(), SessionError> {
        self.0.poll().await
    }

    /// Starts following the store; ends when the last clone of `self` is gone. Must be called on a
    /// Tokio runtime.
    pub fn follow_revocations(&self) {
        // Listening begins before the first poll, so that nothing falls between them.
        let follower = Follower {
            auth: Arc::downgrade(&self.0),
            changes: self.0.store.changes(),
            was_stale: false,
        };
        tokio::spawn(follower.run(self.0.config.revocation.poll_interval));
    }
}

impl Inner {
    fn feed_is_stale(&self) -> bool {
        self.store.origin() != self.feed.origin.load(Ordering::Acquire)
            || self.feed.age() > (self.config.revocation.poll_interval * STALE_AFTER_POLLS).max(STALE_AFTER_AT_LEAST)
    }

    async fn poll(&self) -> Result<(), SessionError> {
        // The store's time, since that is what its rows are stamped with; read first, so that
        // nothing lies behind it.
        let asked = Uptime::now();
        let now = self.store.now().await?;
        if self.store.keeps_time() {
            self.clock.learn(now, asked);
        }
        let kept = self.config.tokens.access_ttl + self.config.tokens.leeway + SLACK;
        let horizon = now.minus(kept);
        let last = Timestamp::from_millis(self.feed.read_up_to.load(Ordering::Acquire));
        let origin = self.store.origin();
        // A clock that was set back makes tokens good again that had expired, and were forgotten.
        // Another server may know of revocations that the former never had. Read it all anew.
        let since = if now < last || origin != self.feed.origin.load(Ordering::Acquire) {
            horizon
        } else {
            last.minus(OVERLAP).max(horizon)
        };
        for revocation in self.store.revoked_since(since).await? {
            self.revocations.revoke(revocation.session, revocation.at);
        }
        self.revocations
            .note_users(&self.store.users_changed_since(since).await?);
        self.revocations.forget(horizon, kept);
        self.feed.read_up_to.store(now.millis(), Ordering::Release);
        self.feed.origin.store(origin, Ordering::Release);
        let answered = u64::try_from(self.feed.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.feed.answered.store(answered, Ordering::Release);
        Ok(())
    }
}

/// Reads revocations from the store until the application drops its last handle to `auth`.
struct Follower {
    auth: Weak<Inner>,
    /// `None` from a store that is only polled.
    changes: Option<Changes>,
    was_stale: bool,
}

impl Follower {
    async fn run(mut self, poll: Duration) {
        let mut ticks = tokio::time::interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = tokio::select! {
                _ = ticks.tick() => false,
                () = change(&mut self.changes) => true,
            };
            let Some(auth) = self.auth.upgrade() else { return };
            self.poll(&auth).await;
            drop(auth);
            if told {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn poll(&mut self, auth: &Inner) {
        let polled = auth.poll().await;
        let is_stale = auth.feed_is_stale();
        metrics::set(metrics::FEED_AGE_SECONDS, auth.feed.age().as_secs_f64());
        metrics::set(metrics::REVOKED_SESSIONS, auth.revocations.len() as f64);
        match (self.was_stale, is_stale, polled) {
            (false, true, Err(problem)) => {
                let age = auth.feed.age();
                error!("revocations made elsewhere cannot be read for {age:?}: {problem}");
            }
            (true, false, _) => info!("revocations made elsewhere are read again"),
            _ => {}
        }
        self.was_stale = is_stale;
    }
}

/// Returns when the store reports a change; waits for ever with a store that reports none.
async fn change(changes: &mut Option<Changes>) {
    if let Some(receiver) = changes {
        if receiver.changed().await.is_ok() {
            return;
        }
        *changes = None;
    }
    std::future::pending().await
}
