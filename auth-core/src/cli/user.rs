//! `user`: adds, lists and changes the built-in accounts.

use std::io::{IsTerminal, stdin};

use super::account::{self, AccountView, LinkView};
use super::command::{FactorsCommand, UserCommand};
use super::error::CommandError;
use super::output::visible;
use super::{import, output, role_argument};
use crate::account::{AccountError, ListedAccount};
use crate::config::{ConfigError, SignUp};
use crate::role::Role;
use crate::secret::SecretString;
use crate::session::{Auth, SessionError};

/// How many accounts are read at once.
const PAGE: u32 = 500;

/// Carries `command` out. Unless it forces, some enabled account goes on holding the role `kept`.
pub(super) async fn run<R: Role>(auth: &Auth, kept: Option<R>, command: UserCommand<R>) -> Result<(), CommandError> {
    let accounts = auth.accounts();
    let keeping = |force: bool| match kept {
        Some(role) if !force => accounts.keeping(role),
        _ => accounts,
    };
    match command {
        UserCommand::Add { email, roles, json } => {
            let roles = role_argument::roles(roles)?;
            let user = accounts.create(&email, read_password()?, roles).await?;
            account::print_changed(auth, &user, json, user.as_str()).await?;
        }
        UserCommand::Invite { email, roles, json } => invite(auth, &email, role_argument::roles(roles)?, json).await?,
        UserCommand::Import { file } => import::run::<R>(auth, &file).await?,
        UserCommand::List { json } => list(auth, json).await?,
        UserCommand::Show { user, json } => {
            let found = account::find(auth, &user).await?;
            if json {
                output::json(&AccountView::from(found))?;
            } else {
                account::print_table(vec![found])?;
            }
        }
        UserCommand::Roles {
            user,
            roles,
            force,
            json,
            ..
        } => {
            let roles = role_argument::roles(roles)?;
            let found = account::find(auth, &user).await?;
            let sentence = format!("{} has {}", visible(&found.email), account::roles_of(&names(&roles)));
            name_last_holder(&found.email, keeping(force).set_roles(&found.id, roles).await)?;
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Email { user, new, json } => {
            let found = account::find(auth, &user).await?;
            let new = new.trim();
            auth.accounts().set_email(&found.id, new).await?;
            let sentence = format!("{} signs in as {} now", visible(&found.email), visible(new));
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Disable { user, force, json } => {
            let found = account::find(auth, &user).await?;
            name_last_holder(&found.email, keeping(force).disable(&found.id).await)?;
            let sentence = format!("{} is disabled, and every session has ended", visible(&found.email));
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Password { user, link, json } => {
            // Before the prompt for the password.
            let found = account::find(auth, &user).await?;
            if link {
                return reset_link(auth, &found, json).await;
            }
            accounts.set_password(&found.id, read_password()?).await?;
            let sentence = format!(
                "the password of {} is set, and every session has ended",
                visible(&found.email)
            );
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Enable { user, json } => {
            let found = account::find(auth, &user).await?;
            let said = if accounts.enable(&found.id).await? {
                "enabled"
            } else {
                "enabled already"
            };
            let sentence = format!("{} is {said}", visible(&found.email));
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Factors(FactorsCommand::Reset { user, json }) => {
            let found = account::find(auth, &user).await?;
            let said = if accounts.reset_factors(&found.id).await? {
                "has no second factor any more"
            } else {
                "has no second factor"
            };
            let sentence = format!("{} {said}", visible(&found.email));
            account::print_changed(auth, &found.id, json, &sentence).await?;
        }
        UserCommand::Delete { user, yes, force, json } => {
            let found = account::find(auth, &user).await?;
            if !yes {
                confirm(&format!("Delete {}, and end every session?", visible(&found.email)))?;
            }
            name_last_holder(&found.email, keeping(force).delete(&found.id).await)?;
            if json {
                output::json(&AccountView::from(found))?;
            } else {
                output::line(&format!(
                    "{} is deleted, and every session has ended",
                    visible(&found.email)
                ))?;
            }
        }
    }
    Ok(())
}

fn names<R: Role>(roles: &[R]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

/// Asks on a terminal; without one no operator could answer.
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

/// Names the account and the option where no enabled account would hold the role.
fn name_last_holder(email: &str, changed: Result<(), SessionError>) -> Result<(), CommandError> {
    changed.map_err(|error| match error {
        SessionError::Accounts(AccountError::LastHolder(role)) => CommandError::LastHolder {
            email: email.to_owned(),
            role,
        },
        other => other.into(),
    })
}

/// Prints a link to sign up with these roles.
async fn invite<R: Role>(auth: &Auth, email: &str, roles: Vec<R>, json: bool) -> Result<(), CommandError> {
    if auth.config().flows.sign_up == SignUp::Off {
        let off = "is \"off\", so that an invitation leads nowhere: write \"invited\" or \"open\"";
        return Err(ConfigError::new("auth.flows.sign_up", off).into());
    }
    let names = names(&roles);
    let link = auth.accounts().invite(email, roles).await?;
    print_link(email.trim(), &names, link.expose(), json)
}

/// Prints a link to set a new password by.
async fn reset_link(auth: &Auth, account: &ListedAccount, json: bool) -> Result<(), CommandError> {
    if !auth.config().flows.reset {
        let off = "is off, so that the link leads nowhere: write `true`, or set the password here";
        return Err(ConfigError::new("auth.flows.reset", off).into());
    }
    if account.disabled {
        return Err(CommandError::Disabled(account.email.clone()));
    }
    let link = auth.accounts().reset_link(&account.id).await?;
    print_link(&account.email, &account.roles, link.expose(), json)
}

fn print_link(email: &str, roles: &[String], link: &str, json: bool) -> Result<(), CommandError> {
    if json {
        output::json(&LinkView { email, roles, link })
    } else {
        output::line(link)
    }
}

async fn list(auth: &Auth, json: bool) -> Result<(), CommandError> {
    let mut accounts: Vec<ListedAccount> = Vec::new();
    loop {
        let last = accounts.last().map(|account| account.email.clone());
        let page = auth.accounts().list(last.as_deref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        accounts.extend(page);
        if is_last {
            break;
        }
    }
    if json {
        let accounts: Vec<AccountView> = accounts.into_iter().map(AccountView::from).collect();
        return output::json(&accounts);
    }
    account::print_table(accounts)
}

fn read_password() -> std::io::Result<SecretString> {
    if stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map(SecretString::new);
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let line = SecretString::new(line);
    // Some programs write a byte order mark first; users do not type it.
    let typed = line.expose().trim_start_matches('\u{feff}');
    Ok(SecretString::new(typed.trim_end_matches(['\r', '\n'])))
}
