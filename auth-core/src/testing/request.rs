use rocket::http::Header;
use rocket::request::{FromParam, Request};
use rocket::{Orbit, Rocket, local};

use crate::account::Account;
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::role::{Role, RoleSet, ScopedRole};
use crate::session::{Auth, TokenPair};
use crate::store::UserCounters;
use crate::token::NewAccess;
use crate::web::assume;

/// Requests of a test as a signed-in user: for Rocket's `LocalRequest`, blocking and asynchronous.
///
/// ```
/// use auth_core::testing::{AsUser, TestBench};
/// use auth_core::{Auth, Role, guarded_routes, require_role};
/// use rocket::http::Status;
/// use rocket::local::asynchronous::Client;
/// use rocket::post;
///
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Editor, Viewer }
/// #[require_role(all(AppRole::Editor, AppRole::Viewer))]
/// #[post("/draft")]
/// fn draft() {}
///
/// # rocket::async_test(async {
/// let app = rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", guarded_routes![draft]);
/// let bench = TestBench::new::<AppRole>()?;
/// let client = Client::tracked(bench.attach(app)).await?;
/// let both = client.post("/draft").as_roles([AppRole::Editor, AppRole::Viewer]);
/// assert_eq!(both.dispatch().await.status(), Status::Ok);
/// assert_eq!(client.post("/draft").as_role(AppRole::Editor).dispatch().await.status(), Status::Forbidden);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Panics
///
/// Each panics where the application has no authentication fairing, or the fairing another role
/// enum.
#[allow(
    clippy::wrong_self_convention,
    reason = "a request *as* a user; requests are built by value"
)]
pub trait AsUser: Sized {
    /// As the user `test-<role>`, who holds this role and has just signed in with a second factor.
    /// There is no account behind it and no session in the store: for handlers that look the user
    /// up, [`AsUser::bearer`] is the better one.
    #[must_use]
    fn as_role<R: Role>(self, role: R) -> Self {
        self.as_roles([role])
    }

    /// The same with several roles, as the user `test-<role>-<role>`; with none, as `test-nobody`.
    #[must_use]
    fn as_roles<R: Role>(self, roles: impl IntoIterator<Item = R>) -> Self;

    /// Gives the user of the request a role within `scope`, without a row in the application's
    /// tables. Call it again for more.
    ///
    /// The request then asks the application for no memberships of this enum, and in every other
    /// scope its user is a stranger. Without [`AsUser::as_role`] and [`AsUser::bearer`], the user
    /// is `test-nobody`, who holds no role of the application.
    ///
    /// ```
    /// # use auth_core::testing::{AsUser, TestBench};
    /// # use auth_core::{Auth, Memberships, Role, UserId, Within, guarded_routes, require_role};
    /// # use rocket::get;
    /// # use rocket::http::Status;
    /// # #[derive(Role, Clone, Copy)] enum AppRole { Admin }
    /// # #[derive(Role, Clone, Copy)] #[role(within = i64)] enum OrgRole { Owner }
    /// # struct Members;
    /// # #[rocket::async_trait]
    /// # impl Memberships<OrgRole> for Members {
    /// #     type Error = std::io::Error;
    /// #     async fn roles(&self, _: &UserId, _: &i64) -> Result<Vec<OrgRole>, std::io::Error> { Ok(Vec::new()) }
    /// # }
    /// #[require_role(OrgRole::Owner in org)]
    /// #[get("/orgs/<org>/bills")]
    /// fn bills(org: Within<OrgRole>) -> String {
    ///     format!("the bills of {}", org.id())
    /// }
    ///
    /// # let auth = Auth::builder::<AppRole>().memberships(Members);
    /// # let app = rocket::build().attach(auth.fairing()).mount("/", guarded_routes![bills]);
    /// # let bench = TestBench::new::<AppRole>()?;
    /// # let client = rocket::local::blocking::Client::tracked(bench.attach(app))?;
    /// let owner = |path| client.get(path).as_role_in(OrgRole::Owner, 7).dispatch().status();
    /// assert_eq!(owner("/orgs/7/bills"), Status::Ok);
    /// assert_eq!(owner("/orgs/8/bills"), Status::NotFound);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    fn as_role_in<R>(self, role: R, scope: R::Scope) -> Self
    where
        R: ScopedRole,
        R::Scope: PartialEq + for<'a> FromParam<'a>;

    /// As the user of a session that [`TestBench::sign_in`](super::TestBench::sign_in) or
    /// [`Auth::login_with_password`] began.
    #[must_use]
    fn bearer(self, session: &TokenPair) -> Self;
}

macro_rules! as_user {
    ($request:ty) => {
        impl AsUser for $request {
            fn as_roles<R: Role>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
                let token = token_for(self.inner().rocket(), roles);
                self.inner_mut().replace_header(bearer(&token));
                self
            }

            fn as_role_in<R>(mut self, role: R, scope: R::Scope) -> Self
            where
                R: ScopedRole,
                R::Scope: PartialEq + for<'a> FromParam<'a>,
            {
                assume(self.inner(), role, scope);
                if !self.inner().headers().contains("Authorization") {
                    let token = token_with(auth_of(self.inner().rocket()), RoleSet::EMPTY);
                    self.add_header(bearer(&token));
                }
                self
            }

            fn bearer(mut self, session: &TokenPair) -> Self {
                self.inner_mut().replace_header(bearer(session.access.expose()));
                self
            }
        }
    };
}

as_user!(local::blocking::LocalRequest<'_>);
as_user!(local::asynchronous::LocalRequest<'_>);

/// Rocket's two clients of a test.
pub trait LocalClient {
    /// The server.
    fn server(&self) -> &Rocket<Orbit>;

    /// Shows `look` a request with this access token, or without one. It is not sent.
    #[doc(hidden)]
    fn look_at<T>(&self, token: Option<&str>, look: impl FnOnce(&Request<'_>) -> T) -> T;
}

macro_rules! local_client {
    ($client:ty) => {
        impl LocalClient for $client {
            fn server(&self) -> &Rocket<Orbit> {
                self.rocket()
            }

            fn look_at<T>(&self, token: Option<&str>, look: impl FnOnce(&Request<'_>) -> T) -> T {
                let mut request = self.get("/");
                if let Some(token) = token {
                    request.add_header(bearer(token));
                }
                look(request.inner())
            }
        }
    };
}

local_client!(local::blocking::Client);
local_client!(local::asynchronous::Client);

fn bearer(token: &str) -> Header<'static> {
    Header::new("Authorization", format!("Bearer {token}"))
}

fn token_for<R: Role>(rocket: &Rocket<Orbit>, roles: impl IntoIterator<Item = R>) -> String {
    let auth = auth_of(rocket);
    let same = auth.roles().role_enum() == crate::role::RoleEnum::of::<R>();
    assert!(same, "the fairing is for `{}`", auth.roles().role_enum().name());
    let set = roles
        .into_iter()
        .fold(RoleSet::EMPTY, |set, role| set.with_bit(role.bit()));
    token_with(auth, set)
}

/// The server's own [`Auth`].
pub(super) fn auth_of(rocket: &Rocket<Orbit>) -> &Auth {
    let auth = rocket.state::<Auth>();
    auth.expect("the application attaches the authentication fairing")
}

/// A token with these roles, as a sign-in of this moment would give it.
pub(super) fn token_with(auth: &Auth, roles: RoleSet) -> String {
    let names = auth.roles().names_of(roles);
    let name = if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join("-")
    };
    // The names of many roles together may be longer than an id.
    let name: String = format!("test-{name}").chars().take(UserId::MAX_LEN).collect();
    let user = UserId::new(name).expect("role names are words of printable ASCII");
    // The account that the application's claims are given for.
    let mut account = Account::new(user.clone(), format!("{user}@test.invalid"), String::new());
    account.roles = names.iter().map(ToString::to_string).collect();
    let app = auth.app_claims(&account).expect("the claims fit into a token");
    let now: Timestamp = auth.now();
    auth.issue_access(NewAccess {
        user: &user,
        session: SessionId::random(),
        counters: UserCounters::default(),
        roles,
        auth_time: now,
        methods: AuthMethods::PASSWORD.and_second_factor(),
        now,
        session_end: now.plus(auth.config().sessions.max_age),
        app: app.as_ref(),
    })
    .expect("a server that launched can sign")
}
