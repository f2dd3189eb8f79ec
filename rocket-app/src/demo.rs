//! The three accounts and reports that a debug server makes in an empty database.

use auth_core::keys::generate_secret;
use auth_core::session::SessionError;
use auth_core::{AccountError, Auth, Role, SecretString, UserId};

use crate::reports::{ReportError, Reports};
use crate::role::AppRole;

/// An account that was just made.
pub struct DemoAccount {
    /// What to sign in with.
    pub email: String,
    /// Its password; stored as a hash only, so this is the one time to see it.
    pub password: SecretString,
}

/// Why the demo could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The accounts.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The reports.
    #[error(transparent)]
    Reports(#[from] ReportError),
}

/// Makes the three accounts, and a report for each, if this is the debug profile and there is no
/// account at all.
///
/// # Errors
///
/// [`DemoError`] when the database does not answer.
pub async fn set_up(auth: &Auth, reports: &Reports) -> Result<Vec<DemoAccount>, DemoError> {
    let mut made = Vec::new();
    if !auth.config().is_debug() || auth.accounts().count().await?.all > 0 {
        return Ok(made);
    }
    for (number, role) in (1..).zip(AppRole::ALL) {
        let email = format!("{}@example.com", role.name());
        let password = random_password()?;
        let user: UserId = match auth.accounts().create_demo(&email, password.clone(), [*role]).await {
            Ok(user) => user,
            // Another server was started on the same empty database, and makes them.
            Err(SessionError::Accounts(AccountError::AlreadyExists)) if made.is_empty() => return Ok(made),
            Err(error) => return Err(error.into()),
        };
        reports
            .put(number, &user, &format!("what the {} found", role.name()))
            .await?;
        made.push(DemoAccount { email, password });
    }
    Ok(made)
}

/// 80 random bits, short enough to type.
fn random_password() -> Result<SecretString, SessionError> {
    let secret = generate_secret()?;
    Ok(SecretString::new(&secret.expose()[..20]))
}
