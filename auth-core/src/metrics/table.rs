//! Every metric, once: a constant and a line of [`METRICS`] from the same text, so that neither can
//! be without the other.

use super::metric::{Label, Metric, MetricKind};

macro_rules! table {
    ($($(#[$doc:meta])* $ident:ident = $kind:ident $name:literal of $unit:literal $(by $label:literal in $values:expr)?, $help:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $ident: Metric = Metric {
                name: $name,
                kind: MetricKind::$kind,
                unit: $unit,
                label: table!(@label $($label, $values)?),
                help: $help,
            };
        )*

        /// Every metric of this library.
        pub const METRICS: &[Metric] = &[$($ident),*];
    };
    (@label) => { None };
    (@label $label:literal, $values:expr) => { Some(Label { name: $label, values: $values }) };
}

/// The outcomes of a sign-in.
const SIGN_IN_OUTCOMES: &[&str] = &[
    "succeeded",
    "failed",
    "second_factor_required",
    "throttled",
    "busy",
    "unavailable",
];

/// What a refresh token gets: the outcomes of the rotation, and why others never came to one.
const REFRESH_OUTCOMES: &[&str] = &[
    "rotated",
    "ahead",
    "replayed",
    "forked",
    "reused",
    "account_closed",
    "invalid_token",
    "token_expired",
    "session_revoked",
    "unavailable",
];

/// What becomes of mails.
const MAIL_OUTCOMES: &[&str] = &["delivered", "failed", "throttled"];

/// What becomes of tickets.
const TICKET_OUTCOMES: &[&str] = &["used", "rejected"];

/// The codes of refusals, as they stand in the body.
const CODES: &[&str] = &[
    "missing_token",
    "invalid_token",
    "token_expired",
    "token_stale",
    "session_revoked",
    "reauthentication_required",
    "second_factor_required",
    "invalid_code",
    "factor_exists",
    "refresh_reuse",
    "invalid_credentials",
    "several_credentials",
    "unreadable_credentials",
    "csrf_rejected",
    "insufficient_role",
    "weak_password",
    "invalid_ticket",
    "account_exists",
    "too_many_attempts",
    "unavailable",
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "invalid_request",
    "internal_error",
    "error",
];

/// Why sessions end: the words of [`RevocationReason`](crate::store::RevocationReason).
const REASONS: &[&str] = &[
    "logout",
    "logout_all",
    "ended",
    "replaced",
    "over_limit",
    "reuse",
    "password_changed",
    "account_closed",
    "operator",
];

/// The methods of a [`Store`](crate::store::Store).
const OPERATIONS: &[&str] = &[
    "counters",
    "create",
    "rotate",
    "revoke",
    "end_epoch",
    "end_epoch_but",
    "change_roles_version",
    "find",
    "list",
    "revoked_since",
    "users_changed_since",
    "delete_expired",
    "issue_ticket",
    "find_ticket",
    "redeem_ticket",
    "end_tickets",
    "end_tickets_to",
    "delete_expired_tickets",
    "find_factors",
    "start_totp",
    "try_totp",
    "confirm_totp",
    "use_totp_step",
    "use_recovery_code",
    "replace_recovery_codes",
    "delete_factors",
    "revoke_created_before",
    "now",
    "ping",
];

table! {
    /// Sign-ins. `failed` is all that a client may not tell apart: unknown e-mail, wrong password,
    /// disabled account.
    SIGN_INS = Counter "auth_sign_ins_total" of "sign-ins" by "outcome" in SIGN_IN_OUTCOMES,
        "Sign-ins by outcome.";
    /// Changes of a password that were not looked at, for too many failures. Throttled sign-ins are
    /// an outcome of
    /// [`SIGN_INS`].
    THROTTLED_PASSWORD_CHANGES = Counter "auth_password_changes_throttled_total" of "requests",
        "Changes of a password that were not looked at, for too many failures.";
    /// Refreshes.
    REFRESHES = Counter "auth_refreshes_total" of "refreshes" by "outcome" in REFRESH_OUTCOMES,
        "Refreshes by their outcome, or by why there was none.";
    /// Requests for mails and what came of them. `throttled`: too many before. A mail that failed
    /// was tried four times.
    MAILS = Counter "auth_mails_total" of "mails" by "outcome" in MAIL_OUTCOMES,
        "Mails by outcome.";
    /// Tickets that were presented.
    TICKETS = Counter "auth_tickets_total" of "tickets" by "outcome" in TICKET_OUTCOMES,
        "Tickets that were presented, by outcome.";
    /// Refusals that were answered, by guards and endpoints of this library.
    REFUSALS = Counter "auth_refusals_total" of "answers" by "code" in CODES,
        "Requests refused by guards and endpoints, by code.";
    /// Sessions that ended before their time.
    SESSIONS_ENDED = Counter "auth_sessions_ended_total" of "sessions" by "reason" in REASONS,
        "Sessions that were revoked, by reason.";
    /// How long an access token takes to verify, whether it is accepted or refused. Each thread
    /// times one of 64. Timing each one would cost about as much as the verification: two clock
    /// reads and a write to a histogram. So its `_count` is not the number of requests.
    VERIFICATION_SECONDS = Histogram "auth_verification_seconds" of "seconds",
        "Time to verify an access token; one of 64 is timed.";
    /// How long the session store takes, from the call to the answer: with its queue, its pool and
    /// its commit.
    STORE_SECONDS = Histogram "auth_store_seconds" of "seconds" by "operation" in OPERATIONS,
        "Time that calls of the session store take.";
    /// Calls of the session store that failed.
    STORE_ERRORS = Counter "auth_store_errors_total" of "calls" by "operation" in OPERATIONS,
        "Calls of the session store that failed.";
    /// How long ago the store last told what was revoked elsewhere.
    FEED_AGE_SECONDS = Gauge "auth_feed_age_seconds" of "seconds",
        "Time since the last poll of revocations that was answered.";
    /// The size of the set of revoked sessions.
    REVOKED_SESSIONS = Gauge "auth_revoked_sessions" of "sessions",
        "Revoked sessions that are remembered.";
    /// Passwords that are being hashed.
    HASHES_RUNNING = Gauge "auth_hashes_running" of "hashes",
        "Passwords that are being hashed.";
    /// Requests that wait for their turn to hash.
    HASHES_WAITING = Gauge "auth_hashes_waiting" of "requests",
        "Requests that wait for their turn to hash a password.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::RevocationReason;

    #[test]
    fn names_are_what_prometheus_takes_and_each_is_there_once() {
        for (place, metric) in METRICS.iter().enumerate() {
            let fits = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(metric.name.starts_with("auth_") && fits(metric.name), "{metric:?}");
            assert_eq!(
                metric.kind == MetricKind::Counter,
                metric.name.ends_with("_total"),
                "{metric:?}"
            );
            assert_eq!(
                metric.unit == "seconds",
                metric.name.ends_with("_seconds"),
                "{metric:?}"
            );
            assert!(
                METRICS[..place].iter().all(|other| other.name != metric.name),
                "{metric:?}"
            );
            for value in metric.label.iter().flat_map(|label| label.values) {
                assert!(fits(value), "{value}");
            }
        }
    }

    #[test]
    fn every_reason_of_a_revocation_is_a_value() {
        let reasons = RevocationReason::ALL.iter().map(|reason| reason.as_str());
        assert!(REASONS.iter().copied().eq(reasons));
    }
}
