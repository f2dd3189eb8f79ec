//! Where a request meets a decision.

use rocket::request::Request;

use super::access::AccessRule;
use super::error::{AuthError, Kind};
use super::identify::identify;
use super::policy::{PolicyFailure, PolicyFuture};
use super::state::{Web, declared};
use crate::audit::{Event, EventKind};
use crate::role::{Decision, PolicyAnswers, RoleEnum, Ruling};
use crate::session::Identity;

/// An [`AccessRule`] as a value. What decides by it is not generic, so that it is compiled once however many handlers
/// there are.
#[derive(Clone, Copy)]
pub struct Requirement {
    pub(crate) decision: Decision,
    pub(crate) roles: Option<RoleEnum>,
    pub(crate) fresh: Option<u32>,
    policy: for<'r, 'q> fn(u32, &'r Request<'q>) -> PolicyFuture<'r>,
}

/// How old a sign-in may be that meets all of `decisions`, in seconds.
pub(crate) fn strictest_freshness(decisions: &[Requirement]) -> Option<u32> {
    decisions.iter().filter_map(|decision| decision.fresh).min()
}

/// What is to be done with a request.
enum Step {
    Pass,
    Ask(u32),
    Unanswered,
}

impl Requirement {
    /// What `H` requires.
    pub const fn of<H: AccessRule>() -> Requirement {
        Requirement {
            decision: H::DECISION,
            roles: H::ROLES,
            fresh: H::FRESH,
            policy: H::policy,
        }
    }

    /// A decision that asks no policy.
    pub(crate) const fn plain(decision: Decision, roles: Option<RoleEnum>) -> Requirement {
        struct NoPolicy;
        impl AccessRule for NoPolicy {
            const DECISION: Decision = Decision::Authenticated;
        }
        Requirement {
            decision,
            roles,
            fresh: None,
            policy: <NoPolicy as AccessRule>::policy,
        }
    }

    /// Whether it turns no request away.
    pub(crate) const fn is_public(&self) -> bool {
        matches!(self.decision, Decision::Public { .. })
    }

    /// Lets the request pass, or says why not.
    pub(crate) async fn authorize(&self, request: &Request<'_>) -> Result<(), PolicyFailure> {
        let mut answers = PolicyAnswers::default();
        let mut kept = None;
        loop {
            match self.step(request, answers) {
                Ok(Step::Pass) => return Ok(()),
                Ok(Step::Ask(index)) => match (self.policy)(index, request).await {
                    Ok(holds) => answers = answers.with(index, holds),
                    Err(failure) => {
                        answers = answers.with_failure(index);
                        kept = Some(PolicyFailure::more_telling(kept, failure.logged(request)));
                    }
                },
                Ok(Step::Unanswered) => match kept {
                    Some(forward @ PolicyFailure::Forward(_)) => return Err(forward),
                    Some(PolicyFailure::Refused(refused)) => return Err(denied(request, refused)),
                    None => return Err(denied(request, AuthError::new(Kind::Internal))),
                },
                Err(refused) => return Err(denied(request, refused)),
            }
        }
    }

    /// Decides without asking a policy: `true` for a pass, `false` where a policy would have to be asked.
    #[cfg(feature = "testing")]
    pub(crate) fn without_policies(&self, request: &Request<'_>) -> Result<bool, AuthError> {
        let step = self.step(request, PolicyAnswers::default())?;
        Ok(matches!(step, Step::Pass))
    }

    fn step(&self, request: &Request<'_>, answers: PolicyAnswers) -> Result<Step, AuthError> {
        let rule = match self.decision {
            Decision::Public { .. } => return Ok(Step::Pass),
            Decision::Authenticated => None,
            Decision::Rule(rule) => Some(rule),
        };
        refuse_other_enum(request, self.roles)?;
        let identity = identify(request).as_ref().map_err(Clone::clone)?;
        match rule.map(|rule| rule.decide(identity.effective_roles(), answers)) {
            Some(Ruling::Refuse) => Err(AuthError::new(Kind::InsufficientRole)),
            Some(Ruling::Ask(index)) => Ok(Step::Ask(index)),
            Some(Ruling::Unanswered) => Ok(Step::Unanswered),
            Some(Ruling::Pass) | None => self.check_fresh(request, identity).map(|()| Step::Pass),
        }
    }

    /// Refuses a sign-in that is too long ago for this.
    fn check_fresh(&self, request: &Request<'_>, identity: &Identity) -> Result<(), AuthError> {
        let Some(fresh) = self.fresh else { return Ok(()) };
        let age = Web::of(request)?.auth.now().secs().saturating_sub(identity.auth_time());
        if age <= i64::from(fresh) {
            Ok(())
        } else {
            Err(AuthError::new(Kind::ReauthenticationRequired))
        }
    }
}

/// A rule over another enum than the tokens' would compare the bits of two enums. Launch refuses that; a guard that launch
/// could not see (a generic handler, a guard asked for by hand) is refused here.
pub(crate) fn refuse_other_enum(request: &Request<'_>, roles: Option<RoleEnum>) -> Result<(), AuthError> {
    let ours = Web::of(request)?.auth.roles().role_enum();
    match roles {
        Some(theirs) if theirs != ours => Err(AuthError::new(Kind::Internal)),
        _ => Ok(()),
    }
}

fn denied(request: &Request<'_>, refused: AuthError) -> PolicyFailure {
    if let Ok(web) = Web::of(request) {
        let mut event = Event::new(EventKind::AuthorizationDenied)
            .code(refused.code())
            .route(declared(request));
        if let Ok(identity) = identify(request) {
            event = event.user(identity.user()).session(identity.session());
        }
        web.auth.emit(&web.client(request), event);
    }
    PolicyFailure::Refused(refused)
}
