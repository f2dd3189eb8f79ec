//! E-mail addresses: the one check for all ways in, and the form in which they are compared.

/// The longest address there can be, in bytes: what a mail server takes (RFC 5321 §4.5.3.1.3,
/// without the angle brackets).
pub const MAX_EMAIL_BYTES: usize = 254;

/// Why a text is not the e-mail address of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEmail {
    /// There is nothing.
    #[error("the e-mail address is empty")]
    Empty,
    /// More than `MAX_EMAIL_BYTES`.
    #[error("the e-mail address is longer than {MAX_EMAIL_BYTES} bytes")]
    TooLong,
    /// White space, or a character that is not shown.
    #[error("the e-mail address holds white space, a control character or one that cannot be seen")]
    Blank,
    /// Not exactly one `@` with text on both sides.
    #[error("the e-mail address must have one `@` with text on both sides, such as `ann@example.com`")]
    At,
    /// A part of the domain is empty: `a@b..c`.
    #[error("the domain of the e-mail address has an empty part")]
    Domain,
    /// A name beside the address, several addresses, or a scheme.
    #[error("the e-mail address must stand alone, such as `ann@example.com`, without a name, quotes or brackets")]
    NotAlone,
}

/// Checks that `email` can be the address of an account.
///
/// The rule only finds mistakes: it requires one `@`, text on both sides, and at most 254 bytes.
/// White space, control characters and a name beside the address are refused. Letters of any script
/// pass. Only a mail can show whether mail arrives there.
///
/// The library calls it for every account of the built-in table. White space around the address is
/// for the caller to trim.
///
/// ```
/// use auth_core::__internal::{InvalidEmail, check_email};
///
/// assert_eq!(check_email("ann@example.com"), Ok(()));
/// assert_eq!(check_email("Ann <ann@example.com>"), Err(InvalidEmail::NotAlone));
/// ```
///
/// # Errors
///
/// [`InvalidEmail`] says why not.
pub fn check_email(email: &str) -> Result<(), InvalidEmail> {
    if email.is_empty() {
        return Err(InvalidEmail::Empty);
    }
    if email.len() > MAX_EMAIL_BYTES {
        return Err(InvalidEmail::TooLong);
    }
    if email.contains(['<', '>', '(', ')', ',', ';', ':', '"', '\\']) {
        return Err(InvalidEmail::NotAlone);
    }
    if email.contains(is_blank) {
        return Err(InvalidEmail::Blank);
    }
    let (local, domain) = email.split_once('@').ok_or(InvalidEmail::At)?;
    if local.is_empty() || domain.is_empty() || domain.contains('@') {
        return Err(InvalidEmail::At);
    }
    if domain.split('.').any(str::is_empty) {
        return Err(InvalidEmail::Domain);
    }
    Ok(())
}

/// White space, control characters, and those that cannot be seen or turn the line around (Unicode
/// TR 36 §3.1).
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The form in which e-mails are compared: trimmed, ASCII letters in lower case, Unicode as it is.
pub fn normalise_email(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_compared_without_ascii_case_only() {
        assert_eq!(normalise_email("  Ann@Example.COM\n"), "ann@example.com");
        assert_eq!(normalise_email("Ä@x.de"), "Ä@x.de");
    }

    #[test]
    fn addresses_pass() {
        for email in [
            "ann@example.com",
            "a@b",
            "ann+news@example.com",
            "o'neil@example.com",
            "größe@bücher.example",
            "用户@例え.jp",
            "x!#$%&*/=?^_`{|}~-.y@example.com",
            &format!("{}@example.com", "a".repeat(242)),
        ] {
            assert_eq!(check_email(email), Ok(()), "{email}");
        }
    }

    // security: Passwords and signing in: One check of e-mail addresses for all ways in
    #[test]
    fn what_is_no_address_is_refused() {
        for (email, why) in [
            ("", InvalidEmail::Empty),
            ("noat", InvalidEmail::At),
            ("@", InvalidEmail::At),
            ("a@", InvalidEmail::At),
            ("@b", InvalidEmail::At),
            ("a@b@c", InvalidEmail::At),
            ("a@@b", InvalidEmail::At),
            ("a@.", InvalidEmail::Domain),
            ("a@b..c", InvalidEmail::Domain),
            ("a@b.c.", InvalidEmail::Domain),
            ("a b@c", InvalidEmail::Blank),
            (" a@b", InvalidEmail::Blank),
            ("a@b\n", InvalidEmail::Blank),
            ("a@b\u{a0}c", InvalidEmail::Blank),
            ("a\0@b", InvalidEmail::Blank),
            ("a@\u{1b}[31mb", InvalidEmail::Blank),
            ("a\u{9b}@b", InvalidEmail::Blank),
            ("a\u{202e}@b", InvalidEmail::Blank),
            ("a\u{200b}@b", InvalidEmail::Blank),
            ("\u{feff}a@b", InvalidEmail::Blank),
            ("Ann <ann@x>", InvalidEmail::NotAlone),
            ("<ann@x>", InvalidEmail::NotAlone),
            ("\"Ann\"@x", InvalidEmail::NotAlone),
            ("ann@x,bo@x", InvalidEmail::NotAlone),
            ("mailto:ann@x", InvalidEmail::NotAlone),
            ("ann@x (Ann)", InvalidEmail::NotAlone),
        ] {
            assert_eq!(check_email(email), Err(why), "{email:?}");
        }
        let long = format!("{}@example.com", "a".repeat(243));
        assert_eq!(check_email(&long), Err(InvalidEmail::TooLong));
    }
}
