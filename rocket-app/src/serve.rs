//! The server of the demo.

use std::io::{Write, stderr, stdout};

use auth_core::cli::CommandError;
use auth_core::{Auth, Config};

use crate::demo::{self, DemoAccount};
use crate::logs::{self, Format};
use crate::monitor::Monitor;
use crate::reports::Reports;
use crate::role::AppRole;

/// Starts the server and waits for its end.
pub(super) async fn serve() -> Result<(), CommandError> {
    let mut figment = crate::figment();
    let config = Config::from_figment(&figment)?;
    let format = logs::set_up(&figment).map_err(CommandError::application)?;
    if format == Format::Json {
        // Rocket paints what it says where it sees a terminal.
        figment = figment.merge(("cli_colors", false));
    }
    // Before anything is counted.
    let monitor = Monitor::install().map_err(CommandError::application)?;
    let auth = Auth::builder::<AppRole>().build(config).await?;
    let reports = Reports::open(auth.config()).await.map_err(CommandError::application)?;
    let made = demo::set_up(&auth, &reports).await.map_err(CommandError::application)?;
    print_accounts(&made, format).map_err(CommandError::Output)?;
    let rocket = crate::rocket(figment, auth.clone(), reports).manage(monitor);
    let launched = rocket.launch().await;
    auth.close().await;
    launched
        .map(drop)
        .map_err(|error| CommandError::Rocket(Box::new(error)))
}

/// To standard output; beside a log of one object a line to standard error, for people alone.
fn print_accounts(accounts: &[DemoAccount], format: Format) -> std::io::Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let mut lines = vec!["Demo accounts, printed this once:".to_owned()];
    let line = |account: &DemoAccount| format!("  {:<20} {}", account.email, account.password.expose());
    lines.extend(accounts.iter().map(line));
    let lines = lines.join("\n");
    match format {
        Format::Text => {
            let mut out = stdout().lock();
            writeln!(out, "{lines}").and_then(|()| out.flush())
        }
        Format::Json => writeln!(stderr(), "{lines}"),
    }
}
