//! The roles that a request's user holds within organisations, or within other scopes: read once
//! for each scope and request.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::request::{FromParam, Request};
use rocket::{Ignite, Rocket};
use tracing::error;

use super::asked_path::route_segments;
use super::authenticate::identify;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use super::state::AuthState;
use crate::builder::AuthBuilder;
use crate::ids::UserId;
use crate::role::{
    Decision, MembershipFailure, MembershipFuture, MembershipSource, Memberships, RoleEnum, RoleSet, Rule, ScopedRole,
    ScopedTerm,
};

impl AuthBuilder {
    /// Reads which roles of the enum `R` a user holds in an organisation, or in another scope. A
    /// rule such as `OrgRole::Owner in org` needs it.
    ///
    /// Call it once for each enum. A second call for the same enum replaces the first.
    #[must_use]
    pub fn memberships<R>(mut self, memberships: impl Memberships<R>) -> AuthBuilder
    where
        R: ScopedRole,
        R::Scope: for<'a> FromParam<'a>,
    {
        self.memberships
            .retain(|known| known.role_enum() != RoleEnum::of::<R>());
        self.memberships.push(Arc::new(Source {
            memberships,
            roles: PhantomData::<fn() -> R>,
        }));
        self
    }
}

/// The [`Memberships`] of `R`, which reads the scope as Rocket reads a parameter of that type.
struct Source<R, M> {
    memberships: M,
    roles: PhantomData<fn() -> R>,
}

impl<R, M> MembershipSource for Source<R, M>
where
    R: ScopedRole,
    R::Scope: for<'a> FromParam<'a>,
    M: Memberships<R>,
{
    fn role_enum(&self) -> RoleEnum {
        RoleEnum::of::<R>()
    }

    fn read<'a>(&'a self, user: &'a UserId, segment: &'a str) -> MembershipFuture<'a> {
        Box::pin(async move {
            let scope = R::Scope::from_param(segment).map_err(|_| MembershipFailure::Unparsed)?;
            let roles = self.memberships.roles(user, &scope).await;
            let roles = roles.map_err(|problem| MembershipFailure::Failed(problem.to_string()))?;
            Ok(set_of(roles))
        })
    }
}

fn set_of<R: ScopedRole>(roles: impl IntoIterator<Item = R>) -> RoleSet {
    let roles = roles.into_iter();
    roles.fold(RoleSet::EMPTY, |set, role| set.with_bit(role.bit()))
}

/// Why it is not known whether the user holds a role in a scope.
pub(super) enum Unknown {
    /// The text of the path names no scope: Rocket goes on to the next route.
    Unparsed,
    /// The request is refused.
    Refused(AuthError),
}

/// What was read for a request, and what was decided by it; kept with the request.
#[derive(Default)]
struct ScopesOfRequest(Mutex<Scopes>);

#[derive(Default)]
struct Scopes {
    /// By enum and by the text of the path; `None` where the application could not read them.
    read: Vec<(RoleEnum, String, Option<RoleSet>)>,
    /// The scopes of the rules that let the request pass: enum and segment.
    passed: Vec<(RoleEnum, usize)>,
}

fn scopes<'r>(request: &'r Request<'_>) -> MutexGuard<'r, Scopes> {
    let scopes = request.local_cache(ScopesOfRequest::default);
    scopes.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text of the path that names a scope.
fn text<'r>(request: &'r Request<'_>, segment: usize) -> Option<&'r str> {
    route_segments(request, segment).get(0)
}

/// What was read, if anything was: the roles, or `None` where the application could not read them.
fn read_before(request: &Request<'_>, role_enum: RoleEnum, text: &str) -> Option<Option<RoleSet>> {
    let scopes = scopes(request);
    let is_it = |(of, scope, _): &&(RoleEnum, String, Option<RoleSet>)| *of == role_enum && scope == text;
    scopes.read.iter().find(is_it).map(|(_, _, roles)| *roles)
}

/// Whether the user of the request holds the role of `term`.
pub(super) async fn holds(term: &ScopedTerm, request: &Request<'_>) -> Result<bool, Unknown> {
    let internal = || Unknown::Refused(AuthError::new(AuthErrorKind::Internal));
    let text = text(request, term.segment()).ok_or_else(internal)?;
    let known = match read_before(request, term.role_enum(), text) {
        Some(known) => known.ok_or(AuthError::new(AuthErrorKind::Unavailable)),
        None => {
            let read = read(term, text, request).await?;
            let roles = read.as_ref().ok().copied();
            scopes(request).read.push((term.role_enum(), text.to_owned(), roles));
            read
        }
    };
    known.map(|roles| term.is_held_by(roles)).map_err(Unknown::Refused)
}

/// Asks the application; the inner error is for a query that failed.
async fn read(term: &ScopedTerm, text: &str, request: &Request<'_>) -> Result<Result<RoleSet, AuthError>, Unknown> {
    #[cfg(feature = "testing")]
    if let Some(roles) = testing::assumed(request, term.role_enum(), text) {
        return Ok(Ok(roles));
    }
    let state = AuthState::of(request).map_err(Unknown::Refused)?;
    let identity = identify(request).as_ref();
    let identity = identity.map_err(|refused| Unknown::Refused(refused.clone()))?;
    // Launch refuses a rule without memberships.
    let source = state
        .auth
        .membership_source(term.role_enum())
        .ok_or(Unknown::Refused(AuthError::new(AuthErrorKind::Internal)))?;
    match source.read(identity.user(), text).await {
        Ok(roles) => Ok(Ok(roles)),
        Err(MembershipFailure::Unparsed) => Err(Unknown::Unparsed),
        Err(MembershipFailure::Failed(problem)) => {
            let cause = format!(
                "the memberships of `{}` cannot be read: {problem}",
                term.role_enum().name()
            );
            Ok(Err(AuthError::caused_by(AuthErrorKind::Unavailable, &cause)))
        }
    }
}

/// What a user gets whom `rule` refuses: 404 for a stranger to a scope that hides itself from
/// strangers, as if the scope did not exist.
pub(super) fn refusal(rule: &Rule, request: &Request<'_>) -> AuthError {
    let mut is_stranger = false;
    rule.each_scoped(&mut |term, _| {
        let read = text(request, term.segment()).and_then(|text| read_before(request, term.role_enum(), text));
        is_stranger |= term.is_hidden() && read == Some(Some(RoleSet::EMPTY));
    });
    refusal_of(is_stranger)
}

fn refusal_of(is_stranger: bool) -> AuthError {
    AuthError::new(match is_stranger {
        true => AuthErrorKind::NotFound,
        false => AuthErrorKind::InsufficientRole,
    })
}

/// Notes that `rule` let the request pass, so that the handler may be given its `Within`s.
pub(super) fn note_pass(rule: &Rule, request: &Request<'_>) {
    let mut scopes = scopes(request);
    rule.each_scoped(&mut |term, asked_for| {
        if asked_for {
            scopes.passed.push((term.role_enum(), term.segment()));
        }
    });
}

/// The roles of the enum that the user holds in the scope at `segment`, where a rule about that
/// scope let the request pass; empty where the rule did not need them.
pub(super) fn passed(request: &Request<'_>, role_enum: RoleEnum, segment: usize) -> Option<RoleSet> {
    if !scopes(request).passed.contains(&(role_enum, segment)) {
        return None;
    }
    let read = text(request, segment).and_then(|text| read_before(request, role_enum, text));
    Some(read.flatten().unwrap_or(RoleSet::EMPTY))
}

/// Aborts launch where `decision` names a role in a scope, and the application gave no memberships
/// of its enum.
pub(super) fn abort_without_memberships(rocket: &Rocket<Ignite>, decision: Decision, handler: &str) -> bool {
    let (Decision::Rule(rule), Some(state)) = (decision, rocket.state::<AuthState>()) else {
        return false;
    };
    let mut missing: Vec<RoleEnum> = Vec::new();
    rule.each_scoped(&mut |term, _| {
        let role_enum = term.role_enum();
        if state.auth.membership_source(role_enum).is_none() && !missing.contains(&role_enum) {
            error!(
                "`{handler}` needs `{term}`, and the fairing has no memberships of `{}`; add `.memberships(…)` to `Auth::builder`",
                role_enum.name()
            );
            missing.push(role_enum);
        }
    });
    !missing.is_empty()
}

/// Memberships that a test assumes.
#[cfg(feature = "testing")]
pub(crate) mod testing {
    use rocket::request::{FromParam, Request};

    use super::{Mutex, PoisonError, refusal_of, set_of};
    use crate::role::{RoleEnum, RoleSet, Rule, ScopedRole};
    use crate::web::AuthError;

    /// The user of a request holds these roles in one scope.
    struct Assumed {
        role_enum: RoleEnum,
        is_scope: Box<dyn Fn(&str) -> bool + Send + Sync>,
        roles: RoleSet,
    }

    #[derive(Default)]
    struct AssumedOfRequest(Mutex<Vec<Assumed>>);

    /// Lets the user of `request` hold `role` in `scope`. The application is not asked.
    pub(crate) fn assume<R>(request: &Request<'_>, role: R, scope: R::Scope)
    where
        R: ScopedRole,
        R::Scope: PartialEq + for<'a> FromParam<'a>,
    {
        let is_scope = move |text: &str| R::Scope::from_param(text).is_ok_and(|named| named == scope);
        let assumed = request.local_cache(AssumedOfRequest::default);
        assumed.0.lock().unwrap_or_else(PoisonError::into_inner).push(Assumed {
            role_enum: RoleEnum::of::<R>(),
            is_scope: Box::new(is_scope),
            roles: set_of([role]),
        });
    }

    /// The roles that a test assumes in the scope that `text` names; `None` where it assumes none
    /// of the enum, in no scope.
    pub(super) fn assumed(request: &Request<'_>, role_enum: RoleEnum, text: &str) -> Option<RoleSet> {
        let assumed = request.local_cache(AssumedOfRequest::default);
        let assumed = assumed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_enum = assumed.iter().filter(|one| one.role_enum == role_enum).peekable();
        of_enum.peek()?;
        let here = of_enum.filter(|one| (one.is_scope)(text));
        Some(here.fold(RoleSet::EMPTY, |all, one| all.union(one.roles)))
    }

    /// A role of one enum, in every scope that a path can name: a column of the access matrix.
    #[derive(Clone, Copy)]
    pub(crate) struct Everywhere {
        pub(crate) role_enum: RoleEnum,
        pub(crate) roles: RoleSet,
    }

    /// What [`super::refusal`] is for a user with this role.
    pub(crate) fn refusal(rule: &Rule, member: Option<Everywhere>) -> AuthError {
        let mut is_stranger = false;
        rule.each_scoped(&mut |term, _| {
            let is_member = member.is_some_and(|member| member.role_enum == term.role_enum());
            is_stranger |= term.is_hidden() && !is_member;
        });
        refusal_of(is_stranger)
    }
}
