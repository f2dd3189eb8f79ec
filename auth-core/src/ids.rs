//! Who and which login: the ids that tokens carry.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// Identifies a user: the `sub` claim. 1 to 128 printable ASCII characters, never re-used.
///
/// Compares with text on either side, as a policy needs it:
///
/// ```
/// use auth_core::{Role, User};
/// use rocket::request::Request;
///
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin }
/// async fn is_self(user: &User<AppRole>, owner: &str, _: &Request<'_>) -> bool {
///     user.id() == owner
/// }
/// ```
///
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

/// A text that cannot be a [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user id is 1 to 128 printable ASCII characters")]
pub struct InvalidUserId;

impl UserId {
    /// The longest id, in bytes.
    pub const MAX_LEN: usize = 128;

    /// Checks `text` and keeps it.
    ///
    /// # Errors
    ///
    /// [`InvalidUserId`] when it is empty, longer than 128 bytes or not printable ASCII.
    pub fn new(text: impl AsRef<str>) -> Result<UserId, InvalidUserId> {
        let text = text.as_ref();
        let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_printable && (1..=UserId::MAX_LEN).contains(&text.len()) {
            Ok(UserId(text.into()))
        } else {
            Err(InvalidUserId)
        }
    }

    /// A fresh random id: a version 4 UUID.
    pub fn random() -> UserId {
        UserId(Uuid::new_v4().to_string().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Equality of the first with the second, both ways.
macro_rules! compares_with {
    ($($id:ty, $text:ty);+ $(;)?) => {$(
        impl PartialEq<$text> for $id {
            fn eq(&self, other: &$text) -> bool {
                let text: &str = other.as_ref();
                self.as_str() == text
            }
        }

        impl PartialEq<$id> for $text {
            fn eq(&self, other: &$id) -> bool {
                other == self
            }
        }
    )+};
}

// `&UserId` with `&str` or `&String` follows from these.
compares_with! {
    UserId, str;
    UserId, &str;
    UserId, String;
    &UserId, String;
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({})", self.as_str())
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<UserId, InvalidUserId> {
        UserId::new(text)
    }
}

/// Identifies one login: the `sid` claim. A version 4 UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) Uuid);

impl SessionId {
    /// A fresh id from the operating system's generator.
    pub fn random() -> SessionId {
        SessionId(Uuid::new_v4())
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is no session's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session's id is a UUID of 36 characters in lower case")]
pub struct InvalidSessionId;

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    /// Only the canonical text, 36 characters in lower case, so that an id has one spelling.
    fn from_str(text: &str) -> Result<SessionId, InvalidSessionId> {
        let canonical = text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let id = Uuid::try_parse(text).ok().filter(|_| canonical);
        id.map(SessionId).ok_or(InvalidSessionId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_printable_ascii_of_bounded_length() {
        for length in 1..=128 {
            let text = "x".repeat(length);
            assert_eq!(UserId::new(&text).expect("a good id").as_str(), text);
        }
        for bad in ["", "a b", "a\nb", "é", &"x".repeat(129)] {
            assert_eq!(UserId::new(bad), Err(InvalidUserId), "{bad:?}");
        }
        assert_eq!(UserId::random().as_str().len(), 36);
    }

    #[test]
    fn a_user_id_compares_with_text_on_either_side() {
        let id = UserId::new("anna").expect("a good id");
        let (by_reference, owner) = (&id, String::from("anna"));
        assert!(id == *"anna" && id == "anna" && id == owner);
        assert!(by_reference == "anna" && by_reference == owner);
        assert!(*"anna" == id && "anna" == id && owner == id);
        assert!("anna" == by_reference && owner == by_reference);
        assert!(by_reference != "bert");
    }
}
