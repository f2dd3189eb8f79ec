// Wanted: a policy for another enum than the rule's.
// Write: `&User<AppRole>` in the policy, with the enum of the rule.

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[derive(Role, Clone, Copy)]
enum Staff {
    Clerk,
}

async fn owns_report(user: &User<Staff>, id: i32, _: &Request<'_>) -> bool {
    user.id().to_string() == id.to_string()
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
