//! One enum, one guarded route, and its test. Sign-in, refresh and sign-out are at `/api/auth`.

use auth_core::{Auth, Role, User, guarded_routes, require_role};
use rocket::{get, launch};

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    Editor,
    Viewer,
}

#[require_role(AppRole::Editor)]
#[get("/drafts")]
fn drafts(user: &User<AppRole>) -> String {
    format!("the drafts of {}", user.id())
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .mount("/", guarded_routes![drafts])
}

#[cfg(test)]
mod tests {
    use auth_core::testing::{AsUser, TestBench};
    use rocket::http::Status;
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn drafts_are_for_editors_and_admins() {
        let bench = TestBench::new::<AppRole>().expect("a bench");
        let client = Client::tracked(bench.attach(rocket())).expect("it launches");
        let status = |role| client.get("/drafts").as_role(role).dispatch().status();
        assert_eq!(status(AppRole::Admin), Status::Ok);
        assert_eq!(status(AppRole::Editor), Status::Ok);
        assert_eq!(status(AppRole::Viewer), Status::Forbidden);
        assert_eq!(client.get("/drafts").dispatch().status(), Status::Unauthorized);
    }
}
