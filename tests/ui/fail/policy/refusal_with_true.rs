// Wanted: a policy that answers yes, no, or with a refusal of the application's own.
// Write: `-> Result<(), Refusal>`: `Ok(())` lets the user in, and every "no" is a refusal.

use auth_core::{Refusal, Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn has_plan(user: &User<AppRole>, _: &Request<'_>) -> Result<Option<()>, Refusal> {
    Ok(user.has(AppRole::Editor).then_some(()))
}

#[require_role(AppRole::Admin, has_plan())]
#[get("/team")]
fn team() {}

fn main() {}
