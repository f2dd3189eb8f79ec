use std::io::{IsTerminal, stdin};

use auth_core::secret::SecretString;
use auth_core::{Auth, RoleTable, UnknownRole};

use super::table::Table;
use super::{CommandError, import, output};
use crate::cli::UserCommand;
use crate::reports::Reports;
use crate::role::AppRole;

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
        UserCommand::Roles { email, roles } => auth.set_roles(&email, canonical(&roles)?).await?,
        UserCommand::Disable { email } => auth.disable_account(&email).await?,
    }
    Ok(())
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

/// The roles as they stand in claims, each once.
pub(super) fn canonical(typed: &[String]) -> Result<Vec<String>, UnknownRole> {
    let table = RoleTable::of::<AppRole>();
    let mut roles: Vec<String> = Vec::new();
    for name in typed {
        let name = table.parse(name)?;
        if !roles.iter().any(|role| role == name) {
            roles.push(name.to_owned());
        }
    }
    Ok(roles)
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
