//! Who has signed in: a table of this application's own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{Account, AccountError, Accounts, Role, SecretString, UserId};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::tokio::task::spawn_blocking;

use crate::Member;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

diesel::table! {
    users (id) {
        id -> Text,
        issuer -> Text,
        subject -> Text,
        roles -> Text,
        disabled -> Bool,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    id: String,
    roles: String,
    disabled: bool,
}

/// The table of users. Cheap to clone.
#[derive(Clone)]
pub struct Users(Arc<Pool<ConnectionManager<SqliteConnection>>>);

impl Users {
    /// Opens the database, and makes the table where it is missing.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unavailable`] when the file cannot be opened or changed.
    pub fn open(path: &str) -> Result<Users, AccountError> {
        let mut first = SqliteConnection::establish(path).map_err(unavailable)?;
        // The file keeps this mode. A reader does not wait for a writer.
        first.batch_execute("PRAGMA journal_mode = WAL").map_err(unavailable)?;
        first
            .run_pending_migrations(MIGRATIONS)
            .map_err(AccountError::Unavailable)?;
        let pool = Pool::builder()
            .max_size(4)
            .connection_timeout(Duration::from_secs(2))
            .connection_customizer(Box::new(Patient))
            .build(ConnectionManager::new(path))
            .map_err(unavailable)?;
        Ok(Users(Arc::new(pool)))
    }

    /// The user whom `issuer` calls `subject`; a new guest at the first time.
    ///
    /// These two together identify the user, never the e-mail. An address may have changed hands,
    /// or may never have been verified. An attacker who controls it at one provider would be let in
    /// as the user of another.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unavailable`] when the database does not answer.
    pub async fn of(&self, issuer: &str, subject: &str) -> Result<UserId, AccountError> {
        let (id, issuer, subject) = (UserId::random(), issuer.to_owned(), subject.to_owned());
        let id = self.query(move |conn| {
            let new = (
                users::id.eq(id.as_str()),
                users::issuer.eq(&issuer),
                users::subject.eq(&subject),
                users::roles.eq(Member::Guest.name()),
            );
            // First of all, so that of two browsers at once the second finds the first one's user.
            diesel::insert_into(users::table)
                .values(new)
                .on_conflict_do_nothing()
                .execute(conn)?;
            let known = users::table.filter(users::issuer.eq(&issuer).and(users::subject.eq(&subject)));
            known.select(users::id).first::<String>(conn)
        });
        UserId::new(id.await?).map_err(unavailable)
    }

    /// Runs a query on a thread where it may block.
    async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AccountError> {
        let pool = Arc::clone(&self.0);
        let work = move || query(&mut *pool.get().map_err(unavailable)?).map_err(unavailable);
        spawn_blocking(work).await.map_err(unavailable)?
    }
}

/// A connection that waits while another one writes.
#[derive(Debug)]
struct Patient;

impl CustomizeConnection<SqliteConnection, PoolError> for Patient {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), PoolError> {
        conn.batch_execute("PRAGMA busy_timeout = 2000")
            .map_err(PoolError::QueryError)
    }
}

#[async_trait]
impl Accounts for Users {
    /// No user signs in with a password here.
    async fn find_by_email(&self, _: &str) -> Result<Option<Account>, AccountError> {
        Ok(None)
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        let id = id.as_str().to_owned();
        let row = self.query(move |conn| users::table.find(id).select(Row::as_select()).first(conn).optional());
        row.await?.map(Account::try_from).transpose()
    }

    async fn replace_password_hash(
        &self,
        _: &UserId,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<bool, AccountError> {
        Ok(false)
    }
}

impl TryFrom<Row> for Account {
    type Error = AccountError;

    fn try_from(row: Row) -> Result<Account, AccountError> {
        let id = UserId::new(row.id).map_err(unavailable)?;
        // No e-mail, and a hash that no password has.
        let mut account = Account::new(id, "", SecretString::new(""));
        account.roles = row.roles.split_whitespace().map(str::to_owned).collect();
        account.disabled = row.disabled;
        Ok(account)
    }
}

fn unavailable(problem: impl std::error::Error + Send + Sync + 'static) -> AccountError {
    AccountError::Unavailable(Box::new(problem))
}
