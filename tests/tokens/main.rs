//! Keys and tokens without a server: which keys are refused, and that what is accepted is accepted
//! by another library, too.

#![expect(clippy::panic, reason = "what supports the tests fails them by panicking")]

mod accepted_keys;
mod differential;
mod ends;
#[cfg(unix)]
mod key_files;
mod made;
mod mutants;
mod refused_keys;
mod remembered;
mod support;
mod traps;
