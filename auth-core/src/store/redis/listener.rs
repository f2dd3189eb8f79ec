//! Changes as they happen: a connection that does nothing but listen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::{PushInfo, PushKind, RedisResult, Value, cmd};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::link::Link;
use crate::store::Changes;

/// How often the listener sends `PING`: a connection can end without notice.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// How long to wait before connecting again: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Listens until it is dropped.
pub(super) struct Listener {
    changes: watch::Sender<()>,
    /// For the first subscriber: made before any message can arrive.
    first: Mutex<Option<Changes>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Must be called on a Tokio runtime.
    pub(super) fn start(link: Arc<Link>, channel: String) -> Listener {
        let (changes, first) = watch::channel(());
        let task = tokio::spawn(run(link, channel, changes.clone()));
        let first = Mutex::new(Some(first));
        Listener { changes, first, task }
    }

    pub(super) fn subscribe(&self) -> Changes {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.take().unwrap_or_else(|| self.changes.subscribe())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(link: Arc<Link>, channel: String, changes: watch::Sender<()>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let lost = Arc::new(Notify::new());
        match listen(&link, &channel, changes.clone(), Arc::clone(&lost)).await {
            Ok(mut connection) => {
                pause = FIRST_PAUSE;
                // Messages since the last connection are lost: read the keys.
                changes.send_replace(());
                while timeout(ASK_EVERY, lost.notified()).await.is_err() {
                    let there: RedisResult<Value> = cmd("PING").query_async(&mut connection).await;
                    if there.is_err() {
                        break;
                    }
                }
                debug!("the connection that listens to Redis was lost");
            }
            Err(problem) => debug!("Redis cannot be listened to: {problem}"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn listen(
    link: &Link,
    channel: &str,
    changes: watch::Sender<()>,
    lost: Arc<Notify>,
) -> RedisResult<::redis::aio::MultiplexedConnection> {
    let heard = move |push: PushInfo| {
        match push.kind {
            PushKind::Message => {
                // A message means "read the keys"; its content does not matter.
                changes.send_replace(());
            }
            PushKind::Disconnection => lost.notify_one(),
            _ => {}
        }
        Ok(())
    };
    let mut connection = link.connect_apart(heard).await?;
    connection.subscribe(channel).await?;
    Ok(connection)
}
