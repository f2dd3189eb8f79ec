//! What each server wrote to the log, at every level.
//!
//! A server runs on threads of its own, and each of them knows the server's [`Log`]; so parallel
//! tests do not mix.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};

use auth_core::audit::Event;
use rocket::log::private as log;

pub use log::Level;

thread_local! {
    static LOG: RefCell<Option<Arc<Log>>> = const { RefCell::new(None) };
}

/// What the threads that belong to no server wrote: the clients', the stores' own.
static STRAY: Log = Log {
    lines: Mutex::new(Vec::new()),
    handed: Mutex::new(Vec::new()),
    without_dumps: AtomicBool::new(false),
};

/// What one server said.
#[derive(Debug, Default)]
pub struct Log {
    lines: Mutex<Vec<Line>>,
    /// What was handed to an audit sink.
    handed: Mutex<Vec<Event>>,
    /// Whether Rocket's dump of headers is turned off, as a release requires.
    without_dumps: AtomicBool,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Line {
    pub level: Level,
    pub target: String,
    pub text: String,
}

impl Log {
    /// Makes a log, and makes sure that records are collected: Rocket takes no logger's place.
    pub fn new() -> Arc<Log> {
        static INSTALL: Once = Once::new();
        INSTALL.call_once(|| {
            log::set_logger(&Collector).expect("no other code sets a logger in this process");
            log::set_max_level(log::LevelFilter::Trace);
        });
        Arc::default()
    }

    /// A log of these lines.
    pub fn of(lines: Vec<Line>) -> Log {
        Log {
            lines: Mutex::new(lines),
            ..Log::default()
        }
    }

    /// What the calling thread writes from now on goes here.
    pub fn follow_this_thread(self: &Arc<Log>) {
        LOG.with(|log| *log.borrow_mut() = Some(Arc::clone(self)));
    }

    /// Turns off what a release refuses to start with.
    pub fn refuse_dumps(&self) {
        self.without_dumps.store(true, Ordering::Relaxed);
    }

    /// Takes note of what was handed to a sink.
    pub fn hand(&self, event: &Event) {
        self.handed
            .lock()
            .expect("no panic while it is held")
            .push(event.clone());
    }

    /// Forgets what was handed to a sink: the accounts of a fresh server.
    pub fn forget_handed(&self) {
        self.handed.lock().expect("no panic while it is held").clear();
    }

    /// What was handed to a sink.
    pub fn handed(&self) -> Vec<Event> {
        self.handed.lock().expect("no panic while it is held").clone()
    }

    /// What belongs to no server.
    pub fn stray() -> &'static Log {
        &STRAY
    }

    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().expect("no panic while it is held").clone()
    }

    /// The lines that hold `text`.
    pub fn with(&self, text: &str) -> Vec<Line> {
        self.lines()
            .into_iter()
            .filter(|line| line.text.contains(text))
            .collect()
    }

    /// The security events of this name.
    pub fn events(&self, name: &str) -> Vec<Line> {
        let name = format!("event=\"{name}\"");
        self.with(&name)
            .into_iter()
            .filter(|line| line.target == "auth_core::audit")
            .collect()
    }

    pub fn errors(&self) -> Vec<Line> {
        self.lines()
            .into_iter()
            .filter(|line| line.level == Level::Error)
            .collect()
    }
}

struct Collector;

impl log::Log for Collector {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let is_dump = metadata.target() == "rocket::server" && metadata.level() >= Level::Debug;
        let log = LOG.try_with(|log| log.borrow().clone()).ok().flatten();
        !(is_dump && log.is_some_and(|log| log.without_dumps.load(Ordering::Relaxed)))
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = Line {
            level: record.level(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
        };
        let add = |log: &Log| log.lines.lock().expect("no panic while it is held").push(line);
        // A thread that is about to end has no locals any more.
        let log = LOG.try_with(|log| log.borrow().clone()).ok().flatten();
        match log {
            Some(log) => add(&log),
            // The clients' side of a connection is not of interest.
            None if record.target().starts_with("auth_core") => add(&STRAY),
            None => {}
        }
    }

    fn flush(&self) {}
}
