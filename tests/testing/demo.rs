//! What the demo adds to the library: routes for admins, forms, and the files of its page.

use auth_core::testing::AsUser;
use auth_core::{Auth, Config, SecretString, UserId};
use rocket::http::{ContentType, Header, Status};
use rocket::local::asynchronous::Client as AsyncClient;
use rocket::local::blocking::Client;
use rocket_app::people;
use rocket_app::role::AppRole;
use serde_json::{Value, json};
use tests::client::block_on;
use tests::process::Place;

use crate::demo;

#[test]
fn an_admin_lists_users_and_changes_all_but_what_would_shut_admins_out() {
    let (bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    let ann = bench.add_user("ann@example.com", [AppRole::Admin]).expect("a user");
    let bob = bench.add_user("bob@example.com", [AppRole::Viewer]).expect("a user");
    let (admin, user) = (bench.sign_in(&ann), bench.sign_in(&bob));
    let (admin, user) = (admin.expect("a session"), user.expect("a session"));

    let listed = client.get("/api/admin/users").bearer(&admin).dispatch();
    let listed: Value = serde_json::from_str(&listed.into_string().expect("a body")).expect("JSON");
    assert_eq!(listed["roles"], json!(["admin", "editor", "viewer"]));
    let emails: Vec<&str> = listed["users"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|user| user["email"].as_str())
        .collect();
    assert_eq!(emails, ["ann@example.com", "bob@example.com"]);
    assert!(!listed.to_string().contains("hash"), "{listed}");

    let set = |id: &str, roles: Value| {
        let put = client.put(format!("/api/admin/users/{id}/roles")).bearer(&admin);
        let put = put
            .header(ContentType::JSON)
            .body(json!({ "roles": roles }).to_string());
        put.dispatch().status()
    };
    assert_eq!(set(bob.as_str(), json!(["editor", "viewer"])), Status::NoContent);
    assert_eq!(set(bob.as_str(), json!(["boss"])), Status::UnprocessableEntity);
    assert_eq!(set("nobody", json!(["viewer"])), Status::NotFound);
    assert_eq!(set(ann.as_str(), json!(["viewer"])), Status::UnprocessableEntity);
    assert_eq!(set(ann.as_str(), json!(["admin", "viewer"])), Status::NoContent);

    // The change of the admin's own roles makes the admin's token stale.
    let admin = bench.sign_in(&ann).expect("a session");
    let disable = |id: &str| {
        let put = client.put(format!("/api/admin/users/{id}/disable")).bearer(&admin);
        put.dispatch().status()
    };
    assert_eq!(disable(ann.as_str()), Status::UnprocessableEntity);
    assert_eq!(disable("nobody"), Status::NotFound);
    assert_eq!(disable(bob.as_str()), Status::NoContent);
    let refused = client.get("/api/users/me").bearer(&user).dispatch();
    assert_eq!(refused.status(), Status::Unauthorized);
}

#[test]
fn a_form_of_another_site_is_refused_with_and_without_cookies() {
    let (_bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    for form in ["sign-in", "continue", "sign-out"] {
        for site in ["cross-site", "same-site"] {
            let post = client.post(format!("/api/auth/form/{form}")).header(ContentType::Form);
            let post = post
                .header(Header::new("Sec-Fetch-Site", site))
                .body("email=a&password=b");
            assert_eq!(post.dispatch().status(), Status::Forbidden, "{form} {site}");
        }
    }
}

#[test]
fn without_the_access_cookie_a_form_says_what_the_dashboard_needs_and_sets_no_cookie() {
    let (_bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    let post = client.post("/api/auth/form/sign-in").header(ContentType::Form);
    let answer = post.body("email=ann@example.com&password=something").dispatch();
    assert_eq!(answer.status(), Status::SeeOther);
    assert_eq!(answer.headers().get_one("Location"), Some("/?notice=no_access_cookie"));
    assert!(!answer.headers().contains("Set-Cookie"));
    let page = client.get("/?notice=no_access_cookie").dispatch().into_string();
    assert!(page.expect("a page").contains("The dashboard needs the access cookie"));
    let other = client.get("/?notice=%3Cb%3E").dispatch().into_string().expect("a page");
    assert!(!other.contains("<b>") && !other.contains("&lt;b"), "{other}");
}

#[test]
fn the_files_of_the_page_have_their_types_and_are_not_sent_twice() {
    let (_bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    for (name, kind) in [
        ("auth.js", ContentType::JavaScript),
        ("page.js", ContentType::JavaScript),
        ("style.css", ContentType::CSS),
        ("icon.svg", ContentType::SVG),
    ] {
        let path = format!("/assets/{name}");
        let answer = client.get(&path).dispatch();
        assert_eq!(
            (answer.status(), answer.content_type()),
            (Status::Ok, Some(kind)),
            "{name}"
        );
        assert_eq!(answer.headers().get_one("Cache-Control"), Some("no-cache"));
        let tag = answer.headers().get_one("ETag").expect("a tag").to_owned();
        let ask = |tag: &str| {
            client
                .get(&path)
                .header(Header::new("If-None-Match", tag.to_owned()))
                .dispatch()
        };
        let again = ask(&format!("\"other\", {tag}"));
        assert_eq!(
            (again.status(), again.into_string()),
            (Status::NotModified, None),
            "{name}"
        );
        assert_eq!(ask("\"other\"").status(), Status::Ok);
    }
    assert_eq!(client.get("/assets/Cargo.toml").dispatch().status(), Status::NotFound);
}

#[test]
fn users_are_listed_from_postgresql_as_well() {
    let place = Place::debug().on_postgres();
    for (email, role) in [("zoe@example.com", "editor"), ("Ann@example.com", "admin")] {
        let added = place.run(&["user", "add", email, "--role", role], "a password that nobody has");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }
    assert!(place.run(&["user", "disable", "zoe@example.com"], "").status.success());
    let url = place.variable("DATABASE_URL").expect("a database").to_owned();
    let mut config = Config::default();
    config.store = Some(SecretString::new(url));
    let operator = Auth::builder::<AppRole>().for_operator();
    let people = block_on(async { people::list(&operator.build(config).await.expect("the database opens")).await });
    let people = people.unwrap_or_else(|_| panic!("the users are listed"));
    let seen: Vec<(&str, &[String], bool)> = people
        .iter()
        .map(|person| (person.email.as_str(), person.roles.as_slice(), person.disabled))
        .collect();
    let (admin, editor) = (["admin".to_owned()], ["editor".to_owned()]);
    assert_eq!(
        seen,
        [
            ("Ann@example.com", &admin[..], false),
            ("zoe@example.com", &editor[..], true)
        ]
    );
}

/// Each request comes while the other user is still an admin, so the demo must let only one
/// through.
#[test]
fn of_two_admins_who_shut_each_other_out_at_once_one_stays() {
    for round in 0..6 {
        let (bench, app) = demo();
        let admin = |email| bench.add_user(email, [AppRole::Admin]).expect("a user");
        let (ann, bob) = (admin("ann@example.com"), admin("bob@example.com"));
        let pair = |user| bench.sign_in(user).expect("a session");
        let (as_ann, as_bob) = (pair(&ann), pair(&bob));
        let statuses = block_on(async {
            let client = AsyncClient::tracked(app).await.expect("the demo launches");
            let shut_out = |id: &UserId, by| {
                let request = match round % 2 {
                    0 => client.put(format!("/api/admin/users/{id}/disable")),
                    _ => client
                        .put(format!("/api/admin/users/{id}/roles"))
                        .header(ContentType::JSON)
                        .body(r#"{"roles":["viewer"]}"#),
                };
                request.bearer(by).dispatch()
            };
            let (one, other) = rocket::tokio::join!(shut_out(&bob, &as_ann), shut_out(&ann, &as_bob));
            [one.status(), other.status()]
        });
        let done = statuses.iter().filter(|status| **status == Status::NoContent).count();
        assert_eq!(done, 1, "round {round}: {statuses:?}");
    }
}
