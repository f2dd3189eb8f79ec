//! One account on the command line: named by its e-mail or its id, and printed for people or
//! programs.

use serde::Serialize;

use super::error::CommandError;
use super::output::{self, visible};
use super::table::Table;
use crate::account::AccountError;
use crate::account::ListedAccount;
use crate::ids::UserId;
use crate::session::Auth;

/// The account of an e-mail or an id. No id has an `@`, and no address is without.
pub(super) async fn find(auth: &Auth, who: &str) -> Result<ListedAccount, CommandError> {
    let id = if who.contains('@') {
        auth.accounts().id_of(who).await?
    } else {
        UserId::new(who).map_err(|_| AccountError::NotFound)?
    };
    let found = auth.managed()?.show(&id).await?;
    Ok(found.ok_or(AccountError::NotFound)?)
}

/// What a verb changed: the account as it is now as JSON, or a sentence.
pub(super) async fn print_changed(auth: &Auth, id: &UserId, json: bool, sentence: &str) -> Result<(), CommandError> {
    if !json {
        return output::line(sentence);
    }
    let found = auth.managed()?.show(id).await?;
    output::json(&AccountView::from(found.ok_or(AccountError::NotFound)?))
}

/// An account as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountView {
    id: String,
    email: String,
    roles: Vec<String>,
    disabled: bool,
    created_at: String,
}

impl From<ListedAccount> for AccountView {
    fn from(account: ListedAccount) -> AccountView {
        AccountView {
            id: account.id.to_string(),
            email: account.email,
            roles: account.roles,
            disabled: account.disabled,
            created_at: account.created_at.to_string(),
        }
    }
}

/// A link as `--json` prints it.
#[derive(Serialize)]
pub(super) struct LinkView<'a> {
    pub(super) email: &'a str,
    pub(super) roles: &'a [String],
    pub(super) link: &'a str,
}

/// Prints accounts, one a row.
pub(super) fn print_table(accounts: Vec<ListedAccount>) -> Result<(), CommandError> {
    let mut table = Table::new(["e-mail", "roles", "", "user"]);
    for account in accounts {
        let disabled = if account.disabled { "disabled" } else { "" };
        table.row([&account.email, &account.roles.join(" "), &disabled, &account.id]);
    }
    table.print()
}

/// The roles in a sentence.
pub(super) fn roles_of(roles: &[String]) -> String {
    if roles.is_empty() {
        "no roles".to_owned()
    } else {
        visible(&roles.join(", "))
    }
}
