//! The macros: what their rules decide, what their handlers ask, and the page of what they say to
//! mistakes.
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod allocations;
mod compile_errors;
mod expanded_rules;
mod handlers;
mod naive;
mod policy_failures;
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the end-to-end tests, which use more of it"
)]
#[path = "../e2e/support/mod.rs"]
mod support;
mod truth_table;
