//! Nothing: the tests are in `main.rs`, and what they compile is beside it.
