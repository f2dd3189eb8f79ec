//! A loader over HTTP/1.1: so many connections that are kept, each asking again as soon as it is
//! answered.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Failed, failed};

/// Most headers of an answer that are looked at.
const MAX_HEADERS: usize = 32;

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: &'a [httparse::Header<'a>],
}

/// The requests of a connection, and the check of each answer.
pub trait Asks: Send + 'static {
    /// Writes the next request.
    fn ask(&mut self, request: &mut Vec<u8>);

    /// Looks at the answer to it.
    ///
    /// # Errors
    ///
    /// The answer is not the one that was wanted; the measurement ends.
    fn check(&mut self, answer: &Answer<'_>) -> Result<(), Failed>;
}

/// The same request each time; the answer must have this status.
#[derive(Clone)]
pub struct Same {
    /// The request, as it is sent.
    pub request: Vec<u8>,
    /// The status wanted.
    pub status: u16,
}

impl Same {
    /// `GET path`, with an access token.
    pub fn get(path: &str, token: &str, status: u16) -> Same {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Same {
            request: request.into_bytes(),
            status,
        }
    }
}

impl Asks for Same {
    fn ask(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.request);
    }

    fn check(&mut self, answer: &Answer<'_>) -> Result<(), Failed> {
        let wanted = answer.status == self.status;
        wanted
            .then_some(())
            .ok_or(Failed(format!("answered with {}", answer.status)))
    }
}

/// What was measured.
pub struct Load<A> {
    /// Requests per second.
    pub per_second: f64,
    /// How long each request took.
    pub took: Vec<Duration>,
    /// The senders of the requests, for another run.
    pub askers: Vec<A>,
}

/// Lets every asker ask on a connection of its own for `time`.
///
/// # Errors
///
/// A connection fails, or an answer is not as wanted.
pub async fn load<A: Asks>(port: u16, askers: Vec<A>, time: Duration) -> Result<Load<A>, Failed> {
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for asker in askers {
        asking.spawn(keep_asking(port, asker, started + time));
    }
    let (mut took, mut askers) = (Vec::new(), Vec::new());
    while let Some(done) = asking.join_next().await {
        let (asker, times) = done.map_err(failed)??;
        took.extend(times);
        askers.push(asker);
    }
    Ok(Load {
        per_second: took.len() as f64 / started.elapsed().as_secs_f64(),
        took,
        askers,
    })
}

async fn keep_asking<A: Asks>(port: u16, mut asker: A, until: Instant) -> Result<(A, Vec<Duration>), Failed> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut request, mut answer, mut took) = (Vec::new(), Vec::new(), Vec::new());
    while Instant::now() < until {
        request.clear();
        asker.ask(&mut request);
        let begun = Instant::now();
        stream.write_all(&request).await?;
        answer.clear();
        while !is_whole(&answer, &mut asker)? {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err(Failed("the server hung up".to_owned()));
            }
        }
        took.push(begun.elapsed());
    }
    Ok((asker, took))
}

/// Whether all of the answer is here; then it has been looked at.
fn is_whole<A: Asks>(bytes: &[u8], asker: &mut A) -> Result<bool, Failed> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let head = answer.parse(bytes).map_err(failed)?;
    let httparse::Status::Complete(head) = head else {
        return Ok(false);
    };
    let length = answer
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize = length
        .and_then(|header| str::from_utf8(header.value).ok()?.parse().ok())
        .unwrap_or_default();
    if bytes.len() < head + length {
        return Ok(false);
    }
    asker.check(&Answer {
        status: answer.code.unwrap_or_default(),
        headers: answer.headers,
    })?;
    Ok(true)
}
