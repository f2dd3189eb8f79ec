//! What the tests in the folders beside this one share: the program and the services that they start, and its
//! clients. The README's example is compiled here.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

pub mod client;
pub mod postgres;
pub mod process;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
