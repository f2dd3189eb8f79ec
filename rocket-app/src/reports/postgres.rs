use std::time::Duration;

use auth_core::Config;
use auth_core::config::Migrate;
use auth_core::store::connect_postgres;
use diesel::connection::Connection;
use diesel::prelude::{ConnectionError, OptionalExtension, QueryDsl};
use diesel::sql_types::BigInt;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::time::timeout;

use super::report::{Report, ReportError, reports, unavailable};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What nodes that start at once lock, so that one of them makes the table: a text as a number.
const LOCK: i64 = i64::from_be_bytes(*b"reportsm");

/// How long a request waits for its report.
const WAIT: Duration = Duration::from_secs(2);

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_advisory_xact_lock(key: BigInt) -> Text;
}

/// The table in PostgreSQL, on a few connections made as the library makes its own.
#[derive(Clone)]
pub(super) struct Table(Pool<AsyncPgConnection>);

impl Table {
    pub(super) async fn open(config: &Config) -> Result<Table, ReportError> {
        let pooler = config.postgres.pooler;
        if config.migrate == Migrate::Auto {
            make(connect_postgres(config.store_url(), pooler).await?).await?;
        }
        let mut manager = ManagerConfig::default();
        // By the protocol that prepares nothing.
        manager.recycling_method = RecyclingMethod::CustomFunction(Box::new(|conn: &mut AsyncPgConnection| {
            Box::pin(conn.batch_execute(""))
        }));
        manager.custom_setup = Box::new(move |url| {
            Box::pin(async move {
                let connected = connect_postgres(url, pooler).await;
                connected.map_err(|error| ConnectionError::BadConnection(error.to_string()))
            })
        });
        let manager = AsyncDieselConnectionManager::new_with_config(config.store_url(), manager);
        let pool = Pool::builder(manager).max_size(4).build().map_err(unavailable)?;
        Ok(Table(pool))
    }

    // A pooler may lend each transaction another connection, so that no statement stands alone.

    pub(super) async fn find(&self, id: i32) -> Result<Option<Report>, ReportError> {
        in_time(async {
            let mut conn = self.connection().await?;
            let found = conn.transaction(async |conn| reports::table.find(id).first(conn).await.optional());
            found.await.map_err(unavailable)
        })
        .await
    }

    pub(super) async fn put(&self, report: Report) -> Result<(), ReportError> {
        in_time(async {
            let mut conn = self.connection().await?;
            let put = diesel::insert_into(reports::table)
                .values(&report)
                .on_conflict(reports::id)
                .do_update()
                .set(&report);
            let put = conn.transaction(async |conn| put.execute(conn).await);
            put.await.map(drop).map_err(unavailable)
        })
        .await
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>, ReportError> {
        self.0.get().await.map_err(unavailable)
    }
}

/// Makes the table where it is missing.
async fn make(conn: AsyncPgConnection) -> Result<(), ReportError> {
    tokio::task::spawn_blocking(move || {
        let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
        Connection::transaction(&mut conn, |conn| {
            diesel::RunQueryDsl::execute(diesel::select(pg_advisory_xact_lock(LOCK)), conn)?;
            conn.run_pending_migrations(MIGRATIONS).map(drop)
        })
    })
    .await
    .map_err(unavailable)?
    .map_err(ReportError::Unavailable)
}

async fn in_time<T>(work: impl Future<Output = Result<T, ReportError>>) -> Result<T, ReportError> {
    timeout(WAIT, work).await.map_err(|_| ReportError::TimedOut)?
}
