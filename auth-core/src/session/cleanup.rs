//! Sessions that are long over leave the database.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tracing::{error, info};

use super::{Auth, Inner, SessionError};
use crate::clock::random_between;

/// For how long a session stays after its absolute end, so that clocks that differ a little find
/// it.
const KEEP: Duration = Duration::from_secs(120);

/// How many sessions one statement deletes: few enough that no client waits long for it.
const BATCH: u32 = 50;

/// The pause after a batch: `BREATHS` times as long as the batch took, and at least `BREATH`. A
/// client that refreshes waits for a batch only now and then. The writes that batches leave are
/// spread over the commits of many clients.
const BREATHS: u32 = 9;
const BREATH: Duration = Duration::from_millis(5);

impl Auth {
    /// Starts to delete expired sessions every `auth.sessions.cleanup_interval`, give or take a
    /// quarter, so that nodes that started together do not clean together. It stops when the last
    /// clone of `self` is dropped. Must be called on a Tokio runtime.
    pub fn clean_regularly(&self) {
        let every = self.0.config.sessions.cleanup_interval;
        if !every.is_zero() {
            tokio::spawn(clean(Arc::downgrade(&self.0), every));
        }
    }
}

impl Inner {
    pub(super) async fn delete_expired_sessions(&self) -> Result<u64, SessionError> {
        let mut deleted = 0;
        loop {
            let begun = Instant::now();
            let batch = self.store.delete_expired(KEEP, BATCH).await?;
            deleted += batch as u64;
            let tickets = self.store.delete_expired_tickets(KEEP, BATCH).await?;
            if batch.max(tickets) < BATCH as usize {
                return Ok(deleted);
            }
            tokio::time::sleep((begun.elapsed() * BREATHS).max(BREATH)).await;
        }
    }
}

async fn clean(auth: Weak<Inner>, every: Duration) {
    loop {
        tokio::time::sleep(with_jitter(every)).await;
        let Some(auth) = auth.upgrade() else { return };
        match auth.delete_expired_sessions().await {
            Ok(0) => {}
            Ok(deleted) => info!(deleted, "expired sessions were deleted"),
            Err(problem) => error!("expired sessions could not be deleted: {problem}"),
        }
    }
}

/// From three to five quarters of `every`.
fn with_jitter(every: Duration) -> Duration {
    random_between(every * 3 / 4, every * 5 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_quarter() {
        let hour = Duration::from_secs(3600);
        for _ in 0..1000 {
            assert!((hour * 3 / 4..=hour * 5 / 4).contains(&with_jitter(hour)));
        }
        assert!(with_jitter(Duration::from_secs(30 * 24 * 3600)) > hour, "no overflow");
    }
}
