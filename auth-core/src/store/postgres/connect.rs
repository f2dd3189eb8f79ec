//! One connection: made, set up, and known to be alive or not.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use diesel::connection::CacheSize;
use diesel_async::pg::AsyncPgConnection;
use diesel_async::{AnsiTransactionManager, AsyncConnection, SimpleAsyncConnection, TransactionManager};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, SimpleQueryMessage, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use super::url::Target;
use crate::store::origin::Origin;
use crate::store::{OpenError, Pooler, StoreError};

/// How long a server may take to let us in before it counts as not there, when a store is opened.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the server is a standby, or only reads for another reason: then it is, or is about to
/// be, a former primary.
pub(super) const ONLY_READS: &str = "pg_is_in_recovery() OR current_setting('transaction_read_only')::bool";

/// Tells one server from another, and from itself before a restart. Every database user may read
/// it.
pub(super) const IDENTITY: &str = "extract(epoch FROM pg_postmaster_start_time())::text";

pub(super) const STANDBY: &str =
    "the PostgreSQL server only reads, as a standby or a former primary: point the server at the primary";

/// What the transport of a connection is, behind the plain text or the TLS.
pub(super) type Transport = tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// How connections are made.
pub(super) struct Connector {
    target: Target,
    tls: MakeRustlsConnect,
    pooler: Pooler,
    /// How long a statement may take.
    wait: Duration,
    origin: Origin,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum ConnectError {
    /// The attempt failed.
    Failed(tokio_postgres::Error),
    /// Diesel could not set the connection up.
    SetUp(diesel::ConnectionError),
    /// It leads to a server that only reads.
    OnlyReads,
}

impl Connector {
    pub(super) fn new(target: Target, pooler: Pooler, wait: Duration) -> Result<Connector, OpenError> {
        let tls = tls::connector(&target.protection).map_err(|problem| OpenError::Certificates {
            database: target.name.clone(),
            problem,
        })?;
        Ok(Connector {
            target,
            tls,
            pooler,
            wait,
            origin: Origin::default(),
        })
    }

    /// How messages name the database.
    pub(super) fn name(&self) -> &str {
        &self.target.name
    }

    /// A bare connection, not set up; its transport has to be driven.
    pub(super) async fn bare(&self) -> Result<(Client, Transport), tokio_postgres::Error> {
        self.target.config.connect(self.tls.clone()).await
    }

    /// What stands between us and the server.
    pub(super) fn pooler(&self) -> Pooler {
        self.pooler
    }

    /// What a transaction of the store begins with.
    pub(super) fn begin(&self) -> String {
        match self.pooler {
            Pooler::None => "BEGIN".to_owned(),
            Pooler::Transaction => format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; {}",
                limits(self.wait, Scope::Local)
            ),
        }
    }

    /// A connection for the store's statements, to a server that writes.
    pub(super) async fn connect(&self) -> Result<Connection, ConnectError> {
        let (client, driver) = self.dial().await?;
        if self.pooler == Pooler::None {
            self.meet(&client).await?;
        }
        let number = self.origin.number();
        let mut pg = self.diesel(client).await?;
        if self.pooler == Pooler::None {
            let limits = limits(self.wait, Scope::Session);
            run(&mut pg, &format!("{limits}\n{PLANS}")).await?;
        }
        Ok(Connection { pg, driver, number })
    }

    /// A connection whose statements may take as long as the server allows.
    pub(super) async fn unlimited(&self) -> Result<(AsyncPgConnection, Driver), ConnectError> {
        let (client, driver) = self.dial().await?;
        Ok((self.diesel(client).await?, driver))
    }

    /// A bare connection that is driven.
    pub(super) async fn dial(&self) -> Result<(Client, Driver), ConnectError> {
        let (client, transport) = self.bare().await?;
        // An error of the connection reaches the task that waits for an answer. Here only the end
        // of the connection matters.
        let driver = Driver::spawn(async move {
            let _ended = transport.await;
        });
        Ok((client, driver))
    }

    /// Notes which server is at the other end of a connection that is ours alone.
    pub(super) async fn meet(&self, client: &Client) -> Result<(), ConnectError> {
        let answer = client.simple_query(&format!("SELECT {ONLY_READS}, {IDENTITY}")).await?;
        let row = answer.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let only_reads = row.as_ref().is_none_or(|row| row.get(0) != Some("f"));
        self.met(only_reads, row.as_ref().and_then(|row| row.get(1)).unwrap_or_default())
            .map_err(|_| ConnectError::OnlyReads)
    }

    /// Notes what a statement said of the server.
    pub(super) fn met(&self, only_reads: bool, identity: &str) -> Result<(), StoreError> {
        if only_reads {
            self.origin.left();
            return Err(StoreError::Displaced(STANDBY));
        }
        self.origin.met(identity.to_owned());
        Ok(())
    }

    /// Which server the connections lead to.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// A connection that drives itself, for others than the store.
    pub(super) async fn for_application(&self) -> Result<AsyncPgConnection, OpenError> {
        let connecting = async {
            let (client, transport) = self.bare().await?;
            // It ends when the client is dropped.
            tokio::spawn(transport);
            let mut pg = self.diesel(client).await?;
            if self.pooler == Pooler::None {
                run(&mut pg, &limits(self.wait, Scope::Session)).await?;
            }
            Ok(pg)
        };
        self.in_time(connecting).await
    }

    /// Diesel sets UTC and UTF-8. Those settings end with the transaction on connections where they
    /// must not stay. That is safe: times are numbers here, and `tokio-postgres` sets UTF-8 as it
    /// connects.
    async fn diesel(&self, client: Client) -> Result<AsyncPgConnection, ConnectError> {
        match self.pooler {
            Pooler::None => Ok(AsyncPgConnection::try_from(client).await?),
            Pooler::Transaction => {
                client.batch_execute("BEGIN").await?;
                let mut pg = AsyncPgConnection::try_from(client).await?;
                // A statement has a name all the same, for as long as it runs.
                pg.set_prepared_statement_cache_size(CacheSize::Disabled);
                run(&mut pg, "ROLLBACK").await?;
                Ok(pg)
            }
        }
    }

    /// What `connecting` gives, unless the server takes too long to let us in.
    pub(super) async fn in_time<T>(
        &self,
        connecting: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, OpenError> {
        let connected = match timeout(PATIENCE, connecting).await {
            Ok(connected) => connected.map_err(|error| Box::new(error).into()),
            Err(_) => Err("it did not answer in time".into()),
        };
        connected.map_err(|source| OpenError::Database {
            database: self.name().to_owned(),
            source,
        })
    }
}

/// PostgreSQL plans each statement once. The rotation has so many values that planning it takes
/// longer than running it. Each of the store's statements finds its rows by an index, for all
/// values. A plan without values does not know how few rows a range has, and must not read a whole
/// table for it.
const PLANS: &str = "SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;";

/// For how long settings are set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Session,
    /// For the transaction.
    Local,
}

/// Statements and locks may take `wait` at most, and nothing holds a transaction open longer. The
/// revocation feed needs that: a commit must become visible soon after the time it is stamped with.
fn limits(wait: Duration, scope: Scope) -> String {
    let wait = wait.as_millis();
    let (lock, transaction) = (wait * 3 / 4, wait * 4);
    let (set, local) = match scope {
        Scope::Session => ("SET", "false"),
        Scope::Local => ("SET LOCAL", "true"),
    };
    let mut limits = format!(
        "{set} statement_timeout = {wait};
         {set} lock_timeout = {lock};
         {set} idle_in_transaction_session_timeout = {wait};
         -- What was answered is kept: commits that are not on the disk would be forgotten by a crash.
         SELECT set_config('synchronous_commit', 'on', {local}) WHERE current_setting('synchronous_commit') = 'off';
         -- Since PostgreSQL 17.
         SELECT set_config('transaction_timeout', '{transaction}', {local})
          WHERE current_setting('transaction_timeout', true) IS NOT NULL;"
    );
    if scope == Scope::Session {
        limits.push_str(
            "SET default_transaction_isolation = 'read committed';
             -- A deadlock is known by its message, so that should not be translated. Not every user may say so.
             DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
        );
    }
    limits
}

async fn run(pg: &mut AsyncPgConnection, sql: &str) -> Result<(), ConnectError> {
    let ran = pg.batch_execute(sql).await;
    Ok(ran.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?)
}

/// A connection of the pool.
pub(super) struct Connection {
    pub(super) pg: AsyncPgConnection,
    driver: Driver,
    /// That of the origin when it was made.
    number: u64,
}

/// The task that moves the connection's bytes.
pub(super) struct Driver(JoinHandle<()>);

impl Driver {
    pub(super) fn spawn(driving: impl Future<Output = ()> + Send + 'static) -> Driver {
        Driver(tokio::spawn(driving))
    }

    /// Returns when the connection is closed.
    pub(super) async fn ended(&mut self) {
        let _panicked = (&mut self.0).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Closes the socket, even while statements are under way. The client would first wait for
        // answers, from a server that may never give any.
        self.0.abort();
    }
}

impl Connection {
    /// Whether a statement can be sent: the connection is not known to be closed, it still leads to
    /// the current server, and no transaction is open.
    pub(super) fn is_usable(&mut self, origin: &Origin) -> bool {
        self.number == origin.number()
            && !self.driver.0.is_finished()
            && !AnsiTransactionManager::is_broken_transaction_manager(&mut self.pg)
    }
}

impl ConnectError {
    /// Whether another attempt may fare better: the server is not there, starting, stopping or
    /// full.
    pub(super) fn is_passing(&self) -> bool {
        let error = match self {
            ConnectError::Failed(error) => error,
            // A standby may be promoted, but at an unknown time: callers should learn why they are
            // refused.
            ConnectError::SetUp(_) | ConnectError::OnlyReads => return false,
        };
        match error.code() {
            Some(code) => [
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::TOO_MANY_CONNECTIONS,
            ]
            .contains(code),
            None => error
                .source()
                .is_none_or(|source| source.downcast_ref::<std::io::Error>().is_some()),
        }
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> ConnectError {
        ConnectError::Failed(error)
    }
}

impl From<diesel::ConnectionError> for ConnectError {
    fn from(error: diesel::ConnectionError) -> ConnectError {
        ConnectError::SetUp(error)
    }
}

/// With the causes, which tell what the error itself does not: that the server refused, or is not
/// there.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error: &dyn Error = match self {
            ConnectError::Failed(error) => error,
            ConnectError::SetUp(error) => error,
            ConnectError::OnlyReads => return f.write_str(STANDBY),
        };
        write!(f, "{error}")?;
        while let Some(cause) = error.source() {
            write!(f, ": {cause}")?;
            error = cause;
        }
        Ok(())
    }
}

impl Error for ConnectError {}
