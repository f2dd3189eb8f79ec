//! The bodies of the fuzz targets. Each takes any bytes and panics when the library breaks its
//! contract. An independent model, written from the contract and not from the code, states what is
//! right.
//!
//! `fuzz_targets/` hands them libFuzzer's bytes; `tests/corpora.rs` those of the committed corpora, on stable.

pub mod configuration;
pub mod cookie_header;
pub mod csrf;
pub mod refresh_body;
pub mod rule;
mod server;
pub mod stored_hash;
pub mod token;
pub mod work;

/// Whether this input is the one in so many on which work that takes its time is done: always the same ones.
fn is_one_in(many: u32, data: &[u8]) -> bool {
    let sum = data
        .iter()
        .fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    sum.is_multiple_of(many)
}
