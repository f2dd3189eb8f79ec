//! Roles, second factors and the age of a sign-in together, compared with a table written out.

use std::time::Duration;

use auth_core::session::TokenPair;
use auth_core::testing::{AsUser, TestBench};
use auth_core::{Auth, authenticated, guarded_routes, require_role};
use rocket::figment::Figment;
use rocket::get;
use rocket::local::blocking::Client;
use rocket_app::role::AppRole::{self, Admin, Editor, Viewer};
use serde_json::{Value, json};

#[require_role(AppRole::Editor)]
#[get("/editor")]
fn editor() {}

#[require_role(AppRole::Editor, mfa)]
#[get("/editor-mfa")]
fn editor_mfa() {}

#[require_role(AppRole::Editor, fresh = "10m")]
#[get("/editor-fresh")]
fn editor_fresh() {}

#[require_role(AppRole::Editor, mfa, fresh = "10m")]
#[get("/editor-mfa-fresh")]
fn editor_mfa_fresh() {}

#[require_role(AppRole::Admin)]
#[get("/admin")]
fn admin() {}

#[require_role(AppRole::Admin, fresh = "10m")]
#[get("/admin-fresh")]
fn admin_fresh() {}

#[require_role(not(AppRole::Admin))]
#[get("/not-admin")]
fn not_admin() {}

#[authenticated(mfa)]
#[get("/any-mfa")]
fn any_mfa() {}

/// What a route asks for.
struct Asked {
    path: &'static str,
    role: Option<AppRole>,
    mfa: bool,
    fresh: bool,
}

const ROUTES: [Asked; 7] = {
    const fn asked(path: &'static str, role: Option<AppRole>, mfa: bool, fresh: bool) -> Asked {
        Asked { path, role, mfa, fresh }
    }
    [
        asked("/editor", Some(Editor), false, false),
        asked("/editor-mfa", Some(Editor), true, false),
        asked("/editor-fresh", Some(Editor), false, true),
        asked("/editor-mfa-fresh", Some(Editor), true, true),
        asked("/admin", Some(Admin), false, false),
        asked("/admin-fresh", Some(Admin), false, true),
        asked("/any-mfa", None, true, false),
    ]
};

/// The answer, where the role `admin` counts with a second factor only.
fn expected(asked: &Asked, role: AppRole, factor: bool, old: bool) -> &'static str {
    let holds = match asked.role {
        None => true,
        Some(Admin) => role == Admin,
        Some(_) => role != Viewer,
    };
    let is_withheld = asked.role == Some(Admin) && role == Admin && !factor;
    match () {
        () if !holds => "insufficient_role",
        () if is_withheld || (asked.mfa && !factor) => "second_factor_required",
        () if asked.fresh && old => "reauthentication_required",
        () => "200",
    }
}

fn answer(client: &Client, path: &str, session: &TokenPair) -> String {
    let answer = client.get(path).bearer(session).dispatch();
    if answer.status().code == 200 {
        return "200".to_owned();
    }
    let body: Value = serde_json::from_str(&answer.into_string().expect("a body")).expect("JSON");
    body["error"].as_str().expect("a code").to_owned()
}

#[test]
fn roles_factors_and_ages_decide_together_as_the_table_says() {
    let settings = json!({
        "second_factor": { "required_for": ["admin"] },
        "factor_keys": [{ "name": "test", "secret": "q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs" }],
        "tokens": { "access_ttl": "1h" },
    });
    let figment = Figment::from(rocket::Config::debug_default()).merge(("auth", settings));
    let bench = TestBench::with::<AppRole>(figment).expect("a bench");
    let routes = guarded_routes![
        editor,
        editor_mfa,
        editor_fresh,
        editor_mfa_fresh,
        admin,
        admin_fresh,
        not_admin,
        any_mfa
    ];
    let app = rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", routes);
    let client = Client::tracked(bench.attach(app)).expect("it launches");
    let mut sessions = Vec::new();
    for (email, role) in [
        ("ann@example.com", Admin),
        ("ed@example.com", Editor),
        ("vic@example.com", Viewer),
    ] {
        let user = bench.add_user(email, [role]).expect("a user");
        sessions.push((role, false, bench.sign_in(&user).expect("a session")));
        sessions.push((role, true, bench.sign_in_with_factor(&user).expect("a session")));
    }
    for old in [false, true] {
        for (role, factor, session) in &sessions {
            for asked in &ROUTES {
                assert_eq!(
                    answer(&client, asked.path, session),
                    expected(asked, *role, *factor, old),
                    "{role:?} at {}, with a factor: {factor}, old: {old}",
                    asked.path
                );
            }
            // A weaker sign-in opens nothing that a stronger one does not.
            let not = if *role == Admin { "insufficient_role" } else { "200" };
            assert_eq!(answer(&client, "/not-admin", session), not, "{role:?}, {factor}");
        }
        bench.clock().advance(Duration::from_secs(11 * 60));
    }
}
