use auth_core::{AuthBuilder, RoleTable};

use super::{CommandError, config};
use crate::demo::{self, DemoAccount};
use crate::reports::Reports;
use crate::role::AppRole;

/// Starts the server and waits for its end.
pub(super) async fn serve() -> Result<(), CommandError> {
    let config = config()?;
    let store = config.store_url().to_owned();
    let auth = AuthBuilder::new(config, RoleTable::of::<AppRole>()).build().await?;
    let reports = Reports::open(&store).await?;
    print_accounts(&demo::set_up(&auth, &reports).await?);
    let launched = crate::rocket(crate::figment(), auth.clone(), reports).launch().await;
    auth.close().await;
    launched
        .map(drop)
        .map_err(|error| CommandError::Rocket(Box::new(error)))
}

fn print_accounts(accounts: &[DemoAccount]) {
    if accounts.is_empty() {
        return;
    }
    println!("Demo accounts, printed this once:");
    for account in accounts {
        println!("  {:<20} {}", account.email, account.password.expose());
    }
}
