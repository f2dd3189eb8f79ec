//! What the command line does. Every failure is one line on standard error and exit code 1.

mod error;
mod import;
mod keys;
mod open;
mod output;
mod progress;
mod routes;
mod serve;
mod sessions;
mod table;
mod user;

use auth_core::config::{Environment, Migrate};
use auth_core::{AuthBuilder, Config, RoleTable};
use clap::CommandFactory;

use crate::cli::{Cli, Command, KeysCommand, UserCommand};
use crate::logs::Format;
use crate::reports::Reports;
use crate::role::AppRole;
use open::{config, missing_file, operator};

pub use error::CommandError;
pub use output::{complain, visible};

/// Checks every setting, whatever the command needs of them: a mistake is found before anything is opened, made or printed.
///
/// # Errors
///
/// [`CommandError::Config`].
pub fn check(cli: &Cli) -> Result<(), CommandError> {
    Environment::check_rocket()?;
    let figment = crate::figment();
    Config::check_rocket(&figment)?;
    // Neither needs a secret, and one of them makes the secret that is missing.
    let environment = match cli.command {
        Some(Command::Keys(_) | Command::Completions { .. }) => Environment::default(),
        _ => Environment::read()?,
    };
    Config::read(&figment, &environment)?;
    Format::read(&figment)?;
    Ok(())
}

/// Carries a command out. [`check`] comes before.
///
/// # Errors
///
/// [`CommandError`]; its text is one line.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve().await,
        Command::Migrate => migrate().await,
        Command::User(command) => {
            let is_first = matches!(command, UserCommand::Add { .. } | UserCommand::Import { .. });
            let missing = missing_file(&config()?);
            user::run(&operator(is_first).await?, command).await?;
            if let Some(file) = missing {
                eprintln!("made a new database: {}", file.display());
            }
            Ok(())
        }
        Command::Sessions(command) => sessions::run(&operator(false).await?, command).await,
        Command::Keys(KeysCommand::Generate { alg }) => keys::generate(&alg),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "rocket-app", &mut script);
            output::line(String::from_utf8_lossy(&script).trim_end())
        }
        Command::Routes { json } => routes::print(json),
    }
}

async fn migrate() -> Result<(), CommandError> {
    let mut config = config()?;
    config.migrate = Migrate::Auto;
    let auth = AuthBuilder::new(config, RoleTable::of::<AppRole>())
        .for_operator()
        .build()
        .await?;
    Reports::open(auth.config()).await?;
    output::line("the schema is up to date")
}
