//! Bodies that a refused request sends and no handler reads.
//!
//! Hyper closes the connection of a request whose body was left half read. If the client still
//! sends, its system resets the connection, and a client or proxy that sees the reset first never
//! reads the answer. So a refusal reads a small body to its end. After an answer to a larger one
//! the connection stays open until the client has had time to read.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rocket::data::{ByteUnit, Data};
use rocket::request::Request;
use rocket::response::{Body, Response};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf, copy, sink};
use tokio::time::{Sleep, sleep, timeout};

/// The longest body that a refusal reads, in bytes.
const SMALL: u64 = 64 * 1024;

/// How long a refusal waits for the rest of a small body.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// How long the connection stays open behind the answer to a body that was not read.
const LINGER_TIME: Duration = Duration::from_secs(1);

/// Reads and forgets what a refused request sends, if that is little.
pub(super) async fn drain(request: &Request<'_>, data: Data<'_>) {
    if announced(request).is_some_and(|length| length <= SMALL) {
        drain_stream(request, data.open(ByteUnit::max_value())).await;
    }
}

/// The same for a body of which a part was read.
pub(super) async fn drain_stream(request: &Request<'_>, stream: impl AsyncRead + Unpin) {
    // One byte more than a small body has tells it from a longer one.
    let mut stream = stream.take(SMALL + 1);
    if let Ok(Ok(read)) = timeout(DRAIN_TIME, copy(&mut stream, &mut sink())).await
        && read <= SMALL
    {
        mark_read(request);
    }
}

/// Notes that the body was read to its end.
pub(super) fn mark_read(request: &Request<'_>) {
    request.local_cache(WasRead::default).0.store(true, Ordering::Relaxed);
}

/// Keeps the connection open behind `response`, a refusal or a failure, for a moment if the request
/// may still be sending.
pub(super) async fn linger(request: &Request<'_>, response: &mut Response<'_>) {
    // Where all is well the handler has read what it wanted.
    let may_send = response.status().code >= 400 && announced(request).is_some_and(|length| length > 0);
    if !may_send || request.local_cache(WasRead::default).0.load(Ordering::Relaxed) {
        return;
    }
    // Otherwise a client, or a proxy that keeps connections, sends its next request on this one and
    // loses it.
    response.set_raw_header("Connection", "close");
    let mut body = response.body_mut().take();
    let Some(length) = body.size().await else {
        *response.body_mut() = body;
        return;
    };
    // With a known length the answer is complete for the client while the stream behind it has not
    // ended.
    response.set_raw_header("Content-Length", length.to_string());
    response.set_streamed_body(Lingering {
        body,
        until: Box::pin(sleep(LINGER_TIME)),
    });
}

#[derive(Default)]
struct WasRead(AtomicBool);

/// How long the body is that the request announces; `None` without one, the most there can be where
/// the length is not said (then as long as a refusal reads).
fn announced(request: &Request<'_>) -> Option<u64> {
    let headers = request.headers();
    if headers.contains("Transfer-Encoding") {
        return Some(SMALL);
    }
    headers.get_one("Content-Length")?.parse().ok()
}

/// A body that ends only some time after its last byte.
struct Lingering<'r> {
    body: Body<'r>,
    until: Pin<Box<Sleep>>,
}

impl AsyncRead for Lingering<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = buf.filled().len();
        ready!(Pin::new(&mut self.body).poll_read(cx, buf))?;
        if buf.filled().len() == filled {
            ready!(self.until.as_mut().poll(cx));
        }
        Poll::Ready(Ok(()))
    }
}
