use std::io::{IsTerminal, stdin};

use auth_core::Auth;
use auth_core::account::AccountError;
use auth_core::secret::SecretString;
use auth_core::session::SessionError;

use super::error::CommandError;
use super::output::visible;
use super::table::Table;
use super::{import, output};
use crate::cli::UserCommand;
use crate::reports::Reports;
use crate::role::{AppRole, canonical};

/// Adds, changes or disables an account.
pub(super) async fn run(auth: &Auth, command: UserCommand) -> Result<(), CommandError> {
    match command {
        UserCommand::Add { email, roles } => {
            let roles = canonical(&roles)?;
            let user = auth.add_account(&email, read_password()?, roles, false).await?;
            output::line(user.as_str())?;
        }
        UserCommand::Import { file } => import::run(auth, &file).await?,
        UserCommand::List { json } => list(auth, json).await?,
        UserCommand::Roles { email, roles, force } => {
            let roles = canonical(&roles)?;
            let set = match force {
                true => auth.set_roles(&email, roles).await,
                false => auth.keeping(AppRole::Admin).set_roles(&email, roles).await,
            };
            or_last_admin(&email, set)?;
        }
        UserCommand::Disable { email, force } => {
            let disabled = match force {
                true => auth.disable_account(&email).await,
                false => auth.keeping(AppRole::Admin).disable_account(&email).await,
            };
            or_last_admin(&email, disabled)?;
        }
        UserCommand::Password { email } => {
            // Before the password is asked for.
            auth.find_user_by_email(&email).await?;
            auth.set_password(&email, read_password()?).await?;
            output::line(&format!(
                "the password of {} is set, and every session has ended",
                visible(&email)
            ))?;
        }
        UserCommand::Enable { email } => {
            let said = if auth.enable_account(&email).await? {
                "enabled"
            } else {
                "enabled already"
            };
            output::line(&format!("{} is {said}", visible(&email)))?;
        }
        UserCommand::Delete { email, yes, force } => {
            auth.find_user_by_email(&email).await?;
            if !yes {
                confirm(&format!("Delete {}, and end every session?", visible(&email)))?;
            }
            let deleted = match force {
                true => auth.delete_account(&email).await,
                false => auth.keeping(AppRole::Admin).delete_account(&email).await,
            };
            or_last_admin(&email, deleted)?;
            output::line(&format!("{} is deleted, and every session has ended", visible(&email)))?;
        }
    }
    Ok(())
}

/// Asks on a terminal; elsewhere no one could answer.
fn confirm(question: &str) -> Result<(), CommandError> {
    if !stdin().is_terminal() {
        return Err(CommandError::Unconfirmed);
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") {
        Ok(())
    } else {
        Err(CommandError::Declined)
    }
}

/// Names the account and the option where no enabled admin would be left.
fn or_last_admin(email: &str, changed: Result<(), SessionError>) -> Result<(), CommandError> {
    changed.map_err(|error| match error {
        SessionError::Accounts(AccountError::LastHolder(_)) => CommandError::LastAdmin(email.to_owned()),
        other => other.into(),
    })
}

async fn list(auth: &Auth, json: bool) -> Result<(), CommandError> {
    let people = Reports::open(auth.config()).await?.people().await?;
    if json {
        return output::json(&people);
    }
    let mut table = Table::new(["e-mail", "roles", "", "user"]);
    for person in people {
        let closed = if person.disabled { "disabled" } else { "" };
        table.row([&person.email, &person.roles.join(" "), &closed, &person.id]);
    }
    table.print()
}

fn read_password() -> std::io::Result<SecretString> {
    if stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map(SecretString::new);
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let line = SecretString::new(line);
    // Some programs write a byte order mark first; no one types it.
    let typed = line.expose().trim_start_matches('\u{feff}');
    Ok(SecretString::new(typed.trim_end_matches(['\r', '\n'])))
}
