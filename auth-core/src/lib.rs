//! Authentication and authorization for Rocket: an access decision above every handler, checked by the compiler; tokens
//! and sessions that survive races, lost answers and crashes, and end when one is stolen.
//!
//! ```no_run
//! use auth_core::{Role, User, guarded_routes, public, require_role};
//! use rocket::{get, launch};
//!
//! #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
//! enum AppRole {
//!     #[role(includes(Editor))]
//!     Admin,
//!     Editor,
//!     Viewer,
//! }
//!
//! #[require_role(AppRole::Editor)]
//! #[get("/drafts")]
//! fn drafts(user: &User<AppRole>) -> String {
//!     format!("the drafts of {}", user.id())
//! }
//!
//! #[public("for the load balancer")]
//! #[get("/health")]
//! fn health() -> &'static str {
//!     "ok"
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build().attach(auth_core::fairing::<AppRole>()).mount("/api", guarded_routes![drafts, health])
//! }
//! ```

// Without Rocket nothing asks for what only its side needs: what a request id is read from, or how two rules compare.
#![cfg_attr(not(feature = "rocket"), expect(dead_code, reason = "the web side uses it"))]

// What the macros generate names this crate as its users do, also inside it.
extern crate self as auth_core;

#[cfg(feature = "rocket")]
#[doc(hidden)]
pub mod __private;
/// What a derived [`Role`] names.
#[cfg(not(feature = "rocket"))]
#[doc(hidden)]
pub mod __private {
    pub use crate::role::{Role, RoleSet};
}
pub mod account;
pub mod audit;
mod builder;
pub mod clock;
pub mod config;
mod ids;
pub mod keys;
pub mod metrics;
#[cfg(feature = "rocket")]
pub mod openapi;
pub mod password;
mod role;
pub mod secret;
pub mod session;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
pub mod verifier;
#[cfg(feature = "rocket")]
mod web;

pub use account::{Account, AccountError, Accounts};
pub use builder::{AuthBuilder, BuildError};
pub use config::Config;
pub use ids::{InvalidUserId, SessionId, UserId};
pub use role::{
    Decision, PolicyAnswers, PolicyTerm, Role, RoleEnum, RoleSet, RoleTable, RoleTerm, Rule, Ruling, Terms, UnknownRole,
};
pub use session::{Auth, Identity};
pub use verifier::Verifier;
#[cfg(feature = "__fuzzing")]
#[doc(hidden)]
pub use web::fuzzing;
#[cfg(feature = "rocket")]
pub use web::{
    AccessEntry, AccessMap, AccessRule, AuthError, AuthFairing, GuardStruct, IntoProtection, IntoRoutes, PolicyAnswer,
    PolicyFailure, PolicyFuture, Protection, SameOriginForm, SetTokenCookies, TimedForm, User, endpoints, fairing,
    protect, well_known,
};

// The macros are documented here, where applications find them: the examples need this crate.

/// Lets only users with certain roles use a handler.
///
/// Write it *above* the route attribute. A client that is not signed in gets 401, and one that does not meet the rule gets 403,
/// before Rocket looks at path parameters, query and body. The handler needs no parameter to be guarded.
///
/// The handler stays the function that you wrote: with its parameters, its documentation and its other attributes. Other
/// functions and tests can call it. Such a call runs no check: the decision guards the route.
///
/// ```
/// use auth_core::{Role, User, require_role};
/// use rocket::get;
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// enum AppRole {
///     Admin,
///     Editor,
///     Viewer,
/// }
///
/// #[require_role(AppRole::Admin)]
/// #[get("/admin/stats")]
/// async fn stats() -> &'static str {
///     "only for admins"
/// }
///
/// // A list: any of the roles.
/// #[require_role(AppRole::Admin, AppRole::Editor)]
/// #[get("/drafts/<id>")]
/// fn draft(id: u32, user: &User<AppRole>) -> String {
///     format!("draft {id}")
/// }
///
/// // `any`, `all` and `not` combine, as in `#[cfg]`.
/// #[require_role(all(AppRole::Editor, not(AppRole::Viewer)))]
/// #[get("/layout")]
/// fn layout() {}
/// ```
///
/// # Policies
///
/// Where roles are not enough, a rule asks a function of the application: `async fn(&User<R>, T…, &Request<'_>)` that returns
/// `bool`, or `Result<bool, E>` whose error is logged and never lets a user in. Its arguments are path parameters of this
/// handler, by name, with the type that they have in the handler; the user and the request come without asking.
///
/// ```
/// # use auth_core::{Role, User, require_role};
/// # use rocket::get;
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Editor }
/// use rocket::request::Request;
///
/// async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
///     // Asks the database, most likely.
///     user.id().to_string() == id.to_string()
/// }
///
/// #[require_role(any(AppRole::Admin, owns_report(id)))]
/// #[get("/reports/<id>")]
/// fn report(id: i32) -> String {
///     format!("report {id}")
/// }
/// ```
///
/// A generic policy takes its types as in a call, `owns::<Report>(id)`.
///
/// The roles decide first. A policy is asked only where they do not decide: not for an admin here, and never for an anonymous
/// client. Policies are asked as they are written, from left to right, until the rule is decided. The same call is asked once for
/// a request. A rule asks at most 64 policies.
///
/// A policy that fails counts as unknown, and the next one is asked. So the order of the terms does not change the answer:
/// `any(fails(), yes())` and `any(yes(), fails())` pass, `all(fails(), no())` and `all(no(), fails())` refuse with 403. The
/// request is answered with 503 only if no other term decides. A parameter that does not parse counts as unknown as well, and
/// then forwards to the next route, as Rocket does.
///
/// Give each kind of id a type of its own: with two parameters of type `i32`, arguments in the wrong order compile.
///
/// # How long ago the user signed in
///
/// `fresh = "5m"` beside the rule asks for a sign-in that is at most that old, and answers 401
/// `reauthentication_required` otherwise. Durations are written as `"90s"`, `"5m"` or `"1h 30m"`.
///
/// ```
/// # use auth_core::{Role, require_role};
/// # use rocket::delete;
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Editor }
/// #[require_role(AppRole::Admin, fresh = "5m")]
/// #[delete("/accounts/<id>")]
/// fn remove_account(id: u32) -> String {
///     format!("account {id} is gone")
/// }
/// ```
///
/// # On a struct
///
/// A struct becomes a request guard of its own, to name a rule once and use it in many handlers. Its
/// fields are request guards too, if it has any; they are asked only when the rule is met. A struct has no path, so that its
/// policies have no arguments.
///
/// ```
/// # use auth_core::{Role, User, public, require_role};
/// # use rocket::get;
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Editor }
/// #[require_role(AppRole::Admin)]
/// struct AdminUser<'r>(&'r User<AppRole>);
///
/// #[public("everyone sees the page, admins see more")]
/// #[get("/page")]
/// fn page(admin: Option<AdminUser<'_>>) -> &'static str {
///     if admin.is_some() { "more" } else { "page" }
/// }
/// ```
///
/// # Errors
///
/// At compile time, each at the word it is about:
///
/// - a role that the enum does not have, a role without its enum (`Admin`), a role in quotes, roles of
///   two enums in one rule, an enum without `#[derive(Role)]`;
/// - a rule that says nothing, repeats a term, or lets nobody or everybody pass;
/// - a role that another makes pointless by the enum's hierarchy, where it is a mistake for certain. With Admin including
///   Editor: `all(Admin, Editor)`, `all(Admin, not(Editor))` and `any(Editor, not(Admin))`. A list of who may pass,
///   `any(Admin, Editor)`, is fine whatever includes what;
/// - a policy on something that is no path parameter of this handler; one whose signature does not fit, at its name or at the
///   argument that does not;
/// - an unknown option; a duration that is none, is zero, or has a fraction of a second;
/// - the attribute below the route attribute, where it comes too late; on a function that is no
///   handler; on a catcher, method, `impl`, trait, module or enum; beside another decision.
///
/// At launch: roles of another enum than the one the fairing was given.
#[cfg(feature = "rocket")]
pub use auth_macros::require_role;

/// Lets every signed-in user use a handler, with any roles or none.
///
/// Stands above the route attribute, or on a struct that becomes a request guard, as [`macro@require_role`] does. A
/// caller who is not signed in gets 401. `#[authenticated(fresh = "5m")]` asks for a sign-in that is at most that old.
///
/// ```
/// use auth_core::authenticated;
/// use rocket::get;
///
/// #[authenticated]
/// #[get("/news")]
/// fn news() -> &'static str {
///     "for members"
/// }
/// ```
///
/// # Errors
///
/// The same as of [`macro@require_role`], and roles: this attribute names none.
#[cfg(feature = "rocket")]
pub use auth_macros::authenticated;

/// Lets everyone use a handler, signed in or not, and says why.
///
/// The access map at launch prints the reason. It is a text, or any constant expression of type `&'static str`.
///
/// A parameter `User<R>`, `&User<R>` or a guard struct still turns away the users that it does not fit, and the access map shows
/// that instead of the reason. With `Option<User<R>>` the handler is public, and knows the user where there is one.
///
/// ```
/// use auth_core::public;
/// use rocket::get;
///
/// #[public("health check of the load balancer")]
/// #[get("/health")]
/// fn health() -> &'static str {
///     "ok"
/// }
/// ```
///
/// # Errors
///
/// The same as of [`macro@require_role`], a blank reason, an option such as `fresh`, and a struct: a request guard that lets
/// every request pass guards nothing.
#[cfg(feature = "rocket")]
pub use auth_macros::public;

/// Like `rocket::routes!`, for handlers that state who may use them.
///
/// A handler with none of [`macro@require_role`], [`macro@authenticated`] and [`macro@public`] does not
/// compile in this list.
///
/// ```
/// use auth_core::{guarded_routes, public};
/// use rocket::get;
///
/// #[public("landing page")]
/// #[get("/")]
/// fn index() {}
///
/// mod admin {
///     # use rocket::get;
///     #[auth_core::authenticated]
///     #[get("/me")]
///     pub fn me() {}
/// }
///
/// let rocket = rocket::build().mount("/", guarded_routes![index, admin::me]);
/// # drop(rocket);
/// ```
///
/// # Errors
///
/// A path that is no handler, a catcher, a call, or a handler without a decision; the error points at it.
#[cfg(feature = "rocket")]
pub use auth_macros::guarded_routes;

/// Makes an enum the roles of an application.
///
/// Variants have no data; there are 1 to 64 of them. In tokens and JSON a role is called by its
/// variant's name in `snake_case`. The enum also derives `Clone` and `Copy`.
///
/// `#[role(includes(…))]` makes one role include others: in every rule, a user who has it also has those. Inclusion is
/// transitive.
///
/// ```
/// use auth_core::{Role, RoleSet};
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// enum AppRole {
///     #[role(includes(ReportEditor))]
///     Admin,
///     #[role(includes(Viewer))]
///     ReportEditor,
///     Viewer,
/// }
///
/// assert_eq!(AppRole::NAMES, ["admin", "report_editor", "viewer"]);
/// let admin = RoleSet::from(AppRole::Admin).closure(AppRole::INCLUDES);
/// assert!(admin.contains(AppRole::Viewer));
/// ```
///
/// # Errors
///
/// A struct or a generic enum; a variant with data; no variant, or more than 64; two variants with one
/// name in `snake_case`; in `includes`, a variant that does not exist, the variant itself, one twice,
/// or roles that include each other in a circle.
pub use auth_macros::Role;
