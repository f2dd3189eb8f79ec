//! What the tests in the folders beside this one share: the services that they start. The README's example is compiled here.

pub mod postgres;
pub mod redis;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
