//! What a stranger sends costs work that grows with its length and no faster.
//!
//! The input is a digit or letter that says where it goes (see [`DOORS`]), then `before|unit|after`. The unit is repeated until
//! all of it is as long as hyper or the library takes; each `#` in it becomes another number each time.

use std::time::Duration;

use auth_core::__internal::{check_email, fuzzing, normalise_email};
use rocket::http::{ContentType, Header};
use rocket::local::asynchronous::LocalRequest;
use rustix::time::{ClockId, clock_gettime};

use super::server::server;

/// Hyper takes about 400 KB of headers.
const HEADERS: usize = 390_000;
/// The library takes bodies of 4 KiB; a field is not longer.
const BODY: usize = 4096;

/// How much shorter the text is that the longest one is compared with.
const SHORTER: usize = 8;

/// Work that costs less is not looked at: the clock and the machine make it uncertain.
const FREE: Duration = Duration::from_millis(2);

/// What reads a text.
struct Door {
    name: u8,
    longest: usize,
    read: fn(&str),
}

const DOORS: &[Door] = &[
    Door {
        name: b'c',
        longest: HEADERS,
        read: |text| {
            let request = with("Cookie", text);
            let request = request.inner();
            let _ = fuzzing::refresh_cookie_values(&server().config, request);
            let _ = fuzzing::access_cookie_values(&server().config, request);
            let _ = fuzzing::refresh_token(request);
            let _ = fuzzing::identity(request);
        },
    },
    Door {
        name: b'a',
        longest: HEADERS,
        read: |text| {
            let request = with("Authorization", text);
            let _ = fuzzing::bearer(request.inner());
            let _ = fuzzing::identity(request.inner());
        },
    },
    Door {
        name: b'f',
        longest: HEADERS,
        read: |text| {
            let request = with("X-Forwarded-For", text).remote(([127, 0, 0, 1], 80).into());
            let _ = fuzzing::client_address(request.inner(), &server().config);
        },
    },
    Door {
        name: b'h',
        longest: HEADERS,
        read: |text| {
            let _ = fuzzing::prefers_html(with("Accept", text).inner());
        },
    },
    Door {
        name: b'o',
        longest: HEADERS,
        read: |text| {
            let request = with("Origin", text);
            let origins = ["https://app.example.com".to_owned()];
            let _ = fuzzing::is_allowed_origin(request.inner(), &origins);
        },
    },
    Door {
        name: b'u',
        longest: HEADERS,
        read: |text| {
            let _ = fuzzing::is_websocket_upgrade(with("Upgrade", text).inner());
        },
    },
    Door {
        name: b'b',
        longest: BODY,
        read: |text| {
            let request = server().client.post("/api/auth/login").header(ContentType::JSON);
            let request = request.inner();
            let _ = fuzzing::login_body(request, text.as_bytes());
            let _ = fuzzing::refresh_body(request, text.as_bytes());
            let _ = fuzzing::password_body(request, text.as_bytes());
        },
    },
    Door {
        name: b'e',
        longest: BODY,
        read: |text| {
            let _ = (normalise_email(text), check_email(text));
        },
    },
    Door {
        name: b'p',
        longest: BODY,
        read: |text| {
            let _ = fuzzing::check_plainly(text, "ann@example.com");
        },
    },
    Door {
        name: b'r',
        longest: BODY,
        read: |text| {
            let request = with("Cookie", &format!("__Host-refresh_token={text}"));
            let _ = fuzzing::refresh_token(request.inner());
        },
    },
];

pub fn run(data: &[u8]) {
    let Some((name, rest)) = data.split_first() else { return };
    let Some(door) = DOORS.iter().find(|door| door.name == *name) else {
        return;
    };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let mut parts = rest.splitn(3, '|');
    let mut part = || parts.next().unwrap_or_default();
    let (before, unit, after) = (part(), part(), part());
    if unit.is_empty() {
        return;
    }
    let text = |length| text(before, unit, after, length);
    let long = cost(door, &text(door.longest));
    if long < FREE {
        return;
    }
    let short = cost(door, &text(door.longest / SHORTER));
    // In proportion it were eight times as much; with the square it is 64 times as much.
    let most = short * SHORTER as u32 * 3;
    assert!(
        long < most.max(FREE),
        "`{}`: {} bytes cost {long:?}, an eighth of them {short:?}: {rest:?}",
        char::from(*name),
        door.longest
    );
}

fn text(before: &str, unit: &str, after: &str, length: usize) -> String {
    let mut text = String::with_capacity(length + unit.len());
    text.push_str(before);
    for number in 0.. {
        let next = unit.replace('#', &format!("{number:x}"));
        if text.len() + next.len() + after.len() > length {
            break;
        }
        text.push_str(&next);
    }
    text.push_str(after);
    text
}

/// The time of this thread on a processor: what the machine does besides is not in it. The least of some tries.
fn cost(door: &Door, text: &str) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..4 {
        let before = clock_gettime(ClockId::ThreadCPUTime);
        (door.read)(text);
        let after = clock_gettime(ClockId::ThreadCPUTime);
        let nanos = |time: rustix::time::Timespec| time.tv_sec * 1_000_000_000 + time.tv_nsec;
        least = least.min(Duration::from_nanos((nanos(after) - nanos(before)).unsigned_abs()));
        if least < FREE {
            break;
        }
    }
    least
}

fn with<'c>(name: &'static str, text: &str) -> LocalRequest<'c> {
    // What a header cannot hold never reaches the library.
    let value: String = text.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
    let mut request = server().client.post("/api/auth/refresh");
    request.add_header(Header::new(name, value));
    request
}
