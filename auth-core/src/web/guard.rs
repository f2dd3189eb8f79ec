use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Ignite, Rocket, Sentinel, async_trait};
use serde::Deserialize;

use super::authenticate::identify;
use super::authorize::{AccessPolicy, GuardStruct, abort_without_roles, refuse_other_enum};
use super::error::{AuthError, outcome};
use super::error_kind::AuthErrorKind;
use super::page_refresh::refresh_page;
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::role::{Decision, Role, RoleEnum, RoleSet};
use crate::session::Identity;

/// The signed-in user, as a parameter of a handler: `user: User<AppRole>` or `user:
/// &User<AppRole>`.
///
/// It holds the claims of the verified access token, without a query to the database. On a route
/// without a rule it is a guard by itself: a request without a good token is refused.
///
/// ```
/// use auth_core::{Role, User, authenticated};
/// use rocket::get;
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
///
/// #[authenticated]
/// #[get("/hello")]
/// fn hello(user: &User<AppRole>) -> String {
///     let greeting = if user.has(AppRole::Admin) { "Hello, boss" } else { "Hello" };
///     format!("{greeting} {}", user.id())
/// }
/// ```
pub struct User<R> {
    identity: Identity,
    roles: PhantomData<fn() -> R>,
}

impl<R: Role> User<R> {
    /// The user's id, the `sub` claim.
    pub fn id(&self) -> &UserId {
        self.identity.user()
    }

    /// The session, the `sid` claim.
    pub fn session_id(&self) -> SessionId {
        self.identity.session()
    }

    /// The verified token's claims, for the methods of [`Auth`](crate::Auth).
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the user holds `role`, or one that includes it, and it counts: see
    /// [`Identity::withheld_roles`].
    pub fn has(&self, role: R) -> bool {
        self.identity.effective_roles().contains(role)
    }

    /// The roles the user holds, without what they include, in the enum's order. Those of
    /// [`Identity::withheld_roles`] are not among them.
    pub fn roles(&self) -> impl Iterator<Item = R> + '_ {
        let held = self.identity.held_roles();
        R::ALL.iter().copied().filter(move |role| held.contains(*role))
    }

    /// The roles the user holds and all they include.
    pub fn effective_roles(&self) -> RoleSet {
        self.identity.effective_roles()
    }

    /// How the user signed in: the claim `amr`. None without `auth.second_factor`.
    pub fn methods(&self) -> AuthMethods {
        self.identity.methods()
    }

    /// When the user signed in, in whole seconds.
    pub fn auth_time(&self) -> Timestamp {
        self.identity.auth_time()
    }

    /// When the access token stops being good, in whole seconds.
    pub fn expires_at(&self) -> Timestamp {
        self.identity.expires_at()
    }

    /// The application's own claims in the access token, which
    /// [`AuthBuilder::claims`](crate::AuthBuilder::claims) gave when the token was issued. Each
    /// call parses them, so that a request that does not read them pays nothing.
    ///
    /// ```
    /// use auth_core::{AuthError, Role, User, authenticated};
    /// use rocket::get;
    /// use serde::{Deserialize, Serialize};
    /// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct TenantClaims {
    ///     tenant: String,
    /// }
    ///
    /// #[authenticated]
    /// #[get("/tenant")]
    /// fn tenant(user: &User<AppRole>) -> Result<String, AuthError> {
    ///     Ok(user.claims::<TenantClaims>()?.tenant)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// 401 `token_stale` where the token has no such claims, or claims of another shape: the
    /// application changed after the token was issued. The client refreshes, and the next token has
    /// the claims of now.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, AuthError> {
        self.identity.claims().map_err(|_| {
            AuthError::saying(
                AuthErrorKind::TokenStale,
                "The token is older than this service; refresh it.",
            )
        })
    }
}

impl<R> Clone for User<R> {
    fn clone(&self) -> User<R> {
        User {
            identity: self.identity.clone(),
            roles: PhantomData,
        }
    }
}

impl<R> fmt::Debug for User<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", self.identity.user())
            .field("session", &self.identity.session())
            .finish()
    }
}

#[async_trait]
impl<'r, R: Role> FromRequest<'r> for User<R> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<User<R>, AuthError> {
        refresh_page(request).await;
        outcome(request, user::<R>(request))
    }
}

#[async_trait]
impl<'r, R: Role> FromRequest<'r> for &'r User<R> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<&'r User<R>, AuthError> {
        refresh_page(request).await;
        outcome(request, user::<R>(request).map(|user| request.local_cache(|| user)))
    }
}

impl<R: Role> Sentinel for User<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_without_roles(rocket, Some(RoleEnum::of::<R>()), type_name::<User<R>>())
    }
}

impl<R: Role> Sentinel for &User<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        <User<R> as Sentinel>::abort(rocket)
    }
}

/// The user of a request; for guards, and for policies.
pub(crate) fn user<R: Role>(request: &Request<'_>) -> Result<User<R>, AuthError> {
    refuse_other_enum(request, Some(RoleEnum::of::<R>()))?;
    let identity = identify(request).clone()?;
    Ok(User {
        identity,
        roles: PhantomData,
    })
}

/// A signed-in user with any roles or none: the guard of this library's own endpoints.
pub(crate) struct SignedIn(pub(crate) Identity);

#[async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<SignedIn, AuthError> {
        refresh_page(request).await;
        outcome(request, identify(request).clone().map(SignedIn))
    }
}

// What a handler's request guards require, beside the decision above the handler.

/// A request guard that turns requests away by who the user is: [`User`], and each guard struct.
pub trait Asks {
    /// The access policy that the guard requires.
    const ASKS: AccessPolicy;
}

impl<R: Role> Asks for User<R> {
    const ASKS: AccessPolicy = AccessPolicy::plain(Decision::Authenticated, Some(RoleEnum::of::<R>()));
}

impl<R: Role> Asks for &User<R> {
    const ASKS: AccessPolicy = <User<R> as Asks>::ASKS;
}

impl<G: GuardStruct> Asks for G {
    const ASKS: AccessPolicy = AccessPolicy::of::<G>();
}

/// A parameter's type. `Parameter::<T>::ASKS` is this inherent constant for a `T` that implements
/// `Asks`. It is [`AsksNothing`]'s for every other type: `Option<User<R>>` and guards of the
/// application among them.
pub struct Parameter<T>(PhantomData<T>);

impl<T: Asks> Parameter<T> {
    /// The access policy that the parameter requires.
    pub const ASKS: Option<AccessPolicy> = Some(T::ASKS);
}

/// See [`Parameter`].
pub trait AsksNothing {
    /// Nothing.
    const ASKS: Option<AccessPolicy> = None;
}

impl<T> AsksNothing for Parameter<T> {}
