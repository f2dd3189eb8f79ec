//! Answers that never end, and WebSockets.

use std::io::Cursor;

use auth_core::{authenticated, require_role};
use rocket::futures::stream::{Stream, iter};
use rocket::futures::{SinkExt, StreamExt};
use rocket::response::Debug;
use rocket::response::stream::{ByteStream, Event, EventStream, ReaderStream, TextStream};
use rocket::tokio::time::{Duration, interval};
use rocket::{Shutdown, State};
use rocket_ws::{Channel, Message, WebSocket, result::Error};

use crate::guards::Counter;
use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/events")]
fn events() -> EventStream![] {
    EventStream! {
        yield Event::data("one").event("number");
        yield Event::comment("two");
    }
    .heartbeat(None)
}

#[authenticated]
#[get("/events/<count>")]
async fn events_counted(count: u8, mut end: Shutdown, counter: &State<Counter>) -> EventStream![Event + '_] {
    EventStream! {
        for number in 0..count {
            counter.count();
            let event = rocket::tokio::select! {
                biased;
                () = std::future::ready(()) => Event::json(&number),
                () = &mut end => break,
            };
            yield event;
        }
    }
    .heartbeat(None)
}

#[authenticated]
#[get("/events/typed")]
fn events_typed() -> EventStream<impl Stream<Item = Event>> {
    EventStream::from(iter([Event::data("typed")])).heartbeat(None)
}

#[authenticated]
#[get("/bytes")]
fn bytes() -> ByteStream![Vec<u8>] {
    ByteStream! {
        for number in 0..3 {
            yield vec![number];
        }
    }
}

#[authenticated]
#[get("/bytes/<text>")]
fn bytes_of(text: &str) -> ByteStream![&[u8]] {
    ByteStream! {
        yield text.as_bytes();
    }
}

#[authenticated]
#[get("/text")]
fn text() -> TextStream![&'static str] {
    TextStream! {
        let mut timer = interval(Duration::from_millis(1));
        timer.tick().await;
        yield "one";
        yield "two";
    }
}

#[authenticated]
#[get("/text/<word>")]
fn text_of<'r>(word: &'r str) -> TextStream![&'r str] {
    TextStream! {
        yield word;
    }
}

#[authenticated]
#[get("/text/impl/<word>")]
fn text_typed(word: String) -> TextStream<impl Stream<Item = String> + use<>> {
    TextStream::from(iter(vec![word]))
}

#[authenticated]
#[get("/reader")]
fn reader() -> ReaderStream![Cursor<&'static [u8]>] {
    ReaderStream! {
        yield Cursor::new(&b"one"[..]);
        yield Cursor::new(&b"two"[..]);
    }
}

#[authenticated]
#[get("/reader/one")]
async fn reader_one() -> Option<ReaderStream![Cursor<String>]> {
    let text = std::future::ready("only".to_owned()).await;
    Some(ReaderStream! { yield Cursor::new(text); })
}

#[require_role(AppRole::Editor)]
#[get("/socket/channel")]
fn channel(ws: WebSocket) -> Channel<'static> {
    ws.channel(|mut stream| {
        Box::pin(async move {
            while let Some(message) = stream.next().await {
                stream.send(message?).await?;
            }
            Ok(())
        })
    })
}

#[authenticated]
#[get("/socket/stream")]
fn stream(ws: WebSocket) -> rocket_ws::Stream!['static] {
    rocket_ws::Stream! { ws =>
        for await message in ws {
            yield message?;
        }
    }
}

#[authenticated]
#[get("/socket/named?<room>")]
fn stream_named<'r>(ws: WebSocket, room: &'r str, counter: &'r State<Counter>) -> rocket_ws::Stream!['r] {
    counter.count();
    ws.stream(move |io| io.map(move |message| message.map(|_| Message::text(room))))
}

#[authenticated]
#[get("/socket/result/<open>")]
fn stream_result<'r>(ws: WebSocket, open: bool) -> Result<rocket_ws::Stream!['r], Debug<Error>> {
    if open {
        Ok({
            rocket_ws::Stream! { ws =>
                let _ = ws;
                yield "open".into();
            }
        })
    } else {
        Err(Debug(Error::ConnectionClosed))
    }
}

#[authenticated]
#[get("/socket/option")]
fn maybe_socket(ws: Option<WebSocket>) -> &'static str {
    if ws.is_some() { "a socket" } else { "no socket" }
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        events,
        events_counted,
        events_typed,
        bytes,
        bytes_of,
        text,
        text_of,
        text_typed,
        reader,
        reader_one,
        channel,
        stream,
        stream_named,
        stream_result,
        maybe_socket,
    ]
}
