//! The program itself: started, killed, interrupted and misconfigured, as an operator would see it.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod accounts;
mod command_line;
mod commands;
mod crash;
mod examples;
#[cfg(unix)]
mod keys;
mod last_admin;
mod launch;
mod logs;
mod metrics;
mod output;
mod own_users;
mod readme;
mod settings;
mod without_ddl;
