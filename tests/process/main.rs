//! The program itself: started, killed, interrupted and misconfigured, as an operator would see it.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod account_flows;
mod accounts;
mod command_line;
mod commands;
mod crash;
mod curl_session;
mod examples;
#[cfg(unix)]
mod keys;
mod last_admin;
mod launch;
mod logs;
mod metrics;
mod output;
mod own_users;
mod saas;
mod settings;
mod without_ddl;
