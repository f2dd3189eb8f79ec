//! Requests as a client writes them, and answers as it sees them.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use reqwest::{Method, header};
use serde_json::Value;

use super::canary;

/// A request on its way; await it.
#[derive(Clone)]
pub struct Ask {
    http: reqwest::Client,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub fn new(http: &reqwest::Client, method: Method, url: String) -> Ask {
        Ask {
            http: http.clone(),
            method,
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header; one of the same name stays beside it.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Ask {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Ask {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// The `Cookie` header, as given.
    pub fn cookie(self, pairs: impl Into<String>) -> Ask {
        self.header("Cookie", pairs)
    }

    /// As a browser sends it from one of our own pages.
    pub fn same_origin(self) -> Ask {
        self.header("Sec-Fetch-Site", "same-origin")
    }

    pub fn json(self, body: &Value) -> Ask {
        self.body("application/json", body.to_string())
    }

    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Ask {
        self.header("Content-Type", content_type).raw_body(body)
    }

    pub fn raw_body(mut self, body: impl Into<Vec<u8>>) -> Ask {
        self.body = Some(body.into());
        self
    }

    async fn send(self) -> Answer {
        canary::note_request(&self.url, &self.headers, self.body.as_deref());
        let mut request = self.http.request(self.method, &self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await.expect("the server answers");
        let headers = response.headers().iter();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8(value.as_bytes().to_vec()).expect("headers are UTF-8"),
                    )
                })
                .collect(),
            text: response.text().await.expect("the body arrives"),
        };
        canary::note_answer(&self.url, &answer);
        answer
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    /// The one header of this name.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} once: {self:?}");
        all.first().copied()
    }

    /// Every header of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("Content-Type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    /// The text of a member of the JSON body.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("`{name}` in {self:?}"))
            .to_owned()
    }

    /// The cookies that are set or cleared.
    pub fn cookies(&self) -> Vec<SetCookie> {
        self.all(header::SET_COOKIE.as_str())
            .into_iter()
            .map(SetCookie::parse)
            .collect()
    }

    /// The cookie of this name.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> SetCookie {
        let mut named = self.cookies().into_iter().filter(|cookie| cookie.name == name);
        let cookie = named.next().unwrap_or_else(|| panic!("a cookie `{name}` in {self:?}"));
        assert!(named.next().is_none(), "`{name}` is set once: {self:?}");
        cookie
    }

    #[track_caller]
    pub fn ok(&self) -> &Answer {
        assert_eq!(self.status, 200, "{self:?}");
        self
    }

    /// 204, without a body.
    #[track_caller]
    pub fn no_content(&self) -> &Answer {
        assert_eq!((self.status, self.text.as_str()), (204, ""), "{self:?}");
        self
    }

    /// Checks a refusal against the contract: status, code in a body of two members, headers. It
    /// must neither set nor clear a cookie.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Answer {
        assert_eq!(self.status, status, "{code}: {self:?}");
        let body = self.json();
        assert_eq!(body["error"], code, "{self:?}");
        assert!(
            body["message"].as_str().is_some_and(|text| text.ends_with('.')),
            "{self:?}"
        );
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{self:?}");
        self.protects();
        self.has_headers_of(status, code)
    }

    /// The headers that go with every body of the library.
    #[track_caller]
    pub fn protects(&self) -> &Answer {
        assert_eq!(self.header("X-Content-Type-Options"), Some("nosniff"), "{self:?}");
        assert_eq!(self.header("Referrer-Policy"), Some("no-referrer"), "{self:?}");
        let policy = self.header("Content-Security-Policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'none'"), "{self:?}");
        self
    }

    /// The headers of a refusal with any body.
    #[track_caller]
    pub fn has_headers_of(&self, status: u16, code: &str) -> &Answer {
        assert_eq!(self.status, status, "{code}: {self:?}");
        let challenge = match code {
            "insufficient_role" => Some("Bearer realm=\"auth-core\", error=\"insufficient_scope\""),
            "missing_token" | "invalid_credentials" | "invalid_ticket" | "invalid_code" => {
                Some("Bearer realm=\"auth-core\"")
            }
            "second_factor_required" | "reauthentication_required" => {
                let challenge = self.header("WWW-Authenticate").unwrap_or_default();
                let begins = "Bearer realm=\"auth-core\", error=\"insufficient_user_authentication\", ";
                assert!(challenge.starts_with(begins), "{self:?}");
                Some(challenge)
            }
            _ if status == 401 => Some("Bearer realm=\"auth-core\", error=\"invalid_token\""),
            _ => None,
        };
        assert_eq!(self.header("WWW-Authenticate"), challenge, "{self:?}");
        let retry = self
            .header("Retry-After")
            .map(|secs| secs.parse::<u64>().expect("whole seconds"));
        if matches!(status, 429 | 503) {
            assert!(retry.is_some_and(|secs| (1..=60).contains(&secs)), "{self:?}");
        } else {
            assert_eq!(retry, None, "{self:?}");
        }
        self.sets_no_cookie()
    }

    #[track_caller]
    pub fn sets_no_cookie(&self) -> &Answer {
        assert!(self.cookies().is_empty(), "{self:?}");
        self
    }
}

/// A `Set-Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    pub name: String,
    pub value: String,
    /// The attributes, sorted, as they were written.
    pub attributes: Vec<String>,
}

impl SetCookie {
    fn parse(header: &str) -> SetCookie {
        let mut parts = header.split("; ");
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .expect("a name and a value");
        let mut attributes: Vec<String> = parts.map(str::to_owned).collect();
        attributes.sort();
        SetCookie {
            name: name.to_owned(),
            value: value.to_owned(),
            attributes,
        }
    }

    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|mine| mine == attribute)
    }

    /// The cookie as a client sends it back.
    pub fn pair(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}
