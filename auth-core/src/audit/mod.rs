//! Security events: what happened, to whom, from where and in which request.
//!
//! Each event is one `tracing` event under the target `auth_core::audit`; without a subscriber it
//! goes to Rocket's log. Every [`AuditSink`] of the application gets it too. `docs/events.md` lists
//! the events with their fields.
//!
//! No field ever holds a password, a token, a cookie, a secret or an e-mail. Ids, roles and
//! addresses are made or checked by this library. An [`AccountPseudonym`] names the account of a
//! sign-in attempt.

mod event;
mod pseudonym;
mod request_id;
pub(crate) mod sink;

use std::fmt;

pub use event::{Event, EventKind};
pub use pseudonym::AccountPseudonym;
pub use request_id::RequestId;
pub(crate) use sink::Audit;
pub use sink::AuditSink;

pub use crate::store::presented::RotationOutcome;

/// Text of foreign making, such as a database's words, fit for one line of a log: its control
/// characters are escaped.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            // The two separators end a line for some readers, and the overrides turn one around
            // (Unicode TR 36 §3.1).
            if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                write!(f, "{}", c.escape_default())
            } else {
                fmt::Write::write_char(f, c)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // security: Errors, logs, headers: Control characters are escaped
    #[test]
    fn control_characters_are_escaped_and_words_stay() {
        for (text, escaped) in [
            ("disk full", "disk full"),
            ("größer als „2“", "größer als „2“"),
            ("a\r\nERROR b", "a\\r\\nERROR b"),
            ("\u{1b}[31m\0\u{7f}\u{85}", "\\u{1b}[31m\\u{0}\\u{7f}\\u{85}"),
            ("a\u{2028}b\u{202e}c", "a\\u{2028}b\\u{202e}c"),
        ] {
            assert_eq!(Escaped(text).to_string(), escaped);
        }
    }
}
