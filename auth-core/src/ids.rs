//! Who and which login: the ids that tokens carry.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use arrayvec::ArrayString;
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
#[derive(Clone)]
pub struct UserId(Text);

/// One is made for every request: an id of the usual length, that of a UUID, asks for no memory.
#[derive(Clone)]
enum Text {
    Short(ArrayString<{ Hyphenated::LENGTH }>),
    Long(Box<str>),
}

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
        // All of it in any case, which is faster than to stop at the first that is wrong.
        let printable = text.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic());
        let valid = printable && (1..=UserId::MAX_LEN).contains(&text.len());
        if valid {
            Ok(UserId::of(text))
        } else {
            Err(InvalidUserId)
        }
    }

    /// A fresh random id: a version 4 UUID.
    pub fn random() -> UserId {
        UserId::of(Uuid::new_v4().hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    fn of(text: &str) -> UserId {
        UserId(ArrayString::from(text).map_or_else(|_| Text::Long(text.into()), Text::Short))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Short(text) => text,
            Text::Long(text) => text,
        }
    }
}

impl PartialEq for UserId {
    fn eq(&self, other: &UserId) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for UserId {}

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

impl PartialOrd for UserId {
    fn partial_cmp(&self, other: &UserId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UserId {
    fn cmp(&self, other: &UserId) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for UserId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
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
pub struct SessionId(pub Uuid);

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

impl FromStr for SessionId {
    type Err = uuid::Error;

    /// Only the canonical text, 36 characters in lower case, so that an id has one spelling.
    fn from_str(text: &str) -> Result<SessionId, uuid::Error> {
        let id = Uuid::try_parse(text)?;
        let canonical = text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        // An empty text is the shortest way to the error type that `uuid` keeps to itself.
        if canonical {
            Ok(SessionId(id))
        } else {
            Uuid::try_parse("").map(SessionId)
        }
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
