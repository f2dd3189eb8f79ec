//! The contract, on a fresh database for each clause; the clock is the server's, so time passes by
//! waiting.

use std::sync::Arc;

use auth_core::__internal::Store;
use auth_core::testing::store_suite::Harness;

use super::arrange::Fresh;

auth_core::contract_suite!(on_a_fresh_database);

struct Redis(Fresh);

async fn on_a_fresh_database() -> Redis {
    Redis(Fresh::new().await)
}

impl Harness for Redis {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.store.clone())
    }
}
