use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use super::{RoleEnum, RoleSet, ScopedRole};
use crate::ids::UserId;

/// Where an application keeps which roles a user holds in an organisation, or in another scope.
///
/// Give it to the fairing with
/// `AuthBuilder::memberships`. The server asks it while it
/// decides a rule such as `OrgRole::Owner in org`: at most once for each scope and request, never
/// for an anonymous client, and not where the roles of the application decide already.
///
/// ```
/// use std::collections::HashMap;
/// use std::io;
///
/// use auth_core::{Memberships, Role, UserId};
/// use rocket::async_trait;
///
/// #[derive(Role, Clone, Copy)]
/// #[role(within = i64)]
/// enum OrgRole {
///     #[role(includes(Member))]
///     Owner,
///     Member,
/// }
///
/// struct OrgMembers(HashMap<(i64, String), OrgRole>); // a table of your database, most likely
///
/// #[async_trait]
/// impl Memberships<OrgRole> for OrgMembers {
///     type Error = io::Error;
///
///     async fn roles(&self, user: &UserId, org: &i64) -> Result<Vec<OrgRole>, io::Error> {
///         Ok(self.0.get(&(*org, user.to_string())).copied().into_iter().collect())
///     }
/// }
/// ```
#[async_trait]
pub trait Memberships<R: ScopedRole>: Send + Sync + 'static {
    /// Why the roles cannot be read now. Its text goes to the log.
    type Error: Display + Send;

    /// The roles that the user holds in `scope`; none for a stranger, and for a scope that does not
    /// exist. What they include need not be listed.
    ///
    /// # Errors
    ///
    /// Where the roles cannot be read. If no other term of the rule decides, the request is
    /// answered with 503 `unavailable`.
    async fn roles(&self, user: &UserId, scope: &R::Scope) -> Result<Vec<R>, Self::Error>;
}

#[async_trait]
impl<R: ScopedRole, M: Memberships<R> + ?Sized> Memberships<R> for Arc<M> {
    type Error = M::Error;

    async fn roles(&self, user: &UserId, scope: &R::Scope) -> Result<Vec<R>, Self::Error> {
        (**self).roles(user, scope).await
    }
}

/// The roles that were read, once they are there.
pub type MembershipFuture<'a> = Pin<Box<dyn Future<Output = Result<RoleSet, MembershipFailure>> + Send + 'a>>;

/// Why no roles were read.
#[derive(Debug)]
pub enum MembershipFailure {
    /// The text of the path names no scope.
    Unparsed,
    /// The application could not read them.
    Failed(String),
}

/// The [`Memberships`] of one enum, without its type.
pub trait MembershipSource: Send + Sync {
    /// The enum.
    fn role_enum(&self) -> RoleEnum;

    /// The roles that the user holds in the scope that `segment` of a path names.
    fn read<'a>(&'a self, user: &'a UserId, segment: &'a str) -> MembershipFuture<'a>;
}
