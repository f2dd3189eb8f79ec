use std::io::{Write, stderr};

use auth_core::{AuthBuilder, RoleTable};

use super::error::CommandError;
use super::open::config;
use super::output;
use crate::demo::{self, DemoAccount};
use crate::logs::{self, Format};
use crate::monitor::Monitor;
use crate::reports::Reports;
use crate::role::AppRole;

/// Starts the server and waits for its end.
pub(super) async fn serve() -> Result<(), CommandError> {
    output::end_when_nothing_can_be_printed();
    let config = config()?;
    let mut figment = crate::figment();
    let format = logs::set_up(&figment)?;
    if format == Format::Json {
        // Rocket paints what it says where it sees a terminal.
        figment = figment.merge(("cli_colors", false));
    }
    // Before anything is counted.
    let monitor = Monitor::install()?;
    let auth = AuthBuilder::new(config, RoleTable::of::<AppRole>()).build().await?;
    let reports = Reports::open(auth.config()).await?;
    print_accounts(&demo::set_up(&auth, &reports).await?, format)?;
    let rocket = crate::rocket(figment, auth.clone(), reports).manage(monitor);
    let launched = rocket.launch().await;
    auth.close().await;
    launched
        .map(drop)
        .map_err(|error| CommandError::Rocket(Box::new(error)))
}

/// To standard output; beside a log of one object a line to standard error, for people alone.
fn print_accounts(accounts: &[DemoAccount], format: Format) -> Result<(), CommandError> {
    if accounts.is_empty() {
        return Ok(());
    }
    let mut lines = vec!["Demo accounts, printed this once:".to_owned()];
    let line = |account: &DemoAccount| format!("  {:<20} {}", account.email, account.password.expose());
    lines.extend(accounts.iter().map(line));
    let lines = lines.join("\n");
    match format {
        Format::Text => output::line(&lines),
        Format::Json => writeln!(stderr(), "{lines}").map_err(CommandError::Output),
    }
}
