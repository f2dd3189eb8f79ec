//! A client that refreshes.

use crate::Failed;
use crate::load::{Answer, Asks};
use crate::served::Served;

/// A browser: it sends the cookie it was given last.
pub struct Browser {
    cookie: String,
}

impl Browser {
    /// One for each session of the server.
    pub fn all(served: &Served) -> Vec<Browser> {
        let tokens = served.listening.refresh.iter();
        tokens
            .map(|token| Browser {
                cookie: format!("refresh_token={token}"),
            })
            .collect()
    }
}

impl Asks for Browser {
    fn ask(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(
            b"POST /api/auth/refresh HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nCookie: ",
        );
        request.extend_from_slice(self.cookie.as_bytes());
        request.extend_from_slice(b"\r\n\r\n");
    }

    fn check(&mut self, answer: &Answer<'_>) -> Result<(), Failed> {
        let cookies = answer
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case("set-cookie"));
        let next = cookies
            .filter_map(|header| str::from_utf8(header.value).ok()?.split(';').next())
            .find(|cookie| cookie.starts_with("refresh_token="));
        match next {
            Some(next) if answer.status == 200 && next != self.cookie => {
                next.clone_into(&mut self.cookie);
                Ok(())
            }
            _ => Err(Failed(format!(
                "answered with {}, and the cookie {next:?}",
                answer.status
            ))),
        }
    }
}
