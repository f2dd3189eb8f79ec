//! A handler stays a function: other code calls it, with its own arguments. The decision guards the route, not the call.

use auth_core::{Role, User, authenticated, guarded_routes, public, require_role};
use rocket::get;
use rocket::http::CookieJar;

#[derive(Role, Clone, Copy)]
pub(crate) enum AppRole {
    Admin,
}

#[require_role(AppRole::Admin)]
#[get("/statistics?<page>")]
pub(crate) fn statistics(mut page: u32) -> String {
    page += 1;
    format!("page {page}")
}

#[require_role(AppRole::Admin)]
#[get("/overview")]
async fn overview() -> String {
    format!("an overview: {}", statistics(1))
}

/// Named like its parameter.
#[authenticated]
#[get("/factorial/<factorial>")]
fn factorial(factorial: u64) -> String {
    if factorial > 1 {
        self::factorial(factorial - 1)
    } else {
        String::from("done")
    }
}

#[authenticated]
#[get("/borrowed/<name>")]
async fn borrowed<'a>(name: &'a str, jar: &CookieJar<'_>, user: &'a User<AppRole>) -> Result<&'a str, String> {
    if jar.iter().count() > 0 {
        Ok(name)
    } else {
        Err(user.id().to_string())
    }
}

#[public("for the test")]
#[get("/front")]
fn front() -> &'static str {
    "front"
}

#[test]
fn compiles() {
    #[authenticated]
    #[get("/inside/<inside>")]
    fn inside(inside: u8) -> String {
        inside.to_string()
    }

    assert_eq!(statistics(1), "page 2");
    assert_eq!([1, 2].map(statistics), ["page 2", "page 3"]);
    assert_eq!(factorial(3), "done");
    assert_eq!(front(), "front");
    assert_eq!(inside(4), "4");
    assert!(std::any::type_name_of_val(&statistics).ends_with("::statistics"));
    drop(overview());
    let names: Vec<_> = guarded_routes![statistics, overview, factorial, borrowed, front, inside]
        .into_iter()
        .map(|route| route.name.unwrap_or_default())
        .collect();
    assert_eq!(
        names,
        ["statistics", "overview", "factorial", "borrowed", "front", "inside"]
    );
}
