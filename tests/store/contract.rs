//! The contract, on a fresh SQLite file for each clause; with the built-in accounts and without.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{ManagedAccounts, Store};
use auth_core::testing::store_suite::Harness;

use crate::support::Fresh;

mod with_built_in_accounts {
    auth_core::contract_suite!(super::with_accounts);
    auth_core::accounts_contract_suite!(super::with_accounts);
}

mod with_accounts_of_the_application {
    auth_core::contract_suite!(super::without_accounts);
}

// security: Rotation and storage: The rotation machine, case by case
#[test]
fn every_clause_of_the_contract_is_in_a_suite() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../auth-core/src/testing/store_suite");
    let files = std::fs::read_dir(folder).expect("the contract's folder");
    let source: String = files
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"))
        .collect();
    let clauses = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
    let mut count = 0;
    for clause in clauses {
        assert!(
            source.lines().any(|line| line.trim() == clause),
            "`{clause}` is in no list"
        );
        count += 1;
    }
    assert!(count > 50, "the clauses were found");
}

struct Sqlite {
    fresh: Fresh,
    keeps_accounts: bool,
}

async fn with_accounts() -> Sqlite {
    Sqlite {
        fresh: Fresh::new(),
        keeps_accounts: true,
    }
}

async fn without_accounts() -> Sqlite {
    Sqlite {
        fresh: Fresh::without_accounts(),
        keeps_accounts: false,
    }
}

#[async_trait]
impl Harness for Sqlite {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.fresh.store.clone())
    }

    fn accounts(&self) -> Option<Arc<dyn ManagedAccounts>> {
        self.keeps_accounts
            .then(|| Arc::new(self.fresh.store.clone()) as Arc<dyn ManagedAccounts>)
    }

    async fn pass(&self, time: Duration) {
        self.fresh.clock.advance(time);
    }
}
