//! The demo's pages in a real Chromium, with the program itself behind them.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod accounts;
mod administration;
mod client;
mod client_step_up;
mod cross_origin;
mod docs;
mod elsewhere;
mod listed;
mod origins;
mod other_user;
mod page;
mod policy;
mod screenshots;
mod second_factor;
mod second_factor_tabs;
mod second_factor_without_script;
mod sessions;
mod support;
mod without_script;
