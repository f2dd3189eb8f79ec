//! The default texts: plain English.

use std::time::Duration;

use super::letter::{Message, MessageKind};

impl Message<'_> {
    /// The subject, in English.
    pub fn subject(&self) -> String {
        let what = match self.kind {
            MessageKind::SignUp => "Finish your sign-up",
            MessageKind::AccountExists => "You have an account already",
            MessageKind::Invitation => "You are invited",
            MessageKind::PasswordReset => "Set a new password",
            MessageKind::EmailChange => "Confirm your new e-mail address",
            MessageKind::EmailChangeNotice => "Your e-mail address is about to change",
            MessageKind::LoginLink => "Your link to sign in",
        };
        format!("{what} ({})", self.site)
    }

    /// The body, in English: plain text with the link on a line of its own.
    pub fn text(&self) -> String {
        let site = self.site;
        let first = match self.kind {
            MessageKind::SignUp => format!("You asked for an account at {site}. Open this link to choose a password:"),
            MessageKind::AccountExists => {
                format!("You asked for an account at {site}, but you have one already. Sign in, or set a new password.")
            }
            MessageKind::Invitation => format!("You are invited to {site}. Open this link to choose a password:"),
            MessageKind::PasswordReset => {
                format!("You asked to set a new password at {site}. Open this link to choose it:")
            }
            MessageKind::EmailChange => {
                format!("You asked to use this e-mail address at {site}. Open this link to confirm it:")
            }
            MessageKind::EmailChangeNotice => {
                format!("You asked to use another e-mail address at {site}. A link to confirm it went to that address.")
            }
            MessageKind::LoginLink => {
                format!("You asked for a link to sign in at {site}. Open it in the browser that you want to sign in:")
            }
        };
        let mut text = first;
        if let Some(link) = self.link {
            text.push_str(&format!("\n\n{link}\n"));
        }
        if let Some(ticket) = self.ticket() {
            text.push_str(&format!("\nIf the page asks for a code, it is: {ticket}\n"));
        }
        if let Some(expires_in) = self.expires_in {
            text.push_str(&format!(
                "\nThe link is good for {} and works once.\n",
                in_words(expires_in)
            ));
        }
        text.push_str(match self.kind {
            MessageKind::EmailChangeNotice => "\nIf you did not ask for it, change your password.\n",
            _ => "\nIf you did not ask for it, ignore this message.\n",
        });
        text
    }
}

/// A lifetime in its largest whole unit.
fn in_words(span: Duration) -> String {
    let (count, unit) = match span.as_secs() {
        secs if secs >= 2 * 86_400 && secs.is_multiple_of(86_400) => (secs / 86_400, "day"),
        secs if secs >= 3600 && secs.is_multiple_of(3600) => (secs / 3600, "hour"),
        secs => (secs.div_ceil(60), "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_said_in_their_largest_unit() {
        for (secs, said) in [
            (900, "15 minutes"),
            (3600, "1 hour"),
            (86_400, "24 hours"),
            (604_800, "7 days"),
            (61, "2 minutes"),
        ] {
            assert_eq!(in_words(Duration::from_secs(secs)), said);
        }
    }

    #[test]
    fn a_text_has_the_link_and_its_code_once_each_on_a_line() {
        let message = Message {
            kind: MessageKind::PasswordReset,
            to: "ann@example.com",
            link: Some("https://app.example/reset-password#ticket=abc"),
            expires_in: Some(Duration::from_secs(3600)),
            language: None,
            site: "app.example",
        };
        let text = message.text();
        assert!(
            text.contains("\nhttps://app.example/reset-password#ticket=abc\n"),
            "{text}"
        );
        assert!(text.contains("it is: abc\n") && text.contains("1 hour"), "{text}");
        assert!(!format!("{message:?}").contains("abc") && !format!("{message:?}").contains("ann"));
    }
}
