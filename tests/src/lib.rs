//! What the tests in the folders beside this one share: the services that they start. The examples of the README and of
//! docs/events.md are compiled here.

pub mod postgres;

#[cfg(test)]
mod requirements;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/events.md")]
struct Events;
