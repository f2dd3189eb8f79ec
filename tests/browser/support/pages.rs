//! Small servers of other origins: each answers what its test says, and remembers what it was
//! asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// The client for browsers, as the demo serves it.
const AUTH_JS: &str = include_str!("../../../rocket-app/assets/auth.js");

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method and the path with its query, such as `GET /x?y`.
    pub line: String,
    /// The header fields.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Asked {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.headers.lines().filter_map(|line| line.split_once(": "));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }
}

/// A running server, until the test program ends.
pub struct Pages {
    origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Pages {
    /// A server that answers with the text of a whole HTTP response, such as [`page`] or [`answer`]
    /// makes one. It serves `/auth.js` by itself.
    pub fn answering(answer_to: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Pages {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer_to) = (Arc::clone(&asked), Arc::new(answer_to));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer_to) = (Arc::clone(&noted), Arc::clone(&answer_to));
                // A browser opens connections that it may use later.
                std::thread::spawn(move || {
                    let request = read(&stream)?;
                    let text = if request.line == "GET /auth.js" {
                        answer(
                            200,
                            "Content-Type: text/javascript\r\nCache-Control: no-store\r\n",
                            AUTH_JS,
                        )
                    } else {
                        hold(&noted).push(request.clone());
                        answer_to(&request)
                    };
                    (&stream).write_all(text.as_bytes()).ok()
                });
            }
        });
        Pages { origin, asked }
    }

    /// A server that shows one page under every path.
    pub fn showing(html: &str) -> Pages {
        let html = html.to_owned();
        Pages::answering(move |_| page(&html))
    }

    /// Its origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        self.origin.trim_start_matches("http://")
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// What it was asked since the last time, oldest first, without preflights and icons.
    pub fn asked(&self) -> Vec<Asked> {
        let all = std::mem::take(&mut *hold(&self.asked));
        let isnt_noise = |asked: &Asked| !asked.line.starts_with("OPTIONS") && asked.line != "GET /favicon.ico";
        all.into_iter().filter(isnt_noise).collect()
    }
}

/// A page.
pub fn page(html: &str) -> String {
    answer(200, "Content-Type: text/html\r\n", html)
}

/// An answer; `fields` end with a line break each.
pub fn answer(status: u16, fields: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Said\r\n{fields}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer that pages of any origin may read, for any request.
pub fn open_answer(asked: &Asked, status: u16, body: &str) -> String {
    let origin = asked.header("Origin").unwrap_or("*");
    let fields = format!(
        "Content-Type: application/json\r\nAccess-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n\
         Access-Control-Allow-Headers: authorization, content-type\r\nAccess-Control-Allow-Methods: GET, POST, PUT, DELETE\r\n"
    );
    answer(status, &fields, body)
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (lines.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let (first, headers) = head.split_once("\r\n")?;
    let mut asked = Asked {
        line: first.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: headers.to_owned(),
        body: String::new(),
    };
    let length = asked.header("Content-Length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    lines.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}

fn hold<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
