//! The Rocket side: fairing, guards, cookies, endpoints, errors and the checks at launch.

mod access_map;
mod asked_guards;
mod asked_path;
mod authenticate;
mod authorize;
mod browser_headers;
mod can;
mod catchers;
mod client_address;
mod cookies;
mod cors;
mod csrf;
mod endpoints;
mod error;
mod error_kind;
mod factors;
mod fairing;
mod flows;
mod forms;
#[cfg(feature = "__fuzzing")]
pub mod fuzzing;
mod granted;
mod guard;
mod guarded_route;
mod keys;
mod launch;
mod memberships;
mod page_refresh;
mod policy;
pub(crate) mod ranks;
mod refusal;
mod responses;
mod state;
mod unparsed_parameter;
mod unread_body;
mod within;

pub use access_map::{AccessEntry, AccessMap};
pub(crate) use access_map::{AccessRequirements, CookieNames};
pub(crate) use asked_guards::{GuardReply, guard_decided_before, keep_guard_reply};
pub(crate) use authorize::abort_without_roles;
pub use authorize::{AccessPolicy, AccessRule, GuardStruct};
pub use error::AuthError;
pub(crate) use error::refusal_of_field;
pub use error_kind::AuthErrorKind;
pub use factors::factor_endpoints;
#[cfg(feature = "testing")]
pub(crate) use fairing::TestParts;
#[cfg(feature = "cli")]
pub(crate) use fairing::mount_endpoints;
pub use flows::{endpoints, flow_endpoints};
pub use forms::{SameOriginForm, SetTokenCookies, TimedForm};
pub use granted::Granted;
pub(crate) use guard::user;
pub use guard::{AsksNothing, Parameter, User};
#[cfg(feature = "testing")]
pub(crate) use guarded_route::decisions_of;
pub use guarded_route::{DecidedHandler, GuardedRoutes, IntoProtection, IntoRoutes, Protection, Takes, protect};
pub(crate) use guarded_route::{Listing, guarded_route};
pub use keys::well_known;
#[cfg(feature = "testing")]
pub(crate) use memberships::testing::{Everywhere, assume};
pub use policy::{PolicyAnswer, PolicyContext, PolicyFailure, PolicyFuture, PolicyReply, context, segment, segments};
pub use refusal::Refusal;
pub use within::{Passed, Within};
