//! Users as an admin sees and changes them.

use auth_core::config::SignUp;
use auth_core::session::{AccountAdmin, ClientInfo, ListedAccount, SessionError};
use auth_core::{AccountError, Auth, AuthError, Role, SecretString, User, UserId};
use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{State, async_trait};
use serde::Serialize;

use crate::role::AppRole;

/// How many users a page shows.
pub const MAX_PEOPLE: u32 = 200;

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
    /// There is no such role, or admins would shut themselves out, or no enabled admin would be
    /// left. Or the flow of a link is off.
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

/// The users, in the order of their e-mails, at most [`MAX_PEOPLE`].
///
/// # Errors
///
/// [`AuthError`] when the accounts cannot be read.
pub async fn list(auth: &Auth) -> Result<Vec<Person>, AuthError> {
    let accounts = auth.accounts().list(None, MAX_PEOPLE).await?;
    let person = |account: ListedAccount| Person {
        id: account.id.to_string(),
        email: account.email,
        roles: account.roles,
        disabled: account.disabled,
    };
    Ok(accounts.into_iter().map(person).collect())
}

/// The users, for a request of an admin: what is done to them is reported as that client's doing.
pub struct People<'r> {
    auth: &'r Auth,
    client: ClientInfo,
}

#[async_trait]
impl<'r> FromRequest<'r> for People<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<People<'r>, ()> {
        let Outcome::Success(auth) = request.guard::<&State<Auth>>().await else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        let client = try_outcome!(
            request
                .guard::<ClientInfo>()
                .await
                .map_error(|(status, _)| (status, ()))
        );
        Outcome::Success(People { auth, client })
    }
}

impl People<'_> {
    fn accounts(&self) -> AccountAdmin<'_> {
        self.auth.accounts().asked_by(&self.client)
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn add(&self, email: &str, password: SecretString, roles: &[String]) -> Result<Person, NotChanged> {
        let id = self.accounts().create(email, password, known(roles)?).await?;
        Ok(Person {
            id: id.to_string(),
            email: email.trim().to_owned(),
            roles: roles.to_vec(),
            disabled: false,
        })
    }

    /// A link by which the user of `email` signs up with these roles. The server sends nothing: the
    /// admin hands it over.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn invite(&self, email: &str, roles: &[String]) -> Result<SecretString, NotChanged> {
        if self.auth.config().flows.sign_up == SignUp::Off {
            return Err(NotChanged::Impossible);
        }
        Ok(self.accounts().invite(email, known(roles)?).await?)
    }

    /// Replaces the roles of the user `id`. Admins stay admins until another one says otherwise,
    /// and one of them always does.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn set_roles(&self, admin: &User<AppRole>, id: &str, roles: &[String]) -> Result<(), NotChanged> {
        let roles = known(roles)?;
        if !roles.contains(&AppRole::Admin) {
            refuse_oneself(admin, id)?;
        }
        let user = user(id)?;
        Ok(self.accounts().keeping(AppRole::Admin).set_roles(&user, roles).await?)
    }

    /// Disables the user `id`, who may be neither the calling admin nor the last enabled one.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn disable(&self, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
        refuse_oneself(admin, id)?;
        let user = user(id)?;
        Ok(self.accounts().keeping(AppRole::Admin).disable(&user).await?)
    }

    /// Enables the user `id` again.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn enable(&self, id: &str) -> Result<(), NotChanged> {
        self.accounts().enable(&user(id)?).await?;
        Ok(())
    }

    /// Sets the e-mail of the user `id`.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn set_email(&self, admin: &User<AppRole>, id: &str, email: &str) -> Result<(), NotChanged> {
        refuse_oneself(admin, id)?;
        Ok(self.accounts().set_email(&user(id)?, email).await?)
    }

    /// A link by which the user `id` sets a new password. The server sends nothing: the admin hands
    /// it over.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn reset_link(&self, admin: &User<AppRole>, id: &str) -> Result<SecretString, NotChanged> {
        refuse_oneself(admin, id)?;
        if !self.auth.config().flows.reset {
            return Err(NotChanged::Impossible);
        }
        Ok(self.accounts().reset_link(&user(id)?).await?)
    }

    /// Removes the second factor of the user `id`, who has one.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn remove_factor(&self, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
        refuse_oneself(admin, id)?;
        let had_one = self.accounts().reset_factors(&user(id)?).await?;
        had_one.then_some(()).ok_or(NotChanged::Unknown)
    }

    /// Deletes the user `id`, who may be neither the calling admin nor the last enabled one.
    ///
    /// # Errors
    ///
    /// [`NotChanged`].
    pub async fn delete(&self, admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
        refuse_oneself(admin, id)?;
        let user = user(id)?;
        Ok(self.accounts().keeping(AppRole::Admin).delete(&user).await?)
    }
}

/// Admins do not shut themselves out, and change their own e-mail and password as every user does:
/// a stolen token alone must not be enough.
fn refuse_oneself(admin: &User<AppRole>, id: &str) -> Result<(), NotChanged> {
    if id == admin.id().as_str() {
        return Err(NotChanged::Impossible);
    }
    Ok(())
}

fn user(id: &str) -> Result<UserId, NotChanged> {
    UserId::new(id).map_err(|_| NotChanged::Unknown)
}

/// The roles of these names, if there are such roles.
fn known(roles: &[String]) -> Result<Vec<AppRole>, NotChanged> {
    let roles = roles.iter().map(|role| AppRole::from_name(role));
    roles.collect::<Option<_>>().ok_or(NotChanged::Impossible)
}
