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
            MessageKind::FactorAdded => "An authenticator app was added",
            MessageKind::FactorRemoved => "Your authenticator app was removed",
            MessageKind::RecoveryCodesReplaced => "You have new recovery codes",
            MessageKind::RecoveryCodeUsed => "A recovery code was used",
            MessageKind::FactorReset => "Your second factor was reset",
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
            MessageKind::FactorAdded => {
                format!("An authenticator app was added to your account at {site}. Signing in now takes a code of it.")
            }
            MessageKind::FactorRemoved => {
                format!("The authenticator app and the recovery codes of your account at {site} were removed.")
            }
            MessageKind::RecoveryCodesReplaced => {
                format!("Your account at {site} has new recovery codes. The former ones do not work any more.")
            }
            MessageKind::RecoveryCodeUsed => {
                let left = codes_left(self.recovery_codes_left.unwrap_or_default());
                format!("A recovery code of your account at {site} was used. {left}")
            }
            MessageKind::FactorReset => {
                format!("An operator removed the second factor of your account at {site}. Your password signs you in.")
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
            MessageKind::FactorAdded
            | MessageKind::FactorRemoved
            | MessageKind::RecoveryCodesReplaced
            | MessageKind::RecoveryCodeUsed => "\nIf it was not you, change your password and sign out everywhere.\n",
            MessageKind::FactorReset => "\nIf you did not ask for it, change your password and tell the operator.\n",
            _ => "\nIf you did not ask for it, ignore this message.\n",
        });
        text
    }
}

fn codes_left(count: u32) -> String {
    match count {
        0 => "None is left: make new ones.".to_owned(),
        1 => "1 is left.".to_owned(),
        count => format!("{count} are left."),
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
            recovery_codes_left: None,
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

    #[test]
    fn a_notice_says_how_many_recovery_codes_are_left_and_what_to_do() {
        for (left, said) in [(9, "9 are left."), (1, "1 is left."), (0, "None is left")] {
            let message = Message {
                kind: MessageKind::RecoveryCodeUsed,
                to: "ann@example.com",
                link: None,
                expires_in: None,
                recovery_codes_left: Some(left),
                language: None,
                site: "app.example",
            };
            let text = message.text();
            assert!(text.contains(said) && text.contains("sign out everywhere"), "{text}");
            assert_eq!(message.subject(), "A recovery code was used (app.example)");
        }
    }
}
