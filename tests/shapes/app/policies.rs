//! Policies, of which the application knows nothing without us.

use auth_core::User;
use rocket::Request;

use crate::roles::AppRole;

pub(crate) async fn is_small(_: &User<AppRole>, number: u32, _: &Request<'_>) -> bool {
    number < 100
}

pub(crate) async fn is_short(_: &User<AppRole>, text: &str, _: &Request<'_>) -> bool {
    text.len() < 100
}
