//! Security events: what happened, to whom, from where and in which request.
//!
//! Each event is one `tracing` event under the target `auth_core::audit` (without a subscriber it goes to Rocket's log), and is
//! given to every [`AuditSink`] of the application. `docs/events.md` lists them with their fields.
//!
//! No field ever holds a password, a token, a cookie, a secret or an e-mail: ids, roles and addresses are of our own making
//! or checked, and an account that somebody tried to sign in to is named by its [`AccountPseudonym`].

mod event;
mod pseudonym;
mod request_id;
mod sink;

use std::fmt;

pub use event::{Event, EventKind};
pub use pseudonym::AccountPseudonym;
pub use request_id::RequestId;
pub use sink::{Audit, AuditSink};

/// Text of foreign making, such as a database's words, fit for one line of a log: its control characters are escaped.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            // The two separators end a line for some readers, and the overrides turn one around (Unicode TR 36 §3.1).
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
