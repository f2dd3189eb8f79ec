// Wanted: public handlers with more than a reason.
// Write: the reason alone, as a text or a constant: `#[public("health check")]`.

use auth_core::public;
use rocket::get;

const BLANK: &str = "  ";

#[public("health check", fresh = "5m")]
#[get("/fresh")]
fn fresh() {}

#[public("health", "check")]
#[get("/two")]
fn two() {}

#[public(reason = "health check")]
#[get("/named")]
fn named() {}

#[public(AppRole::Admin)]
#[get("/role")]
fn role() {}

#[public("health check",,)]
#[get("/commas")]
fn commas() {}

#[public(BLANK)]
#[get("/blank")]
fn blank() {}

fn main() {}
