//! The command line.

use std::path::PathBuf;

use auth_core::clock::Timestamp;
use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// The demo of auth-core. Settings: `Rocket.toml`, `ROCKET_…`, `JWT_ACCESS_SECRET`, `JWT_REFRESH_SECRET`, `DATABASE_URL`.
#[derive(Debug, Parser)]
#[command(
    name = "rocket-app",
    version,
    after_help = "Exit codes: 0 done; 1 refused or failed, with one line on standard error; 2 a command line that is none."
)]
pub struct Cli {
    /// What to do; without a command the server is started.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// Sessions.
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print the completions of a shell, to be put where it looks for them.
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: Shell,
    },
    /// Print the access map: method, path, handler, decision.
    Routes {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account; the password is read from standard input, or asked for on a terminal.
    Add {
        /// What the user signs in with.
        email: String,
        /// A role: admin, editor or viewer. May be given several times.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Add the accounts of a CSV file with the columns `email`, `password_hash` (bcrypt; kept as it is) and `roles` (separated by
    /// blanks; may be missing). Nothing is added unless every line is good. Accounts that exist already are passed over, so that an
    /// import that was broken off is run again.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// List the accounts.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replace a user's roles; the user's next refresh carries them.
    Roles {
        /// The user.
        email: String,
        /// The roles the user has from now on.
        #[arg(required = true, value_name = "ROLE")]
        roles: Vec<String>,
        /// Also where no enabled admin is left.
        #[arg(long)]
        force: bool,
    },
    /// Set a user's password and end all their sessions; the password is read from standard input, or asked for on a terminal.
    Password {
        /// The user.
        email: String,
    },
    /// Disable a user and end all their sessions.
    Disable {
        /// The user.
        email: String,
        /// Also where no enabled admin is left.
        #[arg(long)]
        force: bool,
    },
    /// Enable a disabled user again; no session revives.
    Enable {
        /// The user.
        email: String,
    },
    /// Delete a user's account and end all their sessions; asks first on a terminal.
    Delete {
        /// The user.
        email: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Also where no enabled admin is left.
        #[arg(long)]
        force: bool,
    },
}

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// List a user's live sessions.
    List {
        /// The user.
        email: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// End all of a user's sessions.
    Revoke {
        /// The user.
        email: String,
    },
    /// End everybody's sessions made before a time: after the database was restored from a back-up, in which sessions live
    /// that were revoked since.
    RevokeBefore {
        /// The time, such as 2026-11-23T22:34:06Z.
        time: Timestamp,
    },
    /// Delete the sessions whose absolute end is over. The server does it by itself every `auth.sessions.cleanup_interval`.
    Clean,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it, as the configuration takes it: for HMAC a secret (`{ secret = "…" }`, and for HS256 also
    /// `JWT_ACCESS_SECRET` or `JWT_REFRESH_SECRET`), for the others a private key as PEM (`{ file = "…" }`, `{ pem = "…" }`).
    Generate {
        /// HS256, HS384, HS512, EdDSA, ES256 or RS256.
        #[arg(long, default_value = "HS256")]
        alg: String,
    },
}
