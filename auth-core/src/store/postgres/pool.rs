//! The connections, and how a piece of work is run on one: in time, again where that is safe, and
//! never on a dead one.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pg::AsyncPgConnection;
use diesel_async::{AnsiTransactionManager, TransactionManager};
use tokio::time::{Instant, sleep, timeout};

use super::config::PostgresConfig;
use super::connect::{ConnectError, Connection, Connector, STANDBY};
use crate::clock::random_between;
use crate::store::{Pooler, StoreError};

/// How often work is done again that the database undid to resolve a conflict.
const RETRIES: u32 = 3;

/// The first pause before connecting or working again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// A piece of work on a connection. It may be run more than once.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'c>>;

/// Why a piece of work failed.
#[derive(Debug)]
pub(super) enum Failure {
    Database(DieselError),
    Store(StoreError),
}

pub(super) struct Pool {
    pool: managed::Pool<Manager>,
    /// How long a call may take as a whole.
    limit: Duration,
    /// Whether every piece of work is a transaction, since only a transaction keeps its connection.
    is_lent: bool,
    /// What a transaction begins with.
    begin: String,
}

impl Pool {
    /// Makes no connection yet.
    pub(super) fn new(connector: Arc<Connector>, config: &PostgresConfig) -> Pool {
        let (is_lent, begin) = (connector.pooler() == Pooler::Transaction, connector.begin());
        let manager = Manager {
            connector,
            // Less than a call has, so that the caller learns why there is no connection.
            patience: config.wait * 3 / 4,
        };
        let pool_config = PoolConfig {
            max_size: config.pool_size.max(1),
            timeouts: Timeouts {
                wait: Some(config.wait),
                create: None,
                recycle: None,
            },
            // The connection used last has its statements prepared.
            queue_mode: QueueMode::Lifo,
        };
        let pool = managed::Pool::builder(manager)
            .config(pool_config)
            .runtime(Runtime::Tokio1)
            .build()
            .expect("a runtime is given, which is all that can be missing");
        Pool {
            pool,
            limit: config.limit(),
            is_lent,
            begin,
        }
    }

    /// Runs `work` on a connection, and again when the database undid it because of a conflict with
    /// other work. Each of its statements is committed by itself, unless a pooler lends the
    /// connection.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        self.in_time(work, self.is_lent).await
    }

    /// The same in one transaction. The work must not begin one.
    pub(super) async fn transact<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        self.in_time(work, true).await
    }

    /// The same on a connection made for it: that leads where the address does now, wherever the
    /// others were made to lead.
    pub(super) async fn run_anew<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        let done = async {
            let connected = self.pool.manager().connector.connect().await;
            let mut connection = connected.map_err(|error| no_connection(PoolError::Backend(error)))?;
            work(&mut connection.pg).await
        };
        match timeout(self.limit, done).await {
            Ok(done) => done.map_err(StoreError::from),
            Err(_) => Err(StoreError::Timeout),
        }
    }

    async fn in_time<T, W>(&self, work: W, as_one: bool) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        let attempts = async {
            let mut pause = Pause::between(FIRST_PAUSE, LONGEST_PAUSE);
            for _ in 0..RETRIES {
                match self.attempt(&work, as_one).await {
                    Err(Failure::Database(error)) if is_conflict(&error) => pause.next().await,
                    done => return done,
                }
            }
            self.attempt(&work, as_one).await
        };
        match timeout(self.limit, attempts).await {
            Ok(done) => done.map_err(StoreError::from),
            Err(_) => Err(StoreError::Timeout),
        }
    }

    async fn attempt<T, W>(&self, work: &W, as_one: bool) -> Result<T, Failure>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        let connection = self.pool.get().await.map_err(no_connection)?;
        let mut lease = Lease(Some(connection));
        let done = if as_one {
            self.in_transaction(lease.connection(), work).await
        } else {
            work(lease.connection()).await
        };
        if !matches!(&done, Err(Failure::Database(error)) if is_fatal(error)) {
            lease.give_back();
        }
        done
    }

    async fn in_transaction<T, W>(&self, conn: &mut AsyncPgConnection, work: &W) -> Result<T, Failure>
    where
        T: Send,
        W: for<'c> Fn(&'c mut AsyncPgConnection) -> Work<'c, T> + Send + Sync,
    {
        AnsiTransactionManager::begin_transaction_sql(conn, &self.begin).await?;
        match work(conn).await {
            Ok(done) => {
                AnsiTransactionManager::commit_transaction(conn).await?;
                Ok(done)
            }
            Err(failure) => match AnsiTransactionManager::rollback_transaction(conn).await {
                Ok(()) | Err(DieselError::BrokenTransactionManager) => Err(failure),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Closes the connections; calls made later are refused.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// A connection in use. Unless it is given back it is closed: an answer may still be on its way on
/// it, from a server that hangs.
struct Lease(Option<Object<Manager>>);

impl Lease {
    fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.0.as_mut().expect("it is given back once, at the end").pg
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

pub(super) struct Manager {
    connector: Arc<Connector>,
    /// How long to go on connecting to a server that is not there.
    patience: Duration,
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = ConnectError;

    /// Tries again, with ever longer pauses, so that clients do not crowd a server that restarts.
    /// There are at most as many attempts at once as the pool has connections.
    async fn create(&self) -> Result<Connection, ConnectError> {
        let give_up = Instant::now() + self.patience;
        let mut pause = Pause::between(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            match self.connector.connect().await {
                Err(error) if error.is_passing() && Instant::now() < give_up => pause.next().await,
                connected => return connected,
            }
        }
    }

    /// Looks at what is known already: nothing is sent.
    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<ConnectError> {
        if connection.is_usable(self.connector.origin()) {
            Ok(())
        } else {
            Err(RecycleError::message("the connection is closed"))
        }
    }
}

/// Pauses that double, with jitter.
pub(super) struct Pause {
    next: Duration,
    longest: Duration,
}

impl Pause {
    pub(super) fn between(first: Duration, longest: Duration) -> Pause {
        Pause { next: first, longest }
    }

    pub(super) async fn next(&mut self) {
        let longest = self.next;
        self.next = (longest * 2).min(self.longest);
        sleep(random_between(longest / 2, longest)).await;
    }
}

/// Whether the database undid the work because of other work: 40001, 40P01. Diesel tells no code of
/// the latter.
fn is_conflict(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message() == "deadlock detected",
        _ => false,
    }
}

/// Whether the connection is of no more use: it is gone, or leads to a server that only reads, such
/// as a former primary.
fn is_fatal(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::ReadOnlyTransaction,
            _
        ) | DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. }
    )
}

fn no_connection(error: PoolError<ConnectError>) -> Failure {
    Failure::Store(match error {
        PoolError::Timeout(_) => StoreError::Timeout,
        PoolError::Closed => StoreError::Closed,
        PoolError::Backend(ConnectError::OnlyReads) => StoreError::Displaced(STANDBY),
        PoolError::Backend(error) => StoreError::Database(Box::new(error)),
        other => StoreError::Database(other.to_string().into()),
    })
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Failure {
        Failure::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::Store(error) => error,
        }
    }
}

/// The row of a statement that changes one row and runs alone, once the database has confirmed the
/// commit.
///
/// Diesel's `get_result` returns as soon as it has the row. A server that is shut down at once (or
/// after another of its processes crashed) may still send rows that it never commits. `get_results`
/// reads to the end of the answer, which comes after the commit.
pub(super) async fn confirmed<Row>(rows: impl Future<Output = QueryResult<Vec<Row>>>) -> QueryResult<Option<Row>> {
    Ok(rows.await?.pop())
}
