//! The macros, documented where applications find them: their examples need this crate.

/// Lets only users with certain roles use a handler.
///
/// Write it *above* the route attribute. A client that is not signed in gets 401, and one that does
/// not meet the rule gets 403, before Rocket looks at path parameters, query and body. The handler
/// needs no parameter to be guarded.
///
/// The handler stays the function that you wrote: with its parameters, its documentation and its
/// other attributes. Other functions and tests can call it. Such a call runs no check: the decision
/// guards the route.
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
/// Where roles are not enough, a rule calls a policy, a function of the application: `async
/// fn(&User<R>, T…, &Request<'_>)`. It returns `bool`, or `Result<bool, E>` whose error is logged
/// and never lets a user in. Its arguments are path parameters of this handler, by name, with their
/// type in the handler. The attribute adds the user and the request.
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
/// The roles decide first. A rule calls a policy only if they do not decide: not for an admin here,
/// and never for an anonymous client. It calls policies from left to right until the rule is
/// decided, and makes the same call once for a request. A rule calls at most 64 policies.
///
/// A policy that fails counts as unknown, and the rule calls the next one. So the order of the
/// terms does not change the answer: `any(fails(), yes())` and `any(yes(), fails())` pass,
/// `all(fails(), no())` and `all(no(), fails())` refuse with 403. The request is answered with 503
/// only if no other term decides. A parameter that does not parse counts as unknown as well, and
/// then forwards to the next route, as Rocket does.
///
/// Give each kind of id a type of its own: with two parameters of type `i32`, arguments in the
/// wrong order compile.
///
/// # Roles within an organisation
///
/// `OrgRole::Owner in org` asks for a role in what the path parameter `org` names. The enum says
/// the type of that parameter, and the application reads the memberships: see [`derive@Role`] and
/// [`Memberships`](crate::Memberships). The rule asks for them like for a policy, and at most once
/// for each scope and request.
///
/// A handler may take [`Within<OrgRole>`](crate::Within) in place of the id. It is the proof of the
/// rule.
///
/// ```
/// use auth_core::{Role, Within, require_role};
/// use rocket::get;
///
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin }
/// #[derive(Role, Clone, Copy)]
/// #[role(within = i64)]
/// enum OrgRole {
///     #[role(includes(Member))]
///     Owner,
///     Member,
/// }
///
/// #[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
/// #[get("/orgs/<org>/bills")]
/// fn bills(org: Within<OrgRole>) -> String {
///     format!("the bills of {}", org.id())
/// }
/// ```
///
/// A member with too low a role gets 403. A user without any role in the organisation gets 404
/// `not_found`, unless the enum says `stranger = 403`.
///
/// # How long ago the user signed in
///
/// `mfa` beside the rule requires a sign-in with a second factor, and answers 401
/// `second_factor_required` otherwise: see `auth.second_factor`.
///
/// `fresh = "5m"` beside the rule requires a sign-in that is at most that old, and answers 401
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
/// A struct becomes a request guard of its own, so you can name a rule once and use it in many
/// handlers. Its fields, if any, are request guards too, which run only when the rule is met. A
/// struct has no path, so its policies have no arguments.
///
/// ```
/// # use auth_core::{Role, User, public, require_role};
/// # use rocket::get;
/// # #[derive(Role, Clone, Copy)]
/// # enum AppRole { Admin, Editor }
/// #[require_role(AppRole::Admin)]
/// struct AdminUser<'r>(&'r User<AppRole>);
///
/// #[public("every client sees the page, admins see more")]
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
/// - a role that the enum does not have, without its enum (`Admin`), or in quotes;
/// - roles of two enums in one rule, or an enum without `#[derive(Role)]`;
/// - a rule that says nothing, repeats a term, lets no user pass or lets every user pass;
/// - a role that another makes pointless by the enum's hierarchy, where it is a mistake for
///   certain. With Admin including Editor: `all(Admin, Editor)`, `all(Admin, not(Editor))` and
///   `any(Editor, not(Admin))`. A list of who may pass, `any(Admin, Editor)`, is fine with every
///   hierarchy;
/// - a policy on something that is not a path parameter of this handler;
/// - after `in`, something else than a path parameter of this handler with the type that the enum
///   says; a role in a scope without `in`, or another role with it;
/// - a [`Within`](crate::Within) without a rule that asks for a role in it;
/// - a policy whose signature does not fit, at its name or at the wrong argument;
/// - an unknown option; a duration that cannot be read, is zero, or has a fraction of a second;
/// - the attribute below the route attribute, where it comes too late, or beside another decision;
/// - the attribute on a catcher, method, `impl`, trait, module or enum, or on a function that is
///   not a handler.
///
/// At launch: roles of another enum than the fairing's, and a role in a scope whose enum has no
/// memberships.
#[cfg(feature = "rocket")]
pub use auth_macros::require_role;

/// Lets every signed-in user use a handler, with any roles or none.
///
/// Write it above the route attribute, or on a struct that becomes a request guard, as with
/// [`macro@require_role`]. A caller who is not signed in gets 401. `#[authenticated(fresh = "5m")]`
/// requires a sign-in that is at most that old.
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
/// The same as for [`macro@require_role`]. Roles are an error too, as this attribute takes none.
#[cfg(feature = "rocket")]
pub use auth_macros::authenticated;

/// Lets every caller use a handler, signed in or not, and says why.
///
/// The access map at launch prints the reason. It is a text, or any constant expression of type
/// `&'static str`.
///
/// A parameter `User<R>`, `&User<R>` or a guard struct still refuses users who do not meet it. The
/// access map shows that instead of the reason. With `Option<User<R>>` the handler is public, and
/// gets the user of a signed-in caller.
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
/// The same as for [`macro@require_role`], a blank reason, and an option such as `fresh`. A struct
/// is an error too: a request guard that lets every request pass guards nothing.
#[cfg(feature = "rocket")]
pub use auth_macros::public;

/// Lets a request guard of the application decide who may use a handler.
///
/// Use it for callers that are no users: a robot with an API key, a web hook with a signature. The
/// guard runs before all that the handler reads, as every decision does. The access map prints
/// `guarded by Robot`.
///
/// ```
/// use auth_core::guarded_by;
/// use rocket::http::Status;
/// use rocket::request::{FromRequest, Outcome, Request};
/// use rocket::{async_trait, post};
///
/// struct Robot;
///
/// #[async_trait]
/// impl<'r> FromRequest<'r> for Robot {
///     type Error = ();
///
///     async fn from_request(request: &'r Request<'_>) -> Outcome<Robot, ()> {
///         // Compare with a stored hash, most likely.
///         match request.headers().get_one("X-Robot-Key") {
///             Some("k") => Outcome::Success(Robot),
///             _ => Outcome::Error((Status::Unauthorized, ())),
///         }
///     }
/// }
///
/// #[guarded_by(Robot)]
/// #[post("/builds")]
/// fn build() {}
/// ```
///
/// The status of the guard stands, and its refusal is no refusal of this library: your catchers
/// find no [`AuthError`](crate::AuthError), and no browser is sent to the sign-in page. A forward
/// of the guard goes on to the next route. Where the handler takes the guard as a parameter too,
/// Rocket runs it a second time: keep its value in `request.local_cache`.
///
/// An answer without a `Cache-Control` of the handler gets `no-store, private`.
///
/// # Errors
///
/// No guard, a role or anything else than one type; a type that is no request guard; a struct in
/// place of a handler.
#[cfg(feature = "rocket")]
pub use auth_macros::guarded_by;

/// Like `rocket::routes!`, for handlers that state who may use them.
///
/// A handler with none of [`macro@require_role`], [`macro@authenticated`] and [`macro@public`] does
/// not compile in this list.
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
/// A path that is no handler, a catcher, a call, or a handler without a decision; the error points
/// at it.
#[cfg(feature = "rocket")]
pub use auth_macros::guarded_routes;

/// Makes an enum the roles of an application.
///
/// Variants have no data; there are 1 to 64 of them. In tokens and JSON a role is called by its
/// variant's name in `snake_case`. The enum also derives `Clone` and `Copy`.
///
/// `#[role(includes(…))]` makes one role include others: in every rule, a user who has it also has
/// those. Inclusion is transitive.
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
/// # Roles within a scope
///
/// `#[role(within = OrgId)]` above the enum makes its roles hold within something that a path
/// names, such as an organisation. The enum then is a [`ScopedRole`](crate::ScopedRole), and no
/// [`Role`](trait@crate::Role): its roles are in no token. `OrgId` is the type of the path
/// parameter. Users without a role there get 404, or 403 with `stranger = 403`.
///
/// ```
/// use auth_core::Role;
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// #[role(within = i64, stranger = 403)]
/// enum OrgRole {
///     #[role(includes(Member))]
///     Owner,
///     Member,
/// }
/// ```
///
/// # Errors
///
/// - A struct or a generic enum.
/// - A variant with data; no variant, or more than 64; two variants with one name in `snake_case`.
/// - In `includes`: a variant that does not exist, the variant itself, one twice, or roles that
///   include each other in a circle.
/// - `within` without a type, or with one that borrows; `stranger` without `within`.
pub use auth_macros::Role;
