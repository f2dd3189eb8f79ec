//! What the command line does. Every failure is one line on standard error and exit code 1.

mod import;
mod keys;
mod output;
mod progress;
mod routes;
mod serve;
mod sessions;
mod table;
mod user;

use std::path::PathBuf;

use auth_core::account::AccountError;
use auth_core::config::{ConfigError, Environment, Migrate};
use auth_core::keys::GenerateError;
use auth_core::session::SessionError;
use auth_core::store::sqlite::SqliteStore;
use auth_core::{Auth, AuthBuilder, BuildError, Config, RoleTable, UnknownRole};
use clap::CommandFactory;
pub use output::{complain, visible};

use crate::cli::{Cli, Command, KeysCommand, UserCommand};
use crate::demo::DemoError;
use crate::logs::{Format, LogsError};
use crate::monitor::MonitorError;
use crate::reports::{ReportError, Reports};
use crate::role::AppRole;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// A setting that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The accounts refuse.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// A verb failed.
    #[error(transparent)]
    Session(SessionError),
    /// The reports cannot be reached.
    #[error(transparent)]
    Reports(#[from] ReportError),
    /// The demo cannot be set up.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// There is no such role.
    #[error(transparent)]
    Role(#[from] UnknownRole),
    /// No enabled admin would be left.
    #[error("`{0}` is the last enabled admin; `--force` does it all the same")]
    LastAdmin(String),
    /// There is no terminal to ask on.
    #[error("`user delete` asks on a terminal; elsewhere add `--yes`")]
    Unconfirmed,
    /// The answer was no.
    #[error("nothing was deleted")]
    Declined,
    /// No password came in.
    #[error("no password could be read: {0}")]
    Password(#[from] std::io::Error),
    /// Nothing can be printed.
    #[error("standard output cannot be written: {0}")]
    Output(#[source] std::io::Error),
    /// Something cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file cannot be imported.
    #[error(transparent)]
    Import(#[from] import::ImportError),
    /// No key was made.
    #[error(transparent)]
    Key(#[from] GenerateError),
    /// The log cannot be written as it should.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// Metrics cannot be shown.
    #[error(transparent)]
    Monitor(#[from] MonitorError),
    /// Rocket did not launch, or did not end well; it has said why.
    #[error("the server stopped: {0}")]
    Rocket(Box<rocket::Error>),
}

impl From<SessionError> for CommandError {
    fn from(error: SessionError) -> CommandError {
        match error {
            SessionError::Accounts(error) => CommandError::Accounts(error),
            other => CommandError::Session(other),
        }
    }
}

impl CommandError {
    /// Whether the program that read what was printed has ended, such as `head`: nothing is wrong.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, CommandError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

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

fn config() -> Result<Config, CommandError> {
    Ok(Config::read(&crate::figment(), &Environment::read()?)?)
}

/// The database file, if there is none.
fn missing_file(config: &Config) -> Option<PathBuf> {
    let file = SqliteStore::parse_url(config.store_url()).ok()?;
    (!file.exists()).then_some(file)
}

/// An [`Auth`] for the command line: it signs nothing, so that it needs no keys. Only a command that `creates` makes a missing
/// database: the file may have been moved from under a server that runs.
async fn operator(creates: bool) -> Result<Auth, CommandError> {
    let mut builder = AuthBuilder::new(config()?, RoleTable::of::<AppRole>()).for_operator();
    if !creates {
        builder = builder.of_existing_database();
    }
    Ok(builder.build().await?)
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
