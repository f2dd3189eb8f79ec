//! Why a command failed.

use std::path::PathBuf;

use auth_core::account::AccountError;
use auth_core::config::ConfigError;
use auth_core::keys::GenerateError;
use auth_core::session::SessionError;
use auth_core::{BuildError, UnknownRole};

use crate::demo::DemoError;
use crate::logs::LogsError;
use crate::monitor::MonitorError;
use crate::reports::ReportError;

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
    Import(#[from] ImportError),
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

/// Why nothing was imported. The texts hold line numbers and no hash.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be opened, or is no CSV with these columns.
    #[error("`{file}` cannot be imported: {why}", file = .0.display(), why = .1)]
    File(PathBuf, String),
    /// Lines that will not do.
    #[error("nothing was imported: {0}")]
    Lines(String),
}
