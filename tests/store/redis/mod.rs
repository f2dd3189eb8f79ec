//! The Redis store, against a real redis-server.

pub mod arrange;
mod builder;
mod changes;
mod contract;
mod keys;
mod opening;
mod races;
mod restart;
mod rights;
mod traces;
