//! Why a command failed.

use std::path::PathBuf;

use crate::account::AccountError;
use crate::builder::BuildError;
use crate::config::ConfigError;
use crate::keys::KeyError;
use crate::role::UnknownRole;
use crate::session::SessionError;

/// Why a command failed. The text is one line, names no secret and is written to standard error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// A setting that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened, or the keys cannot be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The accounts refuse.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// A verb of [`Auth`](crate::Auth) failed.
    #[error(transparent)]
    Session(SessionError),
    /// There is no such role.
    #[error(transparent)]
    Role(#[from] UnknownRole),
    /// No enabled account would hold the role that [`Operator::keeping`](super::Operator::keeping)
    /// names.
    #[error("`{email}` is the last enabled {role}; `--force` does it all the same")]
    LastHolder {
        /// The account.
        email: String,
        /// The role.
        role: String,
    },
    /// The application keeps its users itself, see
    /// [`Operator::account_store`](super::Operator::account_store).
    #[error(
        "this application keeps its own accounts, and they are no `AccountStore`: add and change users where it keeps them"
    )]
    OwnAccounts,
    /// A disabled user sets no password.
    #[error("`{0}` is disabled: enable the account first")]
    Disabled(String),
    /// There is no terminal for the question.
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
    /// The file of an import cannot be opened, or is no CSV with these columns.
    #[error("`{file}` cannot be imported: {why}", file = .0.display(), why = .1)]
    ImportFile(PathBuf, String),
    /// Lines of the file will not do. The text holds line numbers and no hash.
    #[error("nothing was imported: {0}")]
    ImportLines(String),
    /// No key was made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Rocket did not launch, or did not end well; its log has the reason.
    #[error("the server stopped: {0}")]
    Rocket(Box<rocket::Error>),
    /// What the application does itself failed; [`CommandError::application`] makes it.
    #[error(transparent)]
    Application(Box<dyn std::error::Error + Send + Sync>),
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
    /// An error of the application's own, for what it does in
    /// [`Operator::check`](super::Operator::check), [`Operator::migrate`](super::Operator::migrate)
    /// and [`Operator::serve`](super::Operator::serve).
    ///
    /// ```
    /// use auth_core::cli::CommandError;
    ///
    /// let failed = "forty two".parse::<u8>().map_err(CommandError::application);
    /// assert_eq!(failed.unwrap_err().to_string(), "invalid digit found in string");
    /// ```
    pub fn application(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CommandError {
        CommandError::Application(error.into())
    }

    /// Whether the program that read the output has ended, such as `head`: nothing is wrong.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, CommandError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
