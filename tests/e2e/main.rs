//! The HTTP contract, end to end: the demo on a free port with a database of its own, and a client that sees only what a
//! client can see. One file per subject; a test's name is what is claimed.

mod bodies;
mod cookies;
mod csrf;
mod guards;
mod login;
mod logout;
mod password;
mod refresh;
mod sessions;
mod support;
mod tokens;
