use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// The id of a request, in every event and every line that this library writes about it: 1 to 64
/// ASCII letters, digits, `-`, `_` and `.`.
///
/// The library makes an id at its first use, so a request without events costs nothing. A trusted
/// proxy can set it with the header `auth.request_id_header`. A handler gets it as a parameter or
/// by [`RequestId::of`]:
///
/// ```
/// use auth_core::audit::RequestId;
/// use auth_core::public;
/// use rocket::get;
///
/// #[public("for every client")]
/// #[get("/hello")]
/// fn hello(request_id: &RequestId) -> String {
///     format!("hello in request {request_id}")
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    const MAX_LEN: usize = 64;

    /// A fresh random id: 32 hexadecimal digits.
    pub(crate) fn random() -> RequestId {
        RequestId(Uuid::new_v4().simple().to_string().into())
    }

    /// The id from the request's header, if it is fit for a log.
    pub(crate) fn parse(text: &str) -> Option<RequestId> {
        let fits = (1..=RequestId::MAX_LEN).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        fits.then(|| RequestId(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_fit_for_a_log_is_an_id() {
        for good in ["a", "Root-1_2.3", &"x".repeat(64)] {
            assert_eq!(RequestId::parse(good).map(|id| id.to_string()).as_deref(), Some(good));
        }
        for bad in ["", " ", "a b", "a\nb", "a\u{1b}", "a\"b", "a=b", "ä", &"x".repeat(65)] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
        assert!(RequestId::parse(RequestId::random().as_str()).is_some());
    }
}
