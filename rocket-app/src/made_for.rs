//! Forms of a signed-in user: whether the page was made for this user, and the proof that it is
//! still the user who types.

use auth_core::session::{ClientInfo, Identity, SessionError};
use auth_core::{Auth, SecretString, User};

use crate::role::AppRole;

/// Whether the page was made for another user than the one whose cookie came with its form: a
/// sign-in in another tab must not let one user act for the other.
pub fn is_of_another(user: &User<AppRole>, made_for: Option<&str>) -> bool {
    made_for.is_some_and(|id| id != user.id().as_str())
}

/// The user as one who proved the password, and a code, just now. For this request alone: the
/// browser's cookie stays as it is.
///
/// # Errors
///
/// Those of [`AccountFlows::reauthenticate`](auth_core::session::AccountFlows::reauthenticate).
pub async fn prove(
    auth: &Auth,
    who: &Identity,
    password: &str,
    code: Option<&str>,
    client: &ClientInfo,
) -> Result<Identity, SessionError> {
    let (password, code) = (SecretString::new(password), code.map(SecretString::new));
    let flows = auth.account_flows();
    let fresh = flows.reauthenticate(who, password, code.as_ref(), client).await?;
    auth.verify_access(fresh.access.expose())
}

/// The same where the form has a password, and else the user as the cookie says. A page asks for
/// the password only after a sign-in that is too long ago.
///
/// # Errors
///
/// Those of [`prove`].
pub async fn prove_if_asked(
    auth: &Auth,
    who: &Identity,
    password: Option<&str>,
    client: &ClientInfo,
) -> Result<Identity, SessionError> {
    match password.filter(|password| !password.is_empty()) {
        Some(password) => prove(auth, who, password, None, client).await,
        None => Ok(who.clone()),
    }
}
