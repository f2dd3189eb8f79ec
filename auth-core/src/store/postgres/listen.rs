//! Notifications of committed changes, by `LISTEN` on a connection of its own.
//!
//! A notification means "read the tables". Its payload is ignored, as any role of the database may
//! send one. The server keeps none for a client that is away, so each new connection counts as a
//! notification.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch::{self, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client};
use tracing::{info, warn};

use super::connect::{ConnectError, Connector, Driver};
use super::pool::Pause;
use crate::store::Changes;

/// The channel that the triggers notify.
const CHANNEL: &str = "auth_changes";

/// How often the listener checks that the server is there, and how long the answer may take.
const HEARTBEAT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(5);

/// The pauses between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Connects when a caller first subscribes to changes.
pub(super) struct Listener {
    connector: Arc<Connector>,
    running: OnceLock<Running>,
}

struct Running {
    changes: Sender<()>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) fn new(connector: Arc<Connector>) -> Listener {
        Listener {
            connector,
            running: OnceLock::new(),
        }
    }

    /// Tells what is committed from now on; begins once the server listens.
    pub(super) fn changes(&self) -> Changes {
        let running = self.running.get_or_init(|| {
            let (changes, _) = channel(());
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

async fn listen_for_ever(connector: Arc<Connector>, changes: Sender<()>) {
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
                // The connection listens now and gets every later commit. The earlier ones must be
                // read.
                changes.send_replace(());
                let left = connector.origin().watch();
                until_silent(&client, driver, left).await;
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

async fn listen(connector: &Connector, changes: &Sender<()>) -> Result<(Client, Driver), String> {
    let told = |error| ConnectError::from(error).to_string();
    let (client, mut transport) = connector.bare().await.map_err(told)?;
    let changes = changes.clone();
    let driver = Driver::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| transport.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message {
                changes.send_replace(());
            }
        }
    });
    let listening = client.batch_execute(&format!("LISTEN {CHANNEL}")).await;
    listening.map_err(told)?;
    connector.meet(&client).await.map_err(|error| error.to_string())?;
    Ok((client, driver))
}

/// Returns when the connection is lost, the server does not answer, or another server took its
/// place.
async fn until_silent(client: &Client, mut driver: Driver, mut left: watch::Receiver<u64>) {
    loop {
        tokio::select! {
            () = driver.ended() => return,
            _ = left.changed() => return,
            () = sleep(HEARTBEAT) => match timeout(ANSWER, client.check_connection()).await {
                Ok(Ok(())) => {}
                _ => return,
            },
        }
    }
}
