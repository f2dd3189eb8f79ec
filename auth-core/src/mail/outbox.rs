//! Messages between the answer to a request and their delivery.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::courier::{Courier, CourierError};
use super::letter::Letter;
use crate::audit::Escaped;

/// How many requests for a message are worked on at once; one more is refused.
const SLOTS: u32 = 256;

/// The pauses before the second, third and fourth try.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];

/// How long one try may take.
const TRY: Duration = Duration::from_secs(30);

/// How long the end of the program waits for what is under way.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// Delivers letters, a bounded number at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    courier: Arc<dyn Courier>,
    slots: Arc<Semaphore>,
}

/// The right to work on one message.
pub(crate) struct Slot(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Outbox {
    pub(crate) fn new(courier: Arc<dyn Courier>) -> Outbox {
        Outbox {
            courier,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn courier(&self) -> Arc<dyn Courier> {
        Arc::clone(&self.courier)
    }

    /// A free place, or `None` where too much is under way.
    pub(crate) fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok().map(Slot)
    }

    /// Delivers, and tries three times more where that fails.
    pub(crate) async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let letter = Arc::new(letter);
        let mut failed = match self.attempt(&letter).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        for pause in PAUSES {
            let cause = failed.to_string();
            tracing::warn!("a mail was not delivered and is tried again: {}", Escaped(&cause));
            sleep(pause).await;
            match self.attempt(&letter).await {
                Ok(()) => return Ok(()),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// On a task of its own, so that a panic of the application's courier is a failure like others.
    async fn attempt(&self, letter: &Arc<Letter>) -> Result<(), CourierError> {
        let (courier, letter) = (Arc::clone(&self.courier), Arc::clone(letter));
        let trying = tokio::spawn(async move { timeout(TRY, courier.deliver(letter.message())).await });
        match trying.await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(CourierError::new("the courier took longer than 30 s")),
            Err(_) => Err(CourierError::new("the courier panicked")),
        }
    }

    /// Waits for what is under way, but not for long.
    pub(crate) async fn finish(&self) {
        let _unfinished = timeout(LAST_WAIT, self.slots.acquire_many(SLOTS)).await;
    }
}
