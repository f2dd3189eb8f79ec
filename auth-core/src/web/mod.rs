//! The Rocket side: fairing, guards, cookies, endpoints, errors and the checks at launch.

mod accept;
mod access;
mod access_map;
mod asked;
mod body;
mod carried;
mod catchers;
mod cookies;
mod csrf;
mod decide;
mod delivery;
mod endpoints;
mod error;
mod fairing;
mod forms;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod guard;
mod guarded;
mod headers;
mod identify;
mod jwks;
mod launch;
mod policy;
mod protect;
mod ranks;
mod reload;
mod request_id;
mod source;
mod state;
mod unparsed;
mod unread;

pub use access::{AccessRule, DecidedHandler, GuardStruct, List, Takes};
pub use access_map::{AccessEntry, AccessMap};
pub use asked::{AsksNothing, Parameter};
pub use endpoints::endpoints;
pub use error::AuthError;
pub use fairing::{AuthFairing, fairing};
pub use forms::{OwnForm, TimedForm, WithCookies};
pub use guard::User;
pub use jwks::well_known;
pub use policy::{PolicyAnswer, PolicyFailure, PolicyFuture, segment, segments};
pub use protect::{IntoProtection, IntoRoutes, Protection, protect};

pub(crate) use access_map::{Asked, CookieNames};
pub use decide::Requirement;
pub(crate) use guard::{refusal_of_field, user};
pub(crate) use guarded::guarded_route;
pub(crate) use launch::abort_without_roles;
pub(crate) use protect::Listing;
#[cfg(feature = "testing")]
pub(crate) use protect::decisions_of;
#[cfg(feature = "testing")]
pub(crate) use ranks::asked_before;
