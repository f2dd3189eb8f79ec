// Wanted: a policy that holds a value of one thread across an `.await`.
// Write: `Arc` instead of `Rc`, or drop the value before the `.await`.

use std::rc::Rc;

use auth_core::{Role, User, require_role};
use rocket::get;
use rocket::request::Request;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

async fn owns_report(user: &User<AppRole>, id: i32, _: &Request<'_>) -> bool {
    let owner = Rc::new(id.to_string());
    std::future::ready(()).await;
    user.id().to_string() == *owner
}

#[require_role(AppRole::Admin, owns_report(id))]
#[get("/reports/<id>")]
fn report(id: i32) -> String {
    id.to_string()
}

fn main() {}
