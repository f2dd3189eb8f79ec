//! The command line, for `clap`.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::role_argument::{RoleArgument, listed};
use crate::clock::Timestamp;
use crate::role::Role;

/// One of the operator's commands, for an application whose roles are `R`.
///
/// An application with commands of its own puts it into its own enum, and hands it to
/// [`Operator::execute`](super::Operator::execute). The example there shows how.
pub struct Command<R: Role>(pub(super) Verb<R>);

impl<R: Role> FromArgMatches for Command<R> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Verb::from_arg_matches(matches).map(Command)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<R: Role> Subcommand for Command<R> {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        Verb::<R>::augment_subcommands(command)
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Verb::<R>::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Verb::<R>::has_subcommand(name)
    }
}

// No doc comment: it would be the application's description in its help.
#[derive(Parser)]
#[command(
    after_help = "Exit codes: 0 done; 1 refused or failed, with one line on standard error; 2 the command line is wrong."
)]
pub(super) struct CommandLine<R: Role> {
    /// What to do; without a command the server is started.
    #[command(subcommand)]
    pub(super) command: Option<Command<R>>,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Verb<R: Role> {
    /// Start the server.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Accounts.
    #[command(subcommand)]
    User(UserCommand<R>),
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
#[derive(Subcommand)]
pub(super) enum UserCommand<R: Role> {
    /// Add an account; the password is read from standard input, or asked for on a terminal.
    Add {
        /// What the user signs in with.
        email: String,
        // A role, and which there are.
        #[arg(
            long = "role",
            value_name = "ROLE",
            help = format!("A role: {}. May be given several times", listed::<R>())
        )]
        roles: Vec<RoleArgument<R>>,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print a link to sign up with, which is good for 7 days. It carries the roles.
    Invite {
        /// Whom.
        email: String,
        // A role, and which there are.
        #[arg(
            long = "role",
            value_name = "ROLE",
            help = format!("A role: {}. May be given several times", listed::<R>())
        )]
        roles: Vec<RoleArgument<R>>,
        /// Print address, roles and link as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add the accounts of a CSV file with the columns `email`, `password_hash` (bcrypt; kept as it
    /// is) and `roles` (separated by blanks; may be missing). Nothing is added unless every line is
    /// good. Accounts that exist already are passed over, so that an import that was broken off is
    /// run again.
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
    /// Show an account.
    Show {
        /// The user: e-mail or id.
        user: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change a user's e-mail; sessions go on.
    Email {
        /// The user: e-mail or id.
        user: String,
        /// The new e-mail.
        new: String,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replace a user's roles; the user's next refresh carries them.
    Roles {
        /// The user: e-mail or id.
        user: String,
        // The roles, and which there are.
        #[arg(
            required_unless_present = "none",
            value_name = "ROLE",
            help = format!("The roles the user has from now on: {}", listed::<R>())
        )]
        roles: Vec<RoleArgument<R>>,
        /// The user has no role from now on.
        #[arg(long, conflicts_with = "roles")]
        none: bool,
        /// Also where no enabled user is left with the role that the application keeps.
        #[arg(long)]
        force: bool,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set a user's password and end all their sessions; the password is read from standard input,
    /// or asked for on a terminal.
    Password {
        /// The user: e-mail or id.
        user: String,
        /// Print a link by which the user sets a new password within an hour; nothing changes
        /// before that.
        #[arg(long)]
        link: bool,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Disable a user and end all their sessions.
    Disable {
        /// The user: e-mail or id.
        user: String,
        /// Also where no enabled user is left with the role that the application keeps.
        #[arg(long)]
        force: bool,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Enable a disabled user again; no session revives.
    Enable {
        /// The user: e-mail or id.
        user: String,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Second factors.
    #[command(subcommand)]
    Factors(FactorsCommand),
    /// Delete a user's account and end all their sessions; asks first on a terminal.
    Delete {
        /// The user: e-mail or id.
        user: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Also where no enabled user is left with the role that the application keeps.
        #[arg(long)]
        force: bool,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with second factors.
#[derive(Subcommand)]
pub(super) enum FactorsCommand {
    /// Remove a user's authenticator app and recovery codes, for a user who lost both; sessions go
    /// on. The user then signs in with the password alone.
    Reset {
        /// The user: e-mail or id.
        user: String,
        /// Print the account as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with sessions.
#[derive(Subcommand)]
pub(super) enum SessionsCommand {
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
    /// End all sessions made before a time: after the database was restored from a back-up, in
    /// which sessions live that were revoked since.
    RevokeBefore {
        /// The time, such as 2026-11-23T22:34:06Z.
        time: Timestamp,
    },
    /// Delete the sessions whose absolute end is over. The server does it by itself every
    /// `auth.sessions.cleanup_interval`.
    Clean,
}

/// What to do with keys.
#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key and print it, as the configuration takes it. For HMAC it is a secret (`{ secret =
    /// "…" }`, and for HS256 also `JWT_ACCESS_SECRET` or `JWT_REFRESH_SECRET`). For the others it
    /// is a private key as PEM (`{ file = "…" }`, `{ pem = "…" }`).
    Generate {
        /// HS256, HS384, HS512, EdDSA, ES256 or RS256.
        #[arg(long, default_value = "HS256")]
        alg: String,
    },
}
