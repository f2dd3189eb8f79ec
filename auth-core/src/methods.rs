//! How users prove who they are: the claim `amr`.

/// The methods by which a user signed in: the claim `amr` (RFC 8176 §2).
///
/// ```
/// use auth_core::session::AuthMethods;
///
/// let methods = AuthMethods::PASSWORD.and_second_factor();
/// assert!(methods.is_multi_factor());
/// assert_eq!(methods.names().collect::<Vec<_>>(), ["pwd", "otp", "mfa"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AuthMethods(u8);

/// Each with its name in RFC 8176.
const NAMES: [(u8, &str); 3] = [(1, "pwd"), (2, "otp"), (4, "mfa")];

impl AuthMethods {
    /// None that has a name: a link in a mail, or another service.
    pub const NONE: AuthMethods = AuthMethods(0);

    /// A password: `pwd`.
    pub const PASSWORD: AuthMethods = AuthMethods(1);

    /// These methods and a one-time code as a second factor: `otp` and `mfa`.
    #[must_use]
    pub const fn and_second_factor(self) -> AuthMethods {
        AuthMethods(self.0 | 2 | 4)
    }

    /// Whether a second factor was among them: `mfa`.
    pub const fn is_multi_factor(self) -> bool {
        self.0 & 4 != 0
    }

    /// The names, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES
            .into_iter()
            .filter(move |(bit, _)| self.0 & bit != 0)
            .map(|(_, name)| name)
    }

    /// The methods of these names. Unknown names are left out.
    pub(crate) fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> AuthMethods {
        let bit = |name: &str| NAMES.iter().find(|(_, known)| *known == name).map(|(bit, _)| *bit);
        AuthMethods(names.into_iter().filter_map(bit).fold(0, |all, bit| all | bit))
    }

    /// As the store keeps them: names with a space between.
    pub(crate) fn to_text(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }

    /// The same for a column; `None` where there is no name.
    #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
    pub(crate) fn to_stored(self) -> Option<String> {
        (self != AuthMethods::NONE).then(|| self.to_text())
    }

    /// What [`AuthMethods::to_text`] wrote.
    pub(crate) fn of_text(text: &str) -> AuthMethods {
        AuthMethods::of_names(text.split(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_survive_the_store() {
        let with_link = AuthMethods::NONE.and_second_factor();
        for methods in [AuthMethods::NONE, AuthMethods::PASSWORD, with_link] {
            assert_eq!(AuthMethods::of_text(&methods.to_text()), methods);
        }
        assert_eq!(with_link.to_text(), "otp mfa");
        assert_eq!(AuthMethods::of_text("pwd face"), AuthMethods::PASSWORD);
    }
}
