//! Handlers that no list mounts: the compiler says of each what it says of any function.

use auth_core::{authenticated, require_role};

use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/never")]
fn never_used() -> &'static str {
    "never"
}

#[require_role(AppRole::Admin)]
#[get("/never/<number>")]
pub(crate) async fn never_used_either(number: u8) -> String {
    number.to_string()
}

#[authenticated]
#[get("/never/pub")]
pub fn never_used_at_all() {}

/// Called by one that is not used.
#[authenticated]
#[get("/never/called")]
fn called_by_unused() {}

#[authenticated]
#[get("/never/calls")]
fn calls_unused() {
    called_by_unused();
}

#[allow(dead_code)]
#[authenticated]
#[get("/never/allowed")]
fn allowed() {}

#[authenticated]
#[expect(dead_code)]
#[get("/never/expected")]
fn expected() {}

#[authenticated]
#[get("/never/underscore")]
fn _underscore() {}

/// Not mounted, but called by what is.
#[authenticated]
#[get("/never/but/called")]
pub(crate) fn called_only() -> &'static str {
    "called"
}
