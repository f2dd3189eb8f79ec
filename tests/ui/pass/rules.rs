// Rules as data: what the attribute says is what the handler's type holds.
use auth_core::__internal::AccessRule;
use auth_core::{Role, authenticated, public, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin = -1,
    Editor = 300,
    Viewer,
}

impl AppRole {
    const HIGHEST: AppRole = AppRole::Admin;
}

#[require_role(AppRole::Admin)]
#[get("/")]
fn one() {}

#[require_role(AppRole::Admin, AppRole::Editor)]
#[get("/")]
fn list() {}

#[require_role(all(AppRole::Editor, any(AppRole::Admin, not(AppRole::Viewer))))]
#[get("/")]
fn nested() {}

#[require_role(not(AppRole::Viewer))]
#[get("/")]
fn inverse() {}

#[require_role(AppRole::HIGHEST)]
#[get("/")]
fn constant() {}

#[authenticated]
#[get("/")]
fn member() {}

#[public("for every client")]
#[get("/")]
fn open() {}

fn text<H: AccessRule>() -> String {
    H::DECISION.to_string()
}

#[test]
fn compiles() {
    assert_eq!(text::<one>(), "admin");
    assert_eq!(text::<list>(), "any(admin, editor)");
    assert_eq!(text::<nested>(), "all(editor, any(admin, not(viewer)))");
    assert_eq!(text::<inverse>(), "not(viewer)");
    assert_eq!(text::<constant>(), "admin");
    assert_eq!(text::<member>(), "authenticated");
    assert_eq!(text::<open>(), "public: for every client");

    assert!(one::ROLES.is_some() && one::ROLES == list::ROLES);
    assert!(member::ROLES.is_none() && open::ROLES.is_none());
}
