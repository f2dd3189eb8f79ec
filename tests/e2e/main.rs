//! The HTTP contract, end to end: the demo on a free port with a database of its own, and a client that sees only what a
//! client can see. One file per subject; a test's name is what is claimed.

#![expect(clippy::panic, reason = "what supports the tests fails them by panicking")]

mod accessmap;
mod bodies;
mod browser_headers;
mod caches;
mod catchers;
mod claims;
mod cleaning;
mod cookies;
mod csrf;
mod database;
mod demo;
mod events;
mod feed;
mod forms;
mod guards;
mod keys;
mod keys_rotation;
mod launch;
mod local;
mod login;
mod logout;
mod logs;
mod methods;
mod origins;
mod outage;
mod own_accounts;
mod own_refusals;
mod password;
mod past_launch;
mod planted;
mod policies;
mod protect;
mod proxies;
mod ranks;
mod refresh;
mod refusals;
mod roles;
mod sessions;
mod support;
mod throttle;
mod tokens;
mod traps;
mod unread;
mod unreadable;
mod upgrade;
mod work;
mod ws;
