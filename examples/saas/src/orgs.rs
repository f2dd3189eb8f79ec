//! Organisations, who belongs to them, and their issues. A query inside an organisation takes a
//! `Within<OrgRole>`, so that no handler can call it without a rule about that organisation.

use async_trait::async_trait;
use auth_core::{Memberships, UserId, Within};
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::ForeignKeyViolation;
use diesel::result::Error::DatabaseError;
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::db::{Db, DbError, query};
use crate::roles::OrgRole;
use crate::users::users;

diesel::table! {
    orgs (id) {
        id -> Text,
        name -> Text,
    }
}

diesel::table! {
    memberships (org_id, user_id) {
        org_id -> Text,
        user_id -> Text,
        owner -> Bool,
    }
}

diesel::table! {
    issues (id) {
        id -> Text,
        org_id -> Text,
        author -> Nullable<Text>,
        title -> Text,
    }
}

/// The most rows of a list.
const MOST: i64 = 500;

diesel::joinable!(memberships -> orgs (org_id));
diesel::joinable!(memberships -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(memberships, orgs, users);

/// An organisation of a user.
#[derive(Queryable, Serialize)]
pub struct Org {
    pub id: String,
    pub name: String,
    /// Whether the user owns it.
    pub owner: bool,
}

/// A user who belongs to an organisation.
#[derive(Queryable, Serialize)]
pub struct Member {
    pub id: String,
    pub email: String,
    pub owner: bool,
}

/// An issue of an organisation.
#[derive(Queryable, Insertable, Serialize)]
#[diesel(table_name = issues)]
pub struct Issue {
    pub id: String,
    #[serde(skip)]
    pub org_id: String,
    /// `None`: the author deleted the account.
    pub author: Option<String>,
    pub title: String,
}

/// The tables of organisations. Cheap to clone.
#[derive(Clone)]
pub struct Orgs(pub Db);

impl Orgs {
    /// Makes an organisation, which `owner` owns.
    pub async fn create(&self, name: &str, owner: &UserId) -> Result<Org, DbError> {
        let id = Uuid::new_v4().to_string();
        let org = diesel::insert_into(orgs::table).values((orgs::id.eq(&id), orgs::name.eq(name)));
        let member = (
            memberships::org_id.eq(&id),
            memberships::user_id.eq(owner.as_str()),
            memberships::owner.eq(true),
        );
        let member = diesel::insert_into(memberships::table).values(member);
        query!(self.0, |conn| conn.transaction(async |conn| {
            org.execute(conn).await?;
            member.execute(conn).await
        }))?;
        Ok(Org {
            id,
            name: name.to_owned(),
            owner: true,
        })
    }

    /// The organisations of a user, by name.
    pub async fn of_user(&self, user: &UserId) -> Result<Vec<Org>, DbError> {
        let list = memberships::table
            .inner_join(orgs::table)
            .filter(memberships::user_id.eq(user.as_str()))
            .order((orgs::name, orgs::id))
            .limit(MOST)
            .select((orgs::id, orgs::name, memberships::owner));
        query!(self.0, |conn| list.load(conn))
    }

    /// Who belongs to an organisation, by e-mail.
    pub async fn members(&self, org: &Within<OrgRole>) -> Result<Vec<Member>, DbError> {
        let list = memberships::table
            .inner_join(users::table)
            .filter(memberships::org_id.eq(org.id().to_string()))
            .order(users::email_key)
            .limit(MOST)
            .select((users::id, users::email, memberships::owner));
        query!(self.0, |conn| list.load(conn))
    }

    /// Adds a member; says whether there is such an organisation. A user who belongs to it already
    /// stays what they are.
    pub async fn join(&self, org: Uuid, user: &UserId) -> Result<bool, DbError> {
        let member = (
            memberships::org_id.eq(org.to_string()),
            memberships::user_id.eq(user.as_str()),
            memberships::owner.eq(false),
        );
        let join = diesel::insert_into(memberships::table)
            .values(member)
            .on_conflict_do_nothing();
        match query!(self.0, |conn| join.execute(conn)) {
            Err(DbError::Query(DatabaseError(ForeignKeyViolation, _))) => Ok(false),
            joined => joined.map(|_| true),
        }
    }

    /// Removes a member who is no owner; says whether there was one.
    pub async fn remove(&self, org: &Within<OrgRole>, user: &str) -> Result<bool, DbError> {
        let row = memberships::table
            .find((org.id().to_string(), user))
            .filter(memberships::owner.eq(false));
        let removed = query!(self.0, |conn| diesel::delete(row).execute(conn))?;
        Ok(removed == 1)
    }

    /// Gives organisations without an owner to their members, and deletes those without a member.
    pub async fn heal(&self) -> Result<(), DbError> {
        let owners = diesel::alias!(memberships as owners);
        let owned_by = owners
            .filter(owners.field(memberships::owner))
            .select(owners.field(memberships::org_id));
        let promote = diesel::update(memberships::table.filter(memberships::org_id.ne_all(owned_by)))
            .set(memberships::owner.eq(true));
        let peopled = memberships::table.select(memberships::org_id);
        let delete = diesel::delete(orgs::table.filter(orgs::id.ne_all(peopled)));
        query!(self.0, |conn| conn.transaction(async |conn| {
            promote.execute(conn).await?;
            delete.execute(conn).await
        }))
        .map(drop)
    }

    /// Adds an issue.
    pub async fn report(&self, org: &Within<OrgRole>, author: &UserId, title: &str) -> Result<Issue, DbError> {
        let issue = Issue {
            id: Uuid::new_v4().to_string(),
            org_id: org.id().to_string(),
            author: Some(author.to_string()),
            title: title.to_owned(),
        };
        query!(self.0, |conn| diesel::insert_into(issues::table)
            .values(&issue)
            .execute(conn))?;
        Ok(issue)
    }

    /// The issues of an organisation, by title.
    pub async fn issues(&self, org: &Within<OrgRole>) -> Result<Vec<Issue>, DbError> {
        let list = issues::table
            .filter(issues::org_id.eq(org.id().to_string()))
            .order((issues::title, issues::id))
            .limit(MOST);
        query!(self.0, |conn| list.load(conn))
    }

    /// Deletes an issue of an organisation; says whether there was one.
    pub async fn delete_issue(&self, org: &Within<OrgRole>, issue: Uuid) -> Result<bool, DbError> {
        let row = issues::table
            .find(issue.to_string())
            .filter(issues::org_id.eq(org.id().to_string()));
        Ok(query!(self.0, |conn| diesel::delete(row).execute(conn))? == 1)
    }
}

#[async_trait]
impl Memberships<OrgRole> for Orgs {
    type Error = DbError;

    async fn roles(&self, user: &UserId, org: &Uuid) -> Result<Vec<OrgRole>, DbError> {
        let row = memberships::table
            .find((org.to_string(), user.as_str()))
            .select(memberships::owner);
        let owner: Option<bool> = query!(self.0, |conn| async { row.first(conn).await.optional() })?;
        let role = owner.map(|owner| if owner { OrgRole::Owner } else { OrgRole::Member });
        Ok(role.into_iter().collect())
    }
}
