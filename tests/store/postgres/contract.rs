//! The contract, on a fresh database for each clause; with the built-in accounts and without.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::__internal::{ManagedAccounts, Store};
use auth_core::testing::store_suite::Harness;

use super::support::Fresh;

mod with_built_in_accounts {
    auth_core::contract_suite!(super::with_accounts);
    auth_core::accounts_contract_suite!(super::with_accounts);
}

mod with_accounts_of_the_application {
    auth_core::contract_suite!(super::without_accounts);
}

struct Postgres {
    fresh: Fresh,
    keeps_accounts: bool,
}

async fn with_accounts() -> Postgres {
    Postgres {
        fresh: Fresh::new().await,
        keeps_accounts: true,
    }
}

async fn without_accounts() -> Postgres {
    Postgres {
        fresh: Fresh::with(|config| config.keeps_accounts = false).await,
        keeps_accounts: false,
    }
}

/// Its clock is the database's, which cannot be set: time passes by waiting.
#[async_trait]
impl Harness for Postgres {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.fresh.store.clone())
    }

    fn accounts(&self) -> Option<Arc<dyn ManagedAccounts>> {
        self.keeps_accounts
            .then(|| Arc::new(self.fresh.store.clone()) as Arc<dyn ManagedAccounts>)
    }
}
