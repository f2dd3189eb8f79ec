//! `rocket_dyn_templates`: a page for signed-in users.

use auth_core::{Auth, Role, User, authenticated, guarded_routes};
use rocket::{get, launch};
use rocket_dyn_templates::{Template, context};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[authenticated]
#[get("/")]
fn page(user: &User<AppRole>) -> Template {
    Template::render("page", context! { id: user.id().to_string(), admin: user.has(AppRole::Admin) })
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .attach(Template::fairing())
        .mount("/", guarded_routes![page])
}
