//! What the guards of `#[guarded_by(…)]` decided for a request to `/can`.
//!
//! Such a guard reads the request to `/can` alone. So it is called once, however many of the routes
//! that the client asks about have it. Elsewhere Rocket may try a second route with the same guard,
//! and the guard is called again, as Rocket calls every guard.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::http::Status;
use rocket::request::{Outcome, Request};

use super::asked_path::asks;
use super::policy::{PolicyFailure, PolicyReply};

/// What a guard decided.
#[derive(Clone, Copy)]
pub(crate) enum GuardReply {
    Success,
    Error(Status),
    Forward(Status),
}

impl GuardReply {
    pub(crate) fn of<T, E>(outcome: Outcome<T, E>) -> GuardReply {
        match outcome {
            Outcome::Success(_) => GuardReply::Success,
            Outcome::Error((status, _)) => GuardReply::Error(status),
            Outcome::Forward(status) => GuardReply::Forward(status),
        }
    }

    /// The same as the answer of a policy.
    pub(crate) fn into_result(self) -> Result<PolicyReply, PolicyFailure> {
        match self {
            GuardReply::Success => Ok(PolicyReply::Yes),
            GuardReply::Error(status) => Err(PolicyFailure::Guard(status)),
            GuardReply::Forward(status) => Err(PolicyFailure::Forward(status)),
        }
    }
}

/// Each guard by the name of its type, since a guard that borrows has no `TypeId`. Of two guards
/// with one name, as two versions of a crate have them, the first answers for both: at `/can`, and
/// never at a route.
type Decided = Vec<(&'static str, GuardReply)>;

#[derive(Default)]
struct DecidedGuards(Mutex<Decided>);

fn decided<'r>(request: &'r Request<'_>) -> MutexGuard<'r, Decided> {
    let guards = request.local_cache(DecidedGuards::default);
    guards.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the guard decided before, if the request is one to `/can`.
pub(crate) fn guard_decided_before(request: &Request<'_>, guard: &'static str) -> Option<GuardReply> {
    if !asks(request) {
        return None;
    }
    let decided = decided(request);
    let found = decided.iter().find(|(name, _)| *name == guard);
    found.map(|(_, reply)| *reply)
}

/// Keeps what the guard decided for a request to `/can`.
pub(crate) fn keep_guard_reply(request: &Request<'_>, guard: &'static str, reply: GuardReply) {
    if asks(request) {
        decided(request).push((guard, reply));
    }
}
