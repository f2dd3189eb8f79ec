//! Second factors without JavaScript: the page of a signed-in user, and the second step of a
//! sign-in.

mod forms;
mod page;
mod sign_in;

use auth_core::config::SecondFactor;
use auth_core::guarded_routes;
use rocket::Route;

use crate::{admin, user_forms};

/// The page of the factor and its forms, and the form for admins, where the server offers second
/// factors.
pub fn pages(second_factor: &SecondFactor) -> Vec<Route> {
    if !second_factor.is_on() {
        return Vec::new();
    }
    guarded_routes![
        page::second_factor,
        forms::start,
        forms::confirm,
        forms::renew,
        forms::remove,
        user_forms::remove_factor,
    ]
}

/// The route for admins: without second factors no user would pass it.
pub fn api(second_factor: &SecondFactor) -> Vec<Route> {
    if !second_factor.is_on() {
        return Vec::new();
    }
    guarded_routes![admin::remove_factor]
}

/// The form of a sign-in, which lies beside the library's endpoints, as that for the password.
pub fn forms(second_factor: &SecondFactor) -> Vec<Route> {
    if !second_factor.is_on() {
        return Vec::new();
    }
    guarded_routes![sign_in::sign_in_code]
}
