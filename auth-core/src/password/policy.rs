use unicode_normalization::UnicodeNormalization;
use zxcvbn::feedback::Warning;

use crate::secret::SecretString;

/// The shortest password a user may set, in bytes of its NFKC form.
pub(crate) const MIN_PASSWORD_BYTES: usize = 8;

/// The longest password there can be, in bytes of its NFKC form: bcrypt reads no further.
pub(crate) const MAX_PASSWORD_BYTES: usize = 72;

/// Why a new password is refused. There are no rules of composition (NIST SP 800-63B-4 §3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Fewer than 8 bytes.
    #[error("the password is shorter than 8 bytes")]
    TooShort,
    /// More than 72 bytes.
    #[error("the password is longer than 72 bytes")]
    TooLong,
    /// A NUL, which ends bcrypt's key: `a\0a` and `a` are one password to it.
    #[error("the password holds a NUL character")]
    Nul,
    /// On the list of common passwords.
    #[error("the password is too common")]
    Common,
}

/// Judges a password that is about to be set. It can take a third of a second of CPU: call it on a
/// thread that serves no requests.
///
/// # Errors
///
/// [`WeakPassword`] says why it will not do.
pub fn check_new_password(password: &str) -> Result<(), WeakPassword> {
    check_plainly(password, &[])?;
    refuse_common(password)
}

/// Judges a password that is about to be set for the account of `email`, which is a common password
/// there. It takes as long as
/// [`check_new_password`].
///
/// # Errors
///
/// [`WeakPassword`] says why it will not do.
pub fn check_new_password_of(password: &str, email: &str) -> Result<(), WeakPassword> {
    check_plainly_of(password, email)?;
    refuse_common(password)
}

/// What of it takes no time: length, characters, and the user's e-mail.
pub(crate) fn check_plainly_of(password: &str, email: &str) -> Result<(), WeakPassword> {
    let email = email.trim();
    let name = email.split('@').next().unwrap_or(email);
    check_plainly(password, &[email, name])
}

fn refuse_common(password: &str) -> Result<(), WeakPassword> {
    if is_common(password) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

fn check_plainly(password: &str, of_the_user: &[&str]) -> Result<(), WeakPassword> {
    let normal = normalised(password);
    let password = normal.expose();
    if password.len() < MIN_PASSWORD_BYTES {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(WeakPassword::TooLong);
    }
    if password.contains('\0') {
        return Err(WeakPassword::Nul);
    }
    let is_known = |word: &&str| password.trim().eq_ignore_ascii_case(word);
    if of_the_user.iter().any(is_known) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

/// Whether zxcvbn's list of leaked passwords holds it as a whole, or it is one repeated character
/// or a plain sequence.
pub(super) fn is_common(password: &str) -> bool {
    let estimate = zxcvbn::zxcvbn(normalised(password).expose(), &[]);
    let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let listed = matches!(
        warning,
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    );
    listed || estimate.score() == zxcvbn::Score::Zero
}

/// The password in NFKC, as NIST SP 800-63B-4 §3.1.1.2 recommends. A user may type a letter with a
/// mark as one character or as two: it is one password.
pub(super) fn normalised(password: &str) -> SecretString {
    if password.is_ascii() {
        return SecretString::new(password);
    }
    // Reserved for the longest there can be (18 times as many), or growing would leave pieces of it
    // in memory.
    let mut normal = String::with_capacity(password.len() * 18);
    normal.extend(password.nfkc());
    SecretString::new(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_bytes_from_8_to_72() {
        assert_eq!(check_new_password("kW7#xqu"), Err(WeakPassword::TooShort));
        assert_eq!(check_new_password("kW7#xquL"), Ok(()));
        let long = "correct horse battery staple, and eleven more words than anybody remembers";
        assert_eq!(check_new_password(&long[..72]), Ok(()));
        assert_eq!(check_new_password(&long[..73]), Err(WeakPassword::TooLong));
        assert_eq!(check_new_password("a\0bcdefgh"), Err(WeakPassword::Nul));
    }

    // security: Passwords and signing in: 8 to 72 bytes, no rules of composition, a list of common passwords
    #[test]
    fn common_passwords_are_refused_and_long_ones_need_no_digits() {
        for common in [
            "password",
            "12345678",
            "Password1",
            "iloveyou",
            "aaaaaaaa",
            "qwertyuiop",
            "abcdefgh",
        ] {
            assert_eq!(check_new_password(common), Err(WeakPassword::Common), "{common}");
        }
        for fine in [
            "purple monkey dishwasher",
            "correct horse battery staple",
            "Tr0ub4dor&3x",
            "a-new-password-1",
        ] {
            assert_eq!(check_new_password(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn the_users_own_email_is_a_common_password() {
        let email = "anneliese.smith@example.com";
        for known in [
            email,
            "ANNELIESE.SMITH@example.com",
            "anneliese.smith",
            "Anneliese.Smith",
        ] {
            assert_eq!(
                check_new_password_of(known, email),
                Err(WeakPassword::Common),
                "{known}"
            );
            assert_eq!(check_new_password_of(known, "vic@example.com"), Ok(()), "{known}");
        }
        assert_eq!(
            check_new_password_of("anneliese.smith likes purple monkeys", email),
            Ok(())
        );
    }

    #[test]
    fn blanks_and_letters_of_any_script_stay_as_they_are() {
        for fine in ["  kW7#xq  ", "пароль мой длинный", "合言葉は長い", "🦀🦀🐢🐢"] {
            assert_eq!(check_new_password(fine), Ok(()), "{fine}");
        }
        // Bytes count, not letters.
        assert_eq!(check_new_password("合言"), Err(WeakPassword::TooShort));
        assert_eq!(
            check_new_password(&"合言葉は長い".repeat(5)),
            Err(WeakPassword::TooLong)
        );
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        for (typed, normal) in [
            ("purple monkey", "purple monkey"),
            ("u\u{308}ber", "\u{fc}ber"),
            ("\u{fc}ber", "\u{fc}ber"),
            ("ｗｉｄｅ", "wide"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("ﬁne", "fine"),
        ] {
            assert_eq!(normalised(typed).expose(), normal);
        }
        // The letter that becomes the most: three bytes to thirty-three.
        let longest = normalised("\u{fdfa}");
        assert!(longest.expose().len() <= 3 * 18, "{}", longest.expose().len());
    }
}
