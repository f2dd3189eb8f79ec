//! Nothing but tests: see the folders beside this one. The README's example is compiled here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
