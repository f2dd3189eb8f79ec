//! Where a request meets a decision.

use std::future::ready;

use rocket::http::Status;
use rocket::request::Request;
use rocket::{Ignite, Rocket};
use tracing::error;

use super::authenticate::identify;
use super::error::{AuthError, StepUp};
use super::error_kind::AuthErrorKind;
use super::memberships::{self, Unknown};
use super::page_refresh::refresh_page;
use super::policy::{PolicyFailure, PolicyFuture, PolicyReply};
use super::state::{AuthState, declared};
use crate::audit::{Event, EventKind};
use crate::role::{Decision, PolicyAnswers, RoleEnum, RoleSet, Rule, Ruling, ScopedTerm};
use crate::session::Identity;

/// A handler, or a guard struct, with a decision.
///
/// `#[require_role(…)]`, `#[authenticated]` and `#[public("why")]` implement it for the type of the
/// handler's name. Do not implement it by hand.
pub trait AccessRule: Send + Sync + 'static {
    /// Which users may pass.
    #[doc(hidden)]
    const DECISION: Decision;

    /// The enum whose roles the decision names; `None` where it names no role. Not an associated
    /// type: a handler may be more visible than the enum.
    #[doc(hidden)]
    const ROLES: Option<RoleEnum> = None;

    /// Whether the user must have signed in with a second factor.
    const MFA: bool = false;

    /// How long ago the user may have signed in, in seconds; `None`: any time.
    #[doc(hidden)]
    const FRESH: Option<u32> = None;

    /// The answer of the policy at `index` of the rule. Asked only when the roles do not decide.
    #[doc(hidden)]
    fn policy<'r>(index: u32, request: &'r Request<'_>) -> PolicyFuture<'r> {
        // A rule without policies calls none; a call that should not happen is refused.
        let _ = (index, request);
        Box::pin(ready(Ok(PolicyReply::No)))
    }
}

/// A struct with a decision: `#[require_role(…)]` or `#[authenticated]` makes it a request guard.
///
/// Only such a struct can stand before other routes, as [`Protection::of`](crate::Protection::of)
/// requires. A handler's rule may name parameters of the handler's own path, and would read another
/// route's path in their place.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no guard struct",
    label = "this is a handler, or has no access decision",
    note = "write a guard struct, and name it here:\n\
            `#[require_role(YourRole::Variant)] struct YourGuard;` and `Protection::of::<YourGuard>()`"
)]
pub trait GuardStruct: AccessRule {}

/// An [`AccessRule`] as a value. What decides by it is not generic, so that it is compiled once
/// however many handlers there are.
#[derive(Clone, Copy)]
pub struct AccessPolicy {
    pub(crate) decision: Decision,
    pub(crate) roles: Option<RoleEnum>,
    pub(crate) fresh: Option<u32>,
    /// Whether the rule names a role in a scope. Other rules do no work for scopes.
    scoped: bool,
    pub(crate) mfa: bool,
    policy: for<'r, 'q> fn(u32, &'r Request<'q>) -> PolicyFuture<'r>,
}

/// How old a sign-in may be that meets all of `decisions`, in seconds.
pub(crate) fn strictest_freshness(decisions: &[AccessPolicy]) -> Option<u32> {
    decisions.iter().filter_map(|decision| decision.fresh).min()
}

/// Whether a sign-in that meets all of `decisions` must be with a second factor.
pub(crate) fn needs_second_factor(decisions: &[AccessPolicy]) -> bool {
    decisions.iter().any(|decision| decision.mfa)
}

/// What is to be done with a request.
enum Step {
    Pass,
    Ask(u32),
    Unanswered,
}

impl AccessPolicy {
    /// The access policy of `H`.
    pub const fn of<H: AccessRule>() -> AccessPolicy {
        AccessPolicy {
            decision: H::DECISION,
            roles: H::ROLES,
            fresh: H::FRESH,
            scoped: match H::DECISION {
                Decision::Rule(rule) => rule.is_scoped(),
                Decision::Authenticated | Decision::Public { .. } | Decision::Guard(_) => false,
            },
            mfa: H::MFA,
            policy: H::policy,
        }
    }

    /// A decision without policies.
    pub(crate) const fn plain(decision: Decision, roles: Option<RoleEnum>) -> AccessPolicy {
        struct NoPolicy;
        impl AccessRule for NoPolicy {
            const DECISION: Decision = Decision::Authenticated;
        }
        AccessPolicy {
            decision,
            roles,
            fresh: None,
            scoped: false,
            mfa: false,
            policy: <NoPolicy as AccessRule>::policy,
        }
    }

    /// Whether it turns no request away.
    pub(crate) const fn is_public(&self) -> bool {
        matches!(self.decision, Decision::Public { .. })
    }

    /// Lets the request pass, or says why not.
    pub(crate) async fn authorize(&self, request: &Request<'_>) -> Result<(), PolicyFailure> {
        if matches!(self.decision, Decision::Authenticated | Decision::Rule(_)) {
            refresh_page(request).await;
        }
        let decided = self.decide(request).await;
        match (&decided, self.scoped_rule()) {
            (Ok(()), Some(rule)) => memberships::note_pass(&rule, request),
            (Err(PolicyFailure::Refused(refused)), _) => record_denial(request, refused),
            _ => {}
        }
        decided
    }

    /// The decision alone, as [`AccessPolicy::authorize`] makes it for a request.
    pub(crate) async fn decide(&self, request: &Request<'_>) -> Result<(), PolicyFailure> {
        let mut answers = PolicyAnswers::default();
        let mut kept = None;
        let mut refusals = Vec::new();
        loop {
            match self.step(request, answers) {
                Ok(Step::Pass) => return Ok(()),
                Ok(Step::Ask(index)) => match self.ask(index, request).await {
                    Ok(PolicyReply::Yes) => answers = answers.with(index, true),
                    Ok(PolicyReply::No) => answers = answers.with(index, false),
                    Ok(PolicyReply::Refused(refusal)) => {
                        answers = answers.with(index, false);
                        refusals.push((index, refusal));
                    }
                    Err(failure @ PolicyFailure::Guard(_)) => return Err(failure),
                    Err(failure) => {
                        answers = answers.with_failure(index);
                        kept = Some(PolicyFailure::more_telling(kept, failure.logged(request)));
                    }
                },
                Ok(Step::Unanswered) => match kept {
                    Some(failure @ (PolicyFailure::Forward(_) | PolicyFailure::Refused(_))) => return Err(failure),
                    Some(PolicyFailure::Guard(_)) | None => {
                        return Err(PolicyFailure::Refused(AuthError::new(AuthErrorKind::Internal)));
                    }
                },
                Err(refused) => {
                    let refused = self.explained(request, answers, &refusals, refused);
                    return Err(PolicyFailure::Refused(refused));
                }
            }
        }
    }

    /// Asks the policy, or the memberships, whose answer has the place `index`.
    fn ask<'r>(&self, index: u32, request: &'r Request<'_>) -> PolicyFuture<'r> {
        let Some(term) = self.scoped_term(index) else {
            return (self.policy)(index, request);
        };
        Box::pin(async move {
            let holds = memberships::holds(term, request).await;
            holds.map(PolicyReply::from).map_err(|unknown| match unknown {
                // As Rocket itself forwards.
                Unknown::Unparsed => PolicyFailure::Forward(Status::UnprocessableEntity),
                Unknown::Refused(refused) => PolicyFailure::Refused(refused),
            })
        })
    }

    fn scoped_rule(&self) -> Option<Rule> {
        match self.decision {
            Decision::Rule(rule) if self.scoped => Some(rule),
            _ => None,
        }
    }

    fn scoped_term(&self, index: u32) -> Option<&'static ScopedTerm> {
        let mut found = None;
        self.scoped_rule()?.each_scoped(&mut |term, _| {
            if term.index() == index {
                found = Some(term);
            }
        });
        found
    }

    /// Decides without a policy: `true` for a pass, `false` where a policy would have to be called.
    /// The user holds the role of `member` in each scope, and none of another enum.
    #[cfg(feature = "testing")]
    pub(crate) fn without_policies(
        &self,
        request: &Request<'_>,
        member: Option<memberships::testing::Everywhere>,
    ) -> Result<bool, AuthError> {
        let mut answers = PolicyAnswers::default();
        if let Some(rule) = self.scoped_rule() {
            rule.each_scoped(&mut |term, _| {
                let held = member.filter(|member| member.role_enum == term.role_enum());
                answers = answers.with(term.index(), held.is_some_and(|held| term.is_held_by(held.roles)));
            });
        }
        let step = self
            .step(request, answers)
            .map_err(|refused| match self.scoped_rule() {
                Some(rule) if refused.kind() == AuthErrorKind::InsufficientRole => {
                    memberships::testing::refusal(&rule, member)
                }
                _ => refused,
            })?;
        Ok(matches!(step, Step::Pass))
    }

    fn step(&self, request: &Request<'_>, answers: PolicyAnswers) -> Result<Step, AuthError> {
        let rule = match self.decision {
            Decision::Public { .. } => return Ok(Step::Pass),
            Decision::Authenticated => None,
            Decision::Rule(rule) => Some(rule),
            // A guard needs no identity: it is called first, and whom it lets pass has passed.
            Decision::Guard(guard) => {
                return match Rule::Policy(guard).decide(RoleSet::EMPTY, answers) {
                    Ruling::Pass => Ok(Step::Pass),
                    Ruling::Ask(index) => Ok(Step::Ask(index)),
                    Ruling::Refuse | Ruling::Unanswered => Ok(Step::Unanswered),
                };
            }
        };
        refuse_other_enum(request, self.roles)?;
        let identity = identify(request).as_ref().map_err(Clone::clone)?;
        let Some(rule) = rule else {
            return self.check_sign_in(request, identity).map(|()| Step::Pass);
        };
        let (counted, withheld) = (identity.effective_roles(), identity.withheld_roles());
        let ruling = rule.decide(counted, answers);
        // A weaker sign-in opens nothing, also where a rule has a `not(…)`.
        let with_all_roles = if withheld.is_empty() {
            ruling
        } else {
            rule.decide(counted.union(withheld), answers)
        };
        match (ruling, with_all_roles) {
            (Ruling::Ask(index), _) => Ok(Step::Ask(index)),
            (Ruling::Unanswered, _) => Ok(Step::Unanswered),
            // Whether the withheld roles would let the user in depends on a policy.
            (_, Ruling::Ask(index)) => Ok(Step::Ask(index)),
            (_, Ruling::Unanswered) => Ok(Step::Unanswered),
            (Ruling::Pass, Ruling::Pass) => self.check_sign_in(request, identity).map(|()| Step::Pass),
            (Ruling::Refuse, Ruling::Pass) => {
                let kind = AuthErrorKind::SecondFactorRequired;
                Err(AuthError::stepping_up(kind, self.step_up(true)))
            }
            (_, Ruling::Refuse) => Err(match self.scoped_rule() {
                Some(rule) => memberships::refusal(&rule, request),
                None => AuthError::new(AuthErrorKind::InsufficientRole),
            }),
        }
    }

    /// What a sign-in has to be, for a refusal of one that is not.
    const fn step_up(&self, mfa: bool) -> StepUp {
        StepUp {
            mfa,
            max_age: self.fresh,
        }
    }

    /// The first refusal of a policy that made the rule refuse the user, and else `refused`.
    fn explained(
        &self,
        request: &Request<'_>,
        answers: PolicyAnswers,
        refusals: &[(u32, AuthError)],
        refused: AuthError,
    ) -> AuthError {
        let (Decision::Rule(rule), [_, ..], Ok(identity)) = (self.decision, refusals, identify(request)) else {
            return refused;
        };
        if refused.kind() != AuthErrorKind::InsufficientRole {
            return refused;
        }
        let refusal_of = |index| refusals.iter().find(|(of, _)| *of == index);
        let is_own = |index| refusal_of(index).is_some();
        let index = rule.first_reason(identity.effective_roles(), answers, &is_own);
        index.and_then(refusal_of).map_or(refused, |(_, own)| own.clone())
    }

    /// Refuses a sign-in without the second factor that this needs, or too long ago for it.
    fn check_sign_in(&self, request: &Request<'_>, identity: &Identity) -> Result<(), AuthError> {
        let needed = self.step_up(self.mfa);
        if self.mfa && !identity.methods().is_multi_factor() {
            return Err(AuthError::stepping_up(AuthErrorKind::SecondFactorRequired, needed));
        }
        let Some(fresh) = self.fresh else { return Ok(()) };
        let age = AuthState::of(request)?
            .auth
            .now()
            .secs()
            .saturating_sub(identity.auth_time().secs());
        if age <= i64::from(fresh) {
            Ok(())
        } else {
            Err(AuthError::stepping_up(AuthErrorKind::ReauthenticationRequired, needed))
        }
    }
}

/// A rule over another enum than the tokens' would compare the bits of two enums. Launch refuses
/// that. A guard that launch could not see (a generic handler, a guard called by hand) is refused
/// here.
pub(crate) fn refuse_other_enum(request: &Request<'_>, roles: Option<RoleEnum>) -> Result<(), AuthError> {
    let ours = AuthState::of(request)?.auth.roles().role_enum();
    match roles {
        Some(theirs) if theirs != ours => Err(AuthError::new(AuthErrorKind::Internal)),
        _ => Ok(()),
    }
}

/// Aborts launch where a guard would be used without the fairing, or with another role enum than
/// the fairing's.
pub(crate) fn abort_without_roles(rocket: &Rocket<Ignite>, roles: Option<RoleEnum>, guard: &str) -> bool {
    let Some(state) = rocket.state::<AuthState>() else {
        error!("`{guard}` needs the authentication fairing; add `.attach(auth_core::Auth::fairing::<YourRole>())`");
        return true;
    };
    let ours = state.auth.roles().role_enum();
    match roles {
        Some(theirs) if theirs != ours => {
            error!(
                "`{guard}` names roles of `{}`, but the fairing is attached for `{}`; use one role enum",
                theirs.name(),
                ours.name()
            );
            true
        }
        _ => false,
    }
}

fn record_denial(request: &Request<'_>, refused: &AuthError) {
    if let Ok(state) = AuthState::of(request) {
        let mut event = Event::new(EventKind::AuthorizationDenied)
            .code(refused.code())
            .route(declared(request));
        if let Ok(identity) = identify(request) {
            event = event.user(identity.user()).session(identity.session());
        }
        state.auth.emit(&state.client(request), event);
    }
}
