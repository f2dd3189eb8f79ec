//! What users do with their accounts by themselves, on pages that work with JavaScript and without.
//!
//! A link in a mail leads to a page. To load the page changes nothing: the user posts its form.

mod forms;
mod pages;
mod steps;

use auth_core::config::{FlowsConfig, SignUp};
use auth_core::guarded_routes;
use rocket::Route;

/// The pages of the flows that are on.
pub fn pages(flows: &FlowsConfig) -> Vec<Route> {
    let mut routes = Vec::new();
    if flows.sign_up != SignUp::Off {
        routes.extend(guarded_routes![pages::sign_up]);
    }
    if flows.reset {
        routes.extend(guarded_routes![pages::forgot_password, pages::reset_password]);
    }
    if flows.change_email {
        routes.extend(guarded_routes![pages::change_email, pages::confirm_email]);
    }
    if flows.magic_link {
        routes.extend(guarded_routes![pages::sign_in_link]);
    }
    if flows.delete_account {
        routes.extend(guarded_routes![pages::delete_account]);
    }
    routes
}

/// The forms of the flows that are on. They lie beside the library's endpoints, as those to sign
/// in.
pub fn forms(flows: &FlowsConfig) -> Vec<Route> {
    let mut routes = Vec::new();
    if flows.sign_up == SignUp::Open {
        routes.extend(guarded_routes![forms::sign_up]);
    }
    if flows.sign_up != SignUp::Off {
        routes.extend(guarded_routes![forms::complete_sign_up]);
    }
    if flows.reset {
        routes.extend(guarded_routes![forms::forgot_password, forms::reset_password]);
    }
    if flows.change_email {
        routes.extend(guarded_routes![forms::change_email, forms::confirm_email]);
    }
    if flows.magic_link {
        routes.extend(guarded_routes![forms::request_sign_in_link, forms::sign_in_by_link]);
    }
    if flows.delete_account {
        routes.extend(guarded_routes![forms::delete_account]);
    }
    routes
}
