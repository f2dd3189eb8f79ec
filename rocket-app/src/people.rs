//! Users as an admin sees and changes them.

use auth_core::account::AccountError;
use auth_core::session::SessionError;
use auth_core::{Auth, AuthError, Role, RoleTable, User, UserId};
use serde::Serialize;

use crate::role::AppRole;

/// A user.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// The user's id.
    pub id: String,
    /// What the user signs in with.
    pub email: String,
    /// The names of the roles the user holds.
    pub roles: Vec<String>,
    /// Whether the account is closed.
    pub disabled: bool,
}

impl Person {
    /// Whether the user holds the role of this name.
    pub fn holds(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// Why a user was not changed.
#[derive(Debug)]
pub enum NotChanged {
    /// There is no such user.
    Unknown,
    /// There is no such role, or admins would shut themselves out, or no enabled admin would be left.
    Impossible,
    /// The change failed.
    Refused(AuthError),
}

impl From<SessionError> for NotChanged {
    fn from(error: SessionError) -> NotChanged {
        match error {
            SessionError::Accounts(AccountError::NotFound) => NotChanged::Unknown,
            SessionError::Accounts(AccountError::LastHolder(_)) => NotChanged::Impossible,
            other => NotChanged::Refused(other.into()),
        }
    }
}

/// Replaces the roles of the user `id`. Admins stay admins until another one says otherwise, and one of them always does.
///
/// # Errors
///
/// [`NotChanged`].
pub async fn set_roles(auth: &Auth, admin: &User<AppRole>, id: &str, roles: &[String]) -> Result<(), NotChanged> {
    let table = RoleTable::of::<AppRole>();
    let mut names: Vec<String> = Vec::new();
    for role in roles {
        let name = table.parse(role).map_err(|_| NotChanged::Impossible)?;
        if !names.iter().any(|held| held == name) {
            names.push(name.to_owned());
        }
    }
    if !names.iter().any(|name| name == AppRole::Admin.name()) {
        refuse_oneself(admin, id)?;
    }
    let email = email(auth, id).await?;
    Ok(auth.keeping(AppRole::Admin).set_roles(&email, names).await?)
}

/// Disables the user `id`, who may be neither the admin who asks nor the last enabled one.
///
/// # Errors
///
/// [`NotChanged`].
pub async fn disable(auth: &Auth, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
    refuse_oneself(admin, id)?;
    let email = email(auth, id).await?;
    Ok(auth.keeping(AppRole::Admin).disable_account(&email).await?)
}

/// Admins do not shut themselves out.
fn refuse_oneself(admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
    if id == admin.id().as_str() {
        return Err(NotChanged::Impossible);
    }
    Ok(())
}

async fn email(auth: &Auth, id: &str) -> Result<String, NotChanged> {
    let id = UserId::new(id).map_err(|_| NotChanged::Unknown)?;
    let account = auth.accounts().find(&id).await.map_err(SessionError::Accounts)?;
    Ok(account.ok_or(NotChanged::Unknown)?.email)
}
