//! The application's own users: what the library reads of them, and what it may change.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use auth_core::session::{ListedAccount, NewAccount};
use auth_core::{Account, AccountError, AccountStore, Accounts, Role, SecretString, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::db::{Db, DbError, query};
use crate::orgs::Orgs;
use crate::roles::AppRole;

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        staff -> Bool,
        disabled -> Bool,
        created_at -> BigInt,
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = users)]
struct Row {
    id: String,
    email: String,
    email_key: String,
    password_hash: String,
    staff: bool,
    disabled: bool,
    created_at: i64,
}

impl Row {
    fn account(self) -> Result<Account, AccountError> {
        let id = UserId::new(self.id).map_err(|error| AccountError::Unavailable(Box::new(error)))?;
        let mut account =
            Account::new(id, self.email, self.password_hash).with_roles(self.staff.then_some(AppRole::Staff));
        account.disabled = self.disabled;
        Ok(account)
    }

    fn listed(self) -> Result<ListedAccount, AccountError> {
        let created_at = Timestamp::from_millis(self.created_at);
        Ok(ListedAccount::new(self.account()?, created_at))
    }
}

/// Carries out a change of the user `id`, in one transaction with what follows from it. If the role
/// of staff is to be kept, the change must leave an enabled user with it.
macro_rules! keeping {
    ($db:expr, $keep:expr, $id:expr, $change:expr) => {{
        let changed = query!($db, |conn| conn.transaction(async |conn| {
            let staff = || users::table.filter(users::staff.and(users::disabled.eq(false)));
            let is_staff = staff().filter(users::id.eq($id.as_str())).count();
            if $keep.is_some() {
                // Locks every row of staff: of two who close each other's account, the second waits
                // here.
                diesel::update(staff()).set(users::staff.eq(true)).execute(conn).await?;
            }
            let was_staff = $keep.is_some() && is_staff.get_result::<i64>(conn).await? == 1;
            let changed = $change.execute(conn).await?;
            if was_staff && staff().count().get_result::<i64>(conn).await? == 0 {
                return Err(diesel::result::Error::RollbackTransaction);
            }
            Ok(changed)
        }));
        match changed {
            Err(DbError::Query(diesel::result::Error::RollbackTransaction)) => {
                Err(AccountError::LastHolder(AppRole::Staff.name().to_owned()))
            }
            changed => changed.map_err(AccountError::from),
        }
    }};
}

/// The table of users. Cheap to clone.
#[derive(Clone)]
pub struct Users(pub Db);

#[async_trait]
impl Accounts for Users {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let row = users::table.filter(users::email_key.eq(email));
        let found = query!(self.0, |conn| async { row.first::<Row>(conn).await.optional() })?;
        found.map(Row::account).transpose()
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        self.row(id).await?.map(Row::account).transpose()
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        let row = users::table
            .find(id.as_str())
            .filter(users::password_hash.eq(current.expose()));
        let update = diesel::update(row).set(users::password_hash.eq(new.expose()));
        Ok(query!(self.0, |conn| update.execute(conn))? == 1)
    }
}

#[async_trait]
impl AccountStore for Users {
    async fn create(&self, new: NewAccount) -> Result<UserId, AccountError> {
        let id = UserId::random();
        let row = Row {
            id: id.to_string(),
            email_key: key(&new.email),
            email: new.email,
            password_hash: new.password_hash.expose().to_owned(),
            staff: is_staff(&new.roles),
            disabled: false,
            created_at: now(),
        };
        query!(self.0, |conn| diesel::insert_into(users::table)
            .values(&row)
            .execute(conn))?;
        Ok(id)
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        self.row(id).await?.map(Row::listed).transpose()
    }

    async fn list(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        let page = users::table
            .filter(users::email_key.gt(after.map(key).unwrap_or_default()))
            .order(users::email_key)
            .limit(i64::from(limit));
        let rows = query!(self.0, |conn| page.load::<Row>(conn))?;
        rows.into_iter().map(Row::listed).collect()
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        let set = (users::email.eq(email), users::email_key.eq(key(email)));
        let update = diesel::update(users::table.find(id.as_str())).set(set);
        found(query!(self.0, |conn| update.execute(conn))?)
    }

    async fn set_password_hash(&self, id: &UserId, hash: &SecretString) -> Result<(), AccountError> {
        let update = diesel::update(users::table.find(id.as_str())).set(users::password_hash.eq(hash.expose()));
        found(query!(self.0, |conn| update.execute(conn))?)
    }

    async fn set_roles(&self, id: &UserId, roles: Vec<String>, keep: Option<&str>) -> Result<(), AccountError> {
        let update = diesel::update(users::table.find(id.as_str())).set(users::staff.eq(is_staff(&roles)));
        found(keeping!(self.0, keep, id, update)?)
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        let update = diesel::update(users::table.find(id.as_str())).set(users::disabled.eq(true));
        let changed = keeping!(self.0, keep, id, update)?;
        found(changed)
    }

    async fn enable(&self, id: &UserId) -> Result<bool, AccountError> {
        let row = self.row(id).await?.ok_or(AccountError::NotFound)?;
        let update = diesel::update(users::table.find(id.as_str())).set(users::disabled.eq(false));
        found(query!(self.0, |conn| update.execute(conn))?)?;
        Ok(row.disabled)
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        let delete = diesel::delete(users::table.find(id.as_str()));
        let changed = keeping!(self.0, keep, id, delete)?;
        // Where the last owner has left, the members own the organisation.
        Orgs(self.0.clone()).heal().await?;
        found(changed)
    }
}

impl Users {
    async fn row(&self, id: &UserId) -> Result<Option<Row>, DbError> {
        let row = users::table.find(id.as_str());
        query!(self.0, |conn| async { row.first::<Row>(conn).await.optional() })
    }
}

fn key(email: &str) -> String {
    email.to_ascii_lowercase()
}

fn is_staff(roles: &[String]) -> bool {
    roles.iter().any(|role| role == AppRole::Staff.name())
}

fn found(rows: usize) -> Result<(), AccountError> {
    if rows == 1 { Ok(()) } else { Err(AccountError::NotFound) }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
