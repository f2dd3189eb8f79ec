//! Changes as they are committed, by `LISTEN` on a connection of its own.
//!
//! What goes unheard is polled for, so all that is needed here is to say when something may have: after each connect,
//! since nothing is kept for whoever is not connected.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::broadcast::{Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client};
use tracing::{info, warn};

use super::connect::{ConnectError, Connector, Driver};
use super::pool::Pause;
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::{Change, Changes, Cutoff, Revocation};

/// The channel that the triggers notify.
const CHANNEL: &str = "auth_changes";

/// How many changes a receiver may lag behind before it is told to read again.
const BACKLOG: usize = 1024;

/// How often the server is asked whether it is there, and how long it may take to say so.
const HEARTBEAT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(5);

/// The pauses between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Connects when somebody first asks for changes.
pub(super) struct Listener {
    connector: Arc<Connector>,
    running: OnceLock<Running>,
}

struct Running {
    changes: Sender<Change>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) fn new(connector: Arc<Connector>) -> Listener {
        Listener {
            connector,
            running: OnceLock::new(),
        }
    }

    /// What is committed from now on; begins with [`Change::Missed`] once the server listens.
    pub(super) fn changes(&self) -> Changes {
        let running = self.running.get_or_init(|| {
            let (changes, _) = channel(BACKLOG);
            let task = tokio::spawn(listen_for_ever(Arc::clone(&self.connector), changes.clone()));
            Running { changes, task }
        });
        running.changes.subscribe()
    }
}

impl Listener {
    /// Ends listening.
    pub(super) fn stop(&self) {
        if let Some(running) = self.running.get() {
            running.task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen_for_ever(connector: Arc<Connector>, changes: Sender<Change>) {
    let mut pause = Pause::between(FIRST_PAUSE, LONGEST_PAUSE);
    // Said once per outage.
    let mut is_down = false;
    loop {
        let listening = timeout(ANSWER, listen(&connector, &changes)).await;
        match listening.unwrap_or_else(|_| Err("no answer".to_owned())) {
            Ok((client, driver)) => {
                info!("listening to {} for revocations", connector.name());
                is_down = false;
                pause = Pause::between(FIRST_PAUSE, LONGEST_PAUSE);
                // The server listens by now: whatever is committed from here on is heard, the rest has to be read.
                tell(&changes, Change::Missed);
                until_silent(&client, driver).await;
            }
            Err(why) if !is_down => {
                warn!("cannot listen to {}, polling goes on: {why}", connector.name());
                is_down = true;
            }
            Err(_) => {}
        }
        pause.next().await;
    }
}

async fn listen(connector: &Connector, changes: &Sender<Change>) -> Result<(Client, Driver), String> {
    let told = |error| ConnectError::from(error).to_string();
    let (client, mut transport) = connector.bare().await.map_err(told)?;
    let changes = changes.clone();
    let driver = Driver::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| transport.poll_message(context)).await {
            if let AsyncMessage::Notification(heard) = message {
                tell(&changes, read(heard.payload()));
            }
        }
    });
    let listening = client.batch_execute(&format!("LISTEN {CHANNEL}")).await;
    listening.map_err(told)?;
    Ok((client, driver))
}

/// Returns when the connection is lost, or the server does not answer.
async fn until_silent(client: &Client, mut driver: Driver) {
    loop {
        tokio::select! {
            () = driver.ended() => return,
            () = sleep(HEARTBEAT) => match timeout(ANSWER, client.check_connection()).await {
                Ok(Ok(())) => {}
                _ => return,
            },
        }
    }
}

fn tell(changes: &Sender<Change>, change: Change) {
    // An error says that nobody follows at the moment.
    let _ = changes.send(change);
}

/// What the triggers write; anything else is a reason to read the tables.
fn read(payload: &str) -> Change {
    let read = || {
        let (kind, rest) = payload.split_once(' ')?;
        let (at, whose) = rest.split_once(' ')?;
        let at = Timestamp::from_millis(at.parse().ok()?);
        match kind {
            "revoked" => whose
                .parse()
                .ok()
                .map(|session| Change::Revoked(Revocation { session, at })),
            "cut_off" => UserId::new(whose).ok().map(|user| Change::CutOff(Cutoff { user, at })),
            _ => None,
        }
    };
    read().unwrap_or(Change::Missed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SessionId;

    #[test]
    fn what_cannot_be_read_means_that_something_was_missed() {
        let (session, user, at) = (SessionId::random(), UserId::random(), Timestamp::from_millis(7));
        assert_eq!(
            read(&format!("revoked 7 {session}")),
            Change::Revoked(Revocation { session, at })
        );
        assert_eq!(read(&format!("cut_off 7 {user}")), Change::CutOff(Cutoff { user, at }));
        for payload in ["", "hello", "revoked 7", "revoked x y", "cut_off 7 a b", "moved 7 x"] {
            assert_eq!(read(payload), Change::Missed, "{payload:?}");
        }
    }
}
