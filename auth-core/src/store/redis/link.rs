//! The connection: one for all calls at once, made again when it is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, PushInfo, PushKind, RedisError, RedisResult,
    ServerErrorKind, Value, from_redis_value,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::config::RedisConfig;
use super::scripts::Call;
use crate::store::StoreError;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long to leave a server alone that could not be connected to: doubled from the first to the
/// last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// A way to the server.
///
/// The crate's own `ConnectionManager` does not suffice. It keeps a connection whose answers no
/// longer come, and gives up for good on a server that refuses while it loads its data.
pub(super) struct Link {
    client: Client,
    wait: Duration,
    response_timeout: Duration,
    state: Mutex<State>,
}

enum State {
    Open(Open),
    /// Not connected. After a failed attempt no call tries again before `Failed::until`.
    Closed(Option<Failed>),
}

#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    /// Set by each task that finds the connection unusable.
    lost: Arc<AtomicBool>,
}

struct Failed {
    error: RedisError,
    pause: Duration,
    until: Instant,
}

impl Link {
    /// Connects at the first call.
    pub(super) fn new(config: &RedisConfig) -> RedisResult<Link> {
        Ok(Link {
            client: Client::open(config.server.clone())?,
            wait: config.wait,
            response_timeout: config.response_timeout(),
            state: Mutex::new(State::Closed(None)),
        })
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &Call<'_>) -> Result<T, StoreError> {
        self.ask(&call.by_hash(), Some(call)).await
    }

    /// Runs a command.
    pub(super) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.ask(command, None).await
    }

    /// Lets go of the connection: the next call makes another.
    pub(super) async fn leave(&self) {
        let mut state = self.state.lock().await;
        *state = State::Closed(None);
    }

    /// A connection of the caller's own, which passes the server's push messages to `heard`.
    pub(super) async fn connect_apart(
        &self,
        heard: impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(self.response_timeout))
            .set_push_sender(heard);
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd, script: Option<&Call<'_>>) -> Result<T, StoreError> {
        let asked = async {
            let mut open = self.open().await?;
            let mut answer: RedisResult<Value> = command.query_async(&mut open.connection).await;
            if let (Some(script), Err(error)) = (script, &answer)
                && error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
            {
                // It was restarted, or told to forget. Not loaded first: it could be told so again
                // in between.
                answer = script.in_full().query_async(&mut open.connection).await;
            }
            if answer.as_ref().is_err_and(ends_connection) {
                open.lost.store(true, Ordering::Release);
            }
            answer
        };
        let answer = timeout(self.wait, asked).await.map_err(|_| StoreError::Timeout)??;
        // The crate's error would quote the answer.
        from_redis_value(answer).map_err(|_| StoreError::Corrupt("an answer of another form than expected".to_owned()))
    }

    async fn open(&self) -> RedisResult<Open> {
        let mut state = self.state.lock().await;
        let last_pause = match &*state {
            State::Open(open) if !open.lost.load(Ordering::Acquire) => return Ok(open.clone()),
            State::Closed(Some(failed)) if Instant::now() < failed.until => return Err(failed.error.clone()),
            State::Closed(Some(failed)) => Some(failed.pause),
            State::Open(_) | State::Closed(None) => None,
        };
        let lost = Arc::new(AtomicBool::new(false));
        let notice = Arc::clone(&lost);
        let connected = self.connect_apart(move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                notice.store(true, Ordering::Release);
            }
            Ok(())
        });
        match connected.await {
            Ok(connection) => {
                let open = Open { connection, lost };
                *state = State::Open(open.clone());
                Ok(open)
            }
            Err(error) => {
                let pause = last_pause.map_or(FIRST_PAUSE, |last| (last * 2).min(LAST_PAUSE));
                *state = State::Closed(Some(Failed {
                    error: error.clone(),
                    pause,
                    until: Instant::now() + pause,
                }));
                Err(error)
            }
        }
    }
}

/// Whether another connection may do better: this one is broken or gives no answers, or leads to a
/// server that is read-only now.
fn ends_connection(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(
            error.kind(),
            ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
        )
}

#[doc(hidden)]
impl From<RedisError> for StoreError {
    /// None of these texts holds a stored value or the password: the server names commands and
    /// lines of scripts, the crate its own troubles.
    fn from(error: RedisError) -> StoreError {
        if error.is_timeout() {
            StoreError::Timeout
        } else {
            StoreError::Database(Box::new(error))
        }
    }
}
