//! The macros of `auth-core`, which re-exports them: depend on that crate, not on this one.
//!
//! Three attributes state who may use a handler, [`macro@require_role`], [`macro@authenticated`] and
//! [`macro@public`]; [`guarded_routes!`] mounts only handlers that state it; [`derive@Role`] makes an
//! enum the roles that rules speak of.
//!
//! Each macro works in three steps, one module each: `parse` reads what was written and keeps its
//! spans, `model` checks what it means, `expand` prints code and cannot fail. Mistakes are collected
//! on the way and reported together, and the user's own item comes back with them, so that one mistake
//! does not become many.

mod core_path;
mod diagnostics;
mod expand;
mod model;
mod parse;

use proc_macro::TokenStream;
use quote::quote;

use self::diagnostics::Diagnostics;
use self::parse::Word;

/// Lets only users with certain roles use a handler.
///
/// Stands *above* the route attribute. Whoever is not signed in gets 401, whoever does not meet the
/// rule 403, before Rocket looks at path parameters, query and body. The handler's parameters and
/// return type stay as they are written; no parameter is needed to be guarded.
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
/// # On a struct
///
/// A struct becomes a request guard of its own, to name a rule once and use it in many handlers. Its
/// fields are request guards too, if it has any; they are asked only when the rule is met.
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
/// - a rule that names no role, repeats a term, or lets nobody or everybody pass;
/// - the attribute below the route attribute, where it comes too late; on a function that is no
///   handler; on a catcher, method, `impl`, trait, module or enum; beside another decision.
///
/// At launch: roles of another enum than the one the fairing was given.
#[proc_macro_attribute]
pub fn require_role(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::RequireRole, arguments, item)
}

/// Lets everyone use a handler who is signed in, whatever their roles.
///
/// Stands above the route attribute, or on a struct that becomes a request guard, as
/// [`macro@require_role`] does; whoever is not signed in gets 401.
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
/// The same as of [`macro@require_role`], and arguments: this attribute has none.
#[proc_macro_attribute]
pub fn authenticated(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::Authenticated, arguments, item)
}

/// Lets everyone use a handler, signed in or not, and says why.
///
/// The reason is printed in the access map at launch, for whoever asks which doors are open.
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
/// The same as of [`macro@require_role`], an empty reason, and a struct: a request guard that lets
/// everyone pass guards nothing.
#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::Public, arguments, item)
}

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
/// A path that is no handler, or a handler without a decision; the error points at its name.
#[proc_macro]
pub fn guarded_routes(paths: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let paths = parse::routes(paths.into(), &mut diagnostics);
    let routes = expand::routes(&core_path::macro_support(), &paths);
    let errors = diagnostics.into_compile_errors();
    quote!({ #errors #routes }).into()
}

/// Makes an enum the roles of an application.
///
/// Variants have no data; there are 1 to 64 of them. In tokens and JSON a role is called by its
/// variant's name in `snake_case`. The enum also derives `Clone` and `Copy`.
///
/// `#[role(includes(…))]` makes one role include others: whoever has it passes where they are asked
/// for. It is transitive.
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
#[proc_macro_derive(Role, attributes(role))]
pub fn derive_role(item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let role_enum = parse::role_enum(item.into(), &mut diagnostics);
    let support = core_path::macro_support();
    let implementation = role_enum.map(|role_enum| expand::role_enum(&support, &role_enum));
    let errors = diagnostics.into_compile_errors();
    quote!(#implementation #errors).into()
}

/// The way of the three attributes that state a decision.
fn decision(word: Word, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let item = parse::item(word, item.into(), &mut diagnostics);
    let statement = parse::decision(word, arguments.into(), item.parameters(), &mut diagnostics);
    let item = expand::item(&core_path::macro_support(), item, &statement);
    let errors = diagnostics.into_compile_errors();
    quote!(#errors #item).into()
}
