//! The PostgreSQL store, on clusters that the tests start themselves.

mod contract;
mod support;
