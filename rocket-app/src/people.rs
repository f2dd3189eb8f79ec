//! Users as an admin sees and changes them.

use auth_core::account::AccountError;
use auth_core::session::SessionError;
use auth_core::{Auth, AuthError, Role, RoleTable, User, UserId};
use rocket::tokio::sync::Mutex;
use serde::Serialize;

use crate::reports::{ReportError, Reports};
use crate::role::AppRole;

/// One change at a time: of two admins who disable each other at once, each would still see the other enabled.
static CHANGES: Mutex<()> = Mutex::const_new(());

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
    /// The users cannot be read; the log says why.
    Unavailable,
    /// The change failed.
    Refused(AuthError),
}

impl From<ReportError> for NotChanged {
    fn from(error: ReportError) -> NotChanged {
        tracing::warn!("the users cannot be read: {error}");
        NotChanged::Unavailable
    }
}

impl From<SessionError> for NotChanged {
    fn from(error: SessionError) -> NotChanged {
        match error {
            SessionError::Accounts(AccountError::NotFound) => NotChanged::Unknown,
            other => NotChanged::Refused(other.into()),
        }
    }
}

/// Replaces the roles of the user `id`. Admins stay admins until another one says otherwise, and one of them always does.
///
/// # Errors
///
/// [`NotChanged`].
pub async fn set_roles(
    auth: &Auth,
    reports: &Reports,
    admin: &User<AppRole>,
    id: &str,
    roles: &[String],
) -> Result<(), NotChanged> {
    let table = RoleTable::of::<AppRole>();
    let mut names: Vec<String> = Vec::new();
    for role in roles {
        let name = table.parse(role).map_err(|_| NotChanged::Impossible)?;
        if !names.iter().any(|held| held == name) {
            names.push(name.to_owned());
        }
    }
    let _alone = CHANGES.lock().await;
    if !names.iter().any(|name| name == AppRole::Admin.name()) {
        keep_an_admin(reports, admin, id).await?;
    }
    Ok(auth.set_roles(&email(auth, id).await?, names).await?)
}

/// Disables the user `id`, who may be neither the admin who asks nor the last enabled one.
///
/// # Errors
///
/// [`NotChanged`].
pub async fn disable(auth: &Auth, reports: &Reports, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
    let _alone = CHANGES.lock().await;
    keep_an_admin(reports, admin, id).await?;
    Ok(auth.disable_account(&email(auth, id).await?).await?)
}

/// Refuses what would leave no admin: oneself, and the last one that is enabled.
async fn keep_an_admin(reports: &Reports, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
    if id == admin.id().as_str() || reports.is_last_admin(id).await? {
        return Err(NotChanged::Impossible);
    }
    Ok(())
}

async fn email(auth: &Auth, id: &str) -> Result<String, NotChanged> {
    let id = UserId::new(id).map_err(|_| NotChanged::Unknown)?;
    let account = auth.accounts().find(&id).await.map_err(SessionError::Accounts)?;
    Ok(account.ok_or(NotChanged::Unknown)?.email)
}
