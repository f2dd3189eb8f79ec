//! The application's own users: a table, and the trait that lets the library sign them in.

use std::sync::Arc;

use async_trait::async_trait;
use auth::{Account, AccountError, Accounts, SecretString, UserId};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::tokio::task::spawn_blocking;

use crate::roles::ClubRole;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The cost of a password hash.
const BCRYPT_COST: u32 = 12;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        password_hash -> Text,
        roles -> Text,
        left_at -> Nullable<Text>,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    id: i32,
    email: String,
    password_hash: String,
    roles: String,
    left_at: Option<String>,
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
        let manager = ConnectionManager::<SqliteConnection>::new(path);
        let pool = Pool::builder().max_size(4).build(manager).map_err(unavailable)?;
        pool.get()
            .map_err(unavailable)?
            .run_pending_migrations(MIGRATIONS)
            .map_err(AccountError::Unavailable)?;
        Ok(Users(Arc::new(pool)))
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`AccountError`]: the e-mail is taken, or the database does not answer.
    pub fn add(&self, email: &str, password: &str, roles: &[ClubRole]) -> Result<i32, AccountError> {
        let hash = bcrypt::hash(password, BCRYPT_COST).map_err(unavailable)?;
        let names: Vec<&str> = roles.iter().map(|role| auth::Role::name(*role)).collect();
        let row = (
            users::email.eq(email.to_ascii_lowercase()),
            users::password_hash.eq(hash),
            users::roles.eq(names.join(" ")),
        );
        let mut conn = self.0.get().map_err(unavailable)?;
        diesel::insert_into(users::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(&mut conn)
            .map_err(unavailable)?;
        users::table
            .filter(users::email.eq(email.to_ascii_lowercase()))
            .select(users::id)
            .first(&mut conn)
            .map_err(unavailable)
    }

    /// Whether this user has not left.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unavailable`] when the database does not answer.
    pub async fn is_member(&self, id: &UserId) -> Result<bool, AccountError> {
        Ok(self.find(id).await?.is_some_and(|account| !account.disabled))
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

#[async_trait]
impl Accounts for Users {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let email = email.to_owned();
        let row = self.query(move |conn| {
            let wanted = users::table.filter(users::email.eq(email));
            wanted.select(Row::as_select()).first(conn).optional()
        });
        row.await?.map(Account::try_from).transpose()
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        let Ok(id) = id.as_str().parse::<i32>() else {
            return Ok(None);
        };
        let row = self.query(move |conn| users::table.find(id).select(Row::as_select()).first(conn).optional());
        row.await?.map(Account::try_from).transpose()
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        let Ok(id) = id.as_str().parse::<i32>() else {
            return Ok(false);
        };
        let (current, new) = (current.expose().to_owned(), new.expose().to_owned());
        let changed = self.query(move |conn| {
            let row = users::table.filter(users::id.eq(id).and(users::password_hash.eq(current)));
            diesel::update(row).set(users::password_hash.eq(new)).execute(conn)
        });
        Ok(changed.await? == 1)
    }
}

impl TryFrom<Row> for Account {
    type Error = AccountError;

    fn try_from(row: Row) -> Result<Account, AccountError> {
        let id = UserId::new(row.id.to_string()).map_err(unavailable)?;
        let mut account = Account::new(id, row.email, SecretString::new(row.password_hash));
        account.roles = row.roles.split_whitespace().map(str::to_owned).collect();
        account.disabled = row.left_at.is_some();
        Ok(account)
    }
}

fn unavailable(problem: impl std::error::Error + Send + Sync + 'static) -> AccountError {
    AccountError::Unavailable(Box::new(problem))
}
