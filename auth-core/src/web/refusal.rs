use std::fmt::{self, Display};

use rocket::http::Status;

/// A refusal in the words of the application: what a policy returns in place of a plain "no".
///
/// A policy that returns `Result<(), Refusal>` chooses the code and the sentence of the answer. The
/// body has the form of every refusal: JSON, or a page for a client that prefers HTML. The answer
/// has no `WWW-Authenticate` header, because another token would not help.
///
/// ```
/// use auth_core::{Refusal, Role, User, require_role};
/// use rocket::{Request, get};
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Editor }
/// # async fn seats(_: &User<AppRole>) -> Result<u32, std::io::Error> { Ok(3) }
///
/// async fn has_team_plan(user: &User<AppRole>, _: &Request<'_>) -> Result<(), Refusal> {
///     let seats = seats(user).await.map_err(Refusal::unavailable)?;
///     if seats < 2 {
///         return Err(Refusal::forbidden("plan_too_small", "This needs the team plan."));
///     }
///     Ok(())
/// }
///
/// #[require_role(any(AppRole::Admin, has_team_plan()))]
/// #[get("/team")]
/// fn team() {}
/// ```
///
/// A handler returns the same answer by [`AuthError`](crate::AuthError), which is made `from` a
/// refusal.
///
/// A code has lowercase letters, digits and `_`, starts with a letter, and is at most 64 bytes
/// long. It is none of the library's own codes, unless the status is the same. A wrong code refuses
/// the request with 500 `internal_error`, and the log names the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub(crate) RefusalKind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The policy says no.
    No(OwnAnswer),
    /// The policy has no answer, for this cause.
    Unavailable(String),
}

/// A status, a code and a sentence of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnAnswer {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

impl Refusal {
    /// Refuses with 403: the user may know that the thing exists, but may not use it.
    pub const fn forbidden(code: &'static str, message: &'static str) -> Refusal {
        Refusal::with_status(Status::Forbidden, code, message)
    }

    /// Refuses with 404: the user does not learn whether the thing exists.
    ///
    /// With the code `not_found` and the sentence `There is nothing here.`, the body is that of a
    /// path without a route.
    pub const fn not_found(code: &'static str, message: &'static str) -> Refusal {
        Refusal::with_status(Status::NotFound, code, message)
    }

    /// The policy cannot decide, because something failed. The log gets the problem. The policy
    /// counts as unknown, and the request is answered with 503 if no other term decides.
    pub fn unavailable(problem: impl Display) -> Refusal {
        Refusal(RefusalKind::Unavailable(problem.to_string()))
    }

    const fn with_status(status: Status, code: &'static str, message: &'static str) -> Refusal {
        Refusal(RefusalKind::No(OwnAnswer {
            status: status.code,
            code,
            message,
        }))
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RefusalKind::No(answer) => f.write_str(answer.message),
            RefusalKind::Unavailable(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for Refusal {}

impl OwnAnswer {
    /// Whether the code has the form of a code.
    pub(crate) fn is_well_formed(&self) -> bool {
        let Self { code, message, .. } = self;
        let is_word = code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_word && code.starts_with(|c: char| c.is_ascii_lowercase()) && code.len() <= 64 && !message.trim().is_empty()
    }
}
