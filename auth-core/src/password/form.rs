//! The form in which passwords are compared.

use unicode_normalization::UnicodeNormalization;

use crate::secret::SecretString;

/// The password in NFKC, as NIST SP 800-63B-4 §3.1.1.2 has it: what is typed as one letter, or as a letter and a mark, is one
/// password.
pub(super) fn normalised(password: &str) -> SecretString {
    if password.is_ascii() {
        return SecretString::new(password);
    }
    // Reserved for the longest there can be (18 times as many), or growing would leave pieces of it in memory.
    let mut normal = String::with_capacity(password.len() * 18);
    normal.extend(password.nfkc());
    SecretString::new(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

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
