//! The clock steps forward and back under load.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tests::client::block_on;
use tests::postgres::install;
use tokio::time::sleep_until;

use super::Form;
use super::sqlite::intact;
use crate::load::{Crowd, Load};
use crate::report::Row;
use crate::site::{Node, Site};

/// An hour forward (every access token has expired), back again, an hour too far, and right again.
pub fn sqlite_clock_steps(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let clock = FakeClock::new(site.place.folder.path());
        let mut node = clock.rule(site.node());
        node.start();
        // The server refuses a token from the future as not valid, and its client refreshes.
        let crowd = Crowd {
            tolerant: true,
            ..Crowd::of(form.honest())
        };
        let load = Load::start(&site, &[&node], crowd).await;
        let mut slowest = None;
        for _ in 0..form.pick(1, 5) {
            for offset in ["+3600", "+0", "-3600", "+0"] {
                clock.set(offset);
                let since = Instant::now();
                slowest = slowest.max(Some(load.recovery(since).await));
                load.answers(150).await;
                // So long that the feed is polled at this time.
                sleep_until((since + Duration::from_millis(1500)).into()).await;
            }
        }
        let expired = load.wire.ledger.stale();
        let row = load.settle(slowest).await;
        intact(&site, row)
            .note(format!("{expired} access tokens were found expired or from the future"))
            .require(
                expired >= form.honest() as u64,
                "the steps reached no server: is the clock a fake?",
            )
            .quiet(&node.last_words())
    })
}

/// A clock for processes, told by a file: libfaketime's.
pub struct FakeClock {
    file: PathBuf,
    library: PathBuf,
}

impl FakeClock {
    /// A clock that is right, with its file in `folder`.
    pub fn new(folder: &Path) -> FakeClock {
        let library = find_library().unwrap_or_else(|| {
            install("faketime");
            find_library().expect("libfaketime is needed by this test: install it (Debian's package is `faketime`)")
        });
        let clock = FakeClock {
            file: folder.join(format!("clock-{}", uuid::Uuid::new_v4())),
            library,
        };
        clock.set("+0");
        clock
    }

    /// The node, with this clock. Only the time of day is a fake: timeouts go by the other one.
    pub fn rule(&self, node: Node) -> Node {
        let text = |path: &Path| path.display().to_string();
        node.with("LD_PRELOAD", &text(&self.library))
            .with("FAKETIME_TIMESTAMP_FILE", &text(&self.file))
            .with("FAKETIME_NO_CACHE", "1")
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("DONT_FAKE_MONOTONIC", "1")
    }

    /// Steps by so many seconds from the right time.
    pub fn set(&self, offset: &str) {
        // Replaced and not rewritten, so that no reader sees half of it.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{offset}\n")).expect("a small file");
        std::fs::rename(&new, &self.file).expect("beside it");
    }
}

fn find_library() -> Option<PathBuf> {
    let places = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    places
        .chain(["/usr/lib".into(), "/usr/local/lib".into()])
        .map(|place| place.join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}
