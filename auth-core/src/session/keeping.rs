use super::{Auth, Client, SessionError};
use crate::role::Role;
use crate::store::RevokedWhy;

/// The verbs on accounts that leave at least one enabled account with a role. [`Auth::keeping`] makes it.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    auth: &'a Auth,
    role: Option<&'static str>,
}

impl Auth {
    /// The verbs that change accounts, for an application that must not lose its last admin.
    ///
    /// Each of them refuses to take `role` from the last enabled account that holds it, with
    /// [`AccountError::LastHolder`](crate::account::AccountError::LastHolder). The database decides in the transaction of the
    /// change: two nodes that close each other's admin at the same moment leave one of them. A role that includes `role` does
    /// not count as `role`.
    ///
    /// ```no_run
    /// # use auth_core::{Auth, Role};
    /// # #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
    /// # enum AppRole { Admin, Viewer }
    /// # async fn example(auth: &Auth) -> Result<(), auth_core::session::SessionError> {
    /// auth.keeping(AppRole::Admin).disable_account("ann@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keeping<R: Role>(&self, role: R) -> Keeping<'_> {
        self.keeping_role(Some(role.name()))
    }

    pub(super) fn keeping_role(&self, role: Option<&'static str>) -> Keeping<'_> {
        Keeping { auth: self, role }
    }
}

impl Keeping<'_> {
    /// As [`Auth::set_roles`].
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`](crate::account::AccountError::NotFound);
    /// [`AccountError::LastHolder`](crate::account::AccountError::LastHolder).
    pub async fn set_roles(&self, email: &str, roles: Vec<String>) -> Result<(), SessionError> {
        let user = self.auth.user_of(email).await?;
        let set = self.auth.managed()?.set_roles(&user, roles, self.role);
        if let Some(counters) = set.await? {
            self.auth.note_counters(&user, counters);
        }
        Ok(())
    }

    /// As [`Auth::disable_account`].
    ///
    /// # Errors
    ///
    /// As [`Keeping::set_roles`].
    pub async fn disable_account(&self, email: &str) -> Result<(), SessionError> {
        let user = self.auth.user_of(email).await?;
        let epoch = self.auth.managed()?.disable(&user, self.role).await?;
        let no_client = Client::default();
        self.auth
            .note_epoch(&no_client, &user, &epoch, RevokedWhy::AccountClosed);
        Ok(())
    }

    /// As [`Auth::delete_account`].
    ///
    /// # Errors
    ///
    /// As [`Keeping::set_roles`].
    pub async fn delete_account(&self, email: &str) -> Result<(), SessionError> {
        let user = self.auth.user_of(email).await?;
        let epoch = self.auth.managed()?.delete(&user, self.role).await?;
        let no_client = Client::default();
        self.auth
            .note_epoch(&no_client, &user, &epoch, RevokedWhy::AccountClosed);
        Ok(())
    }
}
