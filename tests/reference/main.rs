//! The pages of `docs/reference` are what the code says. After a change, `BLESS=1 cargo test -p
//! tests --test reference` writes them.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod commands;
mod endpoints;
mod errors;
mod page;
mod security;
mod settings;
