use std::fmt;
use std::marker::PhantomData;

use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};

use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::memberships;
use crate::role::{RoleEnum, RoleSet, ScopedRole};

/// An organisation, or another scope, that the rule of a handler has let the user into.
///
/// It takes the place of the id in the handler's parameters: `org: Within<OrgRole>` instead of
/// `org: OrgId`. Only a rule about that parameter makes one, and there is no other constructor. So
/// a query that takes a `&Within<OrgRole>` cannot be written in a handler that forgot the rule.
///
/// ```
/// use auth_core::{Role, Within, require_role};
/// use rocket::{State, delete};
///
/// #[derive(Role, Clone, Copy)]
/// enum AppRole {
///     Admin,
/// }
///
/// #[derive(Role, Clone, Copy)]
/// #[role(within = i64)]
/// enum OrgRole {
///     #[role(includes(Member))]
///     Owner,
///     Member,
/// }
///
/// struct Files; // the pool of your database
///
/// impl Files {
///     fn delete(&self, org: &Within<OrgRole>, id: i32) -> String {
///         format!("DELETE FROM files WHERE org = {} AND id = {id}", org.id())
///     }
/// }
///
/// #[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
/// #[delete("/orgs/<org>/files/<id>")]
/// fn remove(org: Within<OrgRole>, id: i32, files: &State<Files>) -> String {
///     files.delete(&org, id)
/// }
/// ```
///
/// Rocket parses the segment as the scope's own type. If it does not parse, Rocket goes on to the
/// next route.
pub struct Within<R: ScopedRole> {
    id: R::Scope,
    held: RoleSet,
}

impl<R: ScopedRole> Within<R> {
    /// The id, as the path names it.
    pub const fn id(&self) -> &R::Scope {
        &self.id
    }

    /// The id alone.
    pub fn into_id(self) -> R::Scope {
        self.id
    }

    /// Whether the user holds `role` here, or one that includes it.
    ///
    /// It knows what the rule has read. The server reads no memberships of a user whom the roles of
    /// the application let in, so this is `false` for that user.
    pub fn has(&self, role: R) -> bool {
        self.held.closure(R::INCLUDES).contains_bit(role.bit())
    }

    /// The roles that the user holds here, without what they include, in the enum's order. As with
    /// [`Within::has`], there are none for a user whom the roles of the application let in.
    pub fn roles(&self) -> impl Iterator<Item = R> + '_ {
        let roles = R::ALL.iter().copied();
        roles.filter(|role| self.held.contains_bit(role.bit()))
    }
}

impl<R: ScopedRole> fmt::Debug for Within<R>
where
    R::Scope: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<_> = self.roles().map(R::name).collect();
        f.debug_struct("Within")
            .field("id", &self.id)
            .field("roles", &roles)
            .finish()
    }
}

/// That a rule about the scope at `SEGMENT` of the path has let the request pass: a guard that the
/// attribute adds to the route of a handler with a [`Within`].
pub struct Passed<R, const SEGMENT: usize> {
    held: RoleSet,
    roles: PhantomData<fn() -> R>,
}

impl<R: ScopedRole, const SEGMENT: usize> Passed<R, SEGMENT> {
    /// The proof for the scope, whose id Rocket has read from the path.
    pub fn within(self, id: R::Scope) -> Within<R> {
        Within { id, held: self.held }
    }
}

#[async_trait]
impl<'r, R: ScopedRole, const SEGMENT: usize> FromRequest<'r> for Passed<R, SEGMENT> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthError> {
        let held = memberships::passed(request, RoleEnum::of::<R>(), SEGMENT);
        // Every route that the attribute writes has the rule in front, which launch checks.
        let held = held.ok_or(AuthError::new(AuthErrorKind::Internal));
        outcome(
            request,
            held.map(|held| Passed {
                held,
                roles: PhantomData,
            }),
        )
    }
}
