//! What aborts a launch.

use auth_core::__internal::Environment;
use auth_core::keys::{KeyAlgorithm, generate_key, generate_secret};
use auth_core::{Auth, Config, Role, User, authenticated, guarded_routes, public, require_role};
use rocket::figment::Figment;
use rocket::fs::FileServer;
use rocket::http::Method;
use rocket::route::dummy_handler as dummy;
use rocket::{Route, get, post, routes};
use rocket_app::role::AppRole;
use serde_json::json;

use crate::keys::ring;
use crate::support::second_factor::offering;
use crate::support::{ANN, Failed, Level, Log, Options, Server, VIC};

#[get("/backdoor/<id>")]
fn backdoor(id: i32) -> String {
    id.to_string()
}

#[public("for the test")]
#[get("/front")]
fn front() -> &'static str {
    "come in"
}

/// Another enum, whose names and bits are those of the demo's.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
enum OtherRole {
    #[role(includes(Editor))]
    Admin,
    Editor,
    Viewer,
}

#[require_role(OtherRole::Admin)]
#[get("/other")]
fn by_rule() -> &'static str {
    "for the other admins"
}

#[authenticated]
#[get("/other")]
fn by_parameter(user: &User<OtherRole>) -> String {
    format!("{} {}", user.id(), user.has(OtherRole::Editor))
}

#[require_role(AppRole::Admin)]
struct Admins(User<AppRole>);

#[authenticated]
#[get("/struct")]
fn by_struct(admin: Admins) -> String {
    admin.0.id().to_string()
}

#[authenticated(mfa)]
#[get("/vault/<id>")]
fn vault(id: i32) -> String {
    id.to_string()
}

#[require_role(AppRole::Admin, mfa)]
#[post("/safe")]
fn safe() {}

async fn fails(options: Options) -> Failed {
    match options.try_start().await {
        Err(failed) => failed,
        Ok(_) => panic!("a launch that must fail succeeded"),
    }
}

#[track_caller]
fn says(log: &Log, parts: &[&str]) {
    let errors = log.errors();
    let said = errors
        .iter()
        .any(|line| parts.iter().all(|part| line.text.contains(part)));
    assert!(said, "{parts:?} in {errors:?}");
}

// security: Authorization: Deny by default
// security: Launch: routes without a decision
#[tokio::test]
async fn a_route_without_a_decision_aborts_launch_and_is_named() {
    let failed = fails(Server::options().extended(|rocket| rocket.mount("/app", routes![backdoor, front]))).await;
    says(&failed.log, &["GET", "/app/backdoor/<id>", "backdoor"]);
    // With `routes!` the decision of `front` is not on its route: when in doubt, unguarded.
    says(&failed.log, &["GET", "/app/front"]);
}

#[tokio::test]
async fn a_route_without_a_decision_is_named_with_what_to_write_for_its_kind() {
    let files = tempfile::tempdir().expect("a folder");
    let server = FileServer::from(files.path());
    let by_hand = Route::new(Method::Get, "/hand", dummy);
    let failed = fails(Server::options().extended(|rocket| {
        rocket
            .mount("/app", routes![backdoor, cellar])
            .mount("/files", server)
            .mount("/", [by_hand])
    }))
    .await;
    says(
        &failed.log,
        &[
            "/app/backdoor/<id>",
            "write one above the handler",
            "`guarded_routes![backdoor]`",
        ],
    );
    says(
        &failed.log,
        &[
            "/app/cellar/<id>",
            "is mounted by `routes!`",
            "`guarded_routes![cellar]`",
        ],
    );
    says(
        &failed.log,
        &["/files/<path..>", "`.mount(\"/files\", protect(YourRole::Admin, …))`"],
    );
    says(
        &failed.log,
        &["GET /hand", "`.mount(\"/\", protect(YourRole::Admin, …))`"],
    );
    let misled = failed.log.errors();
    assert!(
        misled
            .iter()
            .all(|line| !line.text.contains("/files") || !line.text.contains("above the handler")),
        "{misled:?}"
    );
}

#[tokio::test]
async fn routes_that_need_a_second_factor_are_named_once_where_no_user_can_have_one() {
    let routes = |options: Options| options.extended(|rocket| rocket.mount("/app", guarded_routes![vault, safe]));
    let server = routes(Server::options()).start().await;
    let warned = server.log.with("`auth.second_factor` is off");
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!(warned[0].level, Level::Warn);
    let named = warned[0].text.contains("GET /app/vault/<id>, POST /app/safe");
    assert!(named, "{warned:?}");

    let server = routes(offering(Server::options())).start().await;
    assert!(server.log.with("`auth.second_factor` is off").is_empty());
}

#[tokio::test]
async fn where_so_configured_a_route_without_a_decision_is_a_warning_that_names_it() {
    let server = Server::options()
        .set("unguarded_routes", "warn")
        .extended(|rocket| rocket.mount("/app", routes![backdoor]))
        .start()
        .await;
    assert_eq!(server.get("/app/backdoor/7").await.ok().text, "7");
    let warned = server.log.with("/app/backdoor/<id>");
    assert!(
        warned
            .iter()
            .any(|line| line.target.starts_with("auth_core") && line.text.contains("backdoor")),
        "{warned:?}"
    );
}

#[require_role(AppRole::Admin)]
#[get("/cellar/<id>")]
fn cellar(id: i32) -> String {
    id.to_string()
}

#[tokio::test]
async fn a_handler_with_a_decision_is_guarded_even_where_routes_mounted_it() {
    let server = Server::options()
        .set("unguarded_routes", "warn")
        .extended(|rocket| rocket.mount("/app", routes![cellar]))
        .start()
        .await;
    // Its decision is not on the map, and counts all the same.
    assert!(!server.log.with("/app/cellar/<id>").is_empty());
    server.get("/app/cellar/7").await.refused(401, "missing_token");
    let vic = server.sign_in(VIC).await;
    server
        .get("/app/cellar/7")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
    let ann = server.sign_in(ANN).await;
    assert_eq!(server.get("/app/cellar/7").bearer(&ann.access).await.ok().text, "7");
}

// security: Launch: routes without a decision
#[tokio::test]
async fn a_guarded_route_of_the_same_name_does_not_vouch_for_an_unguarded_one() {
    mod guarded {
        use auth_core::public;
        use rocket::get;

        #[public("for the test")]
        #[get("/guarded")]
        pub fn twin() -> &'static str {
            "guarded"
        }
    }
    mod bare {
        use rocket::get;

        #[get("/bare")]
        pub fn twin() -> &'static str {
            "bare"
        }
    }
    let failed = fails(Server::options().extended(|rocket| {
        rocket
            .mount("/app", guarded_routes![guarded::twin])
            .mount("/app", routes![bare::twin])
    }));
    let failed = failed.await;
    says(&failed.log, &["/app/bare"]);
    assert!(
        failed
            .log
            .errors()
            .iter()
            .all(|line| !line.text.contains("/app/guarded"))
    );
}

// security: Launch: two role enums
#[tokio::test]
async fn a_rule_over_another_enum_than_the_fairings_aborts_launch_and_names_both() {
    let failed = fails(Server::options().extended(|rocket| rocket.mount("/app", guarded_routes![by_rule]))).await;
    says(&failed.log, &["OtherRole", "AppRole"]);
}

// security: Launch: two role enums
#[tokio::test]
async fn a_user_of_another_enum_than_the_fairings_aborts_launch_and_names_both() {
    let failed = fails(Server::options().extended(|rocket| rocket.mount("/app", guarded_routes![by_parameter]))).await;
    says(&failed.log, &["OtherRole", "AppRole"]);
}

#[tokio::test]
async fn guards_without_the_fairing_abort_launch_and_say_what_to_attach() {
    for routes in [guarded_routes![by_struct], guarded_routes![guarded_door]] {
        let failed = fails(Server::options().app(|figment, _, _| rocket::custom(figment).mount("/app", routes))).await;
        says(&failed.log, &["auth_core::Auth::fairing"]);
    }
}

#[require_role(AppRole::Editor)]
#[get("/door")]
fn guarded_door() -> &'static str {
    "for editors"
}

#[tokio::test]
async fn a_struct_with_a_rule_guards_a_handler() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![by_struct]))
        .start()
        .await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    server.get("/app/struct").bearer(&ann.access).await.ok();
    server
        .get("/app/struct")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
    server.get("/app/struct").await.refused(401, "missing_token");
}

// security: Traps in the versions in use: `K`, `K` with zeros behind it, and the hash of a long `K` are one HMAC key
// security: Keys: Access, refresh, pepper and Rocket's secret key all differ after normalisation
// security: Launch: missing, weak, known, equal secrets
#[tokio::test]
async fn equal_secrets_do_not_start_whatever_their_spelling_and_are_not_printed() {
    let secret = "5e8dd316726b0335caa1d7b2f1c64e98a0b7f3d1";
    for other in [secret.to_owned(), format!("{secret}\0"), format!("{secret}\0\0\0")] {
        let failed = fails(Server::with_secrets(secret, &other)).await;
        assert!(failed.why.contains("JWT_REFRESH_SECRET"), "{}", failed.why);
        let said = [failed.why.clone()]
            .into_iter()
            .chain(failed.log.lines().into_iter().map(|line| line.text));
        said.for_each(|text| assert!(!text.contains(secret), "{text}"));
    }
}

#[tokio::test]
async fn a_key_that_will_not_do_does_not_start_and_is_named_and_not_printed() {
    let pem = generate_key(KeyAlgorithm::EdDsa).expect("a key");
    let good = generate_secret().expect("a secret");
    let secret = "5e8dd316726b0335caa1d7b2f1c64e98a0b7f3d1";
    // A private key is no secret in the variable's sense, nor is the text of a secret PEM.
    let in_variable = fails(Server::with_secrets(pem.expose(), good.expose())).await;
    assert!(
        in_variable
            .why
            .starts_with("`JWT_ACCESS_SECRET` holds a key of another form"),
        "{}",
        in_variable.why
    );
    for (key, setting) in [
        (json!({ "pem": secret }), "`auth.tokens.access_keys.0.pem`"),
        (
            json!({ "secret": secret, "alg": "HS512" }),
            "`auth.tokens.access_keys.0.secret`",
        ),
        (
            json!({ "secret": secret, "alg": "none" }),
            "`auth.tokens.access_keys.0.alg`",
        ),
        (
            json!({ "secret": secret, "kid": " " }),
            "`auth.tokens.access_keys.0.kid`",
        ),
        (json!({ "file": secret }), "`auth.tokens.access_keys.0.file`"),
    ] {
        let failed = fails(Server::options().set("tokens.access_keys", ring(&[key]))).await;
        assert!(failed.why.starts_with(setting), "{setting}: {}", failed.why);
        assert!(!failed.why.contains(secret), "{}", failed.why);
        assert!(failed.log.with(secret).is_empty());
    }
}

#[tokio::test]
async fn a_release_starts_with_proper_secrets_and_not_on_a_database_with_demo_accounts() {
    let debug = Server::start().await;
    let release = debug.another().release().start().await;
    release.sign_in(ANN).await;
    drop(release);
    let password = auth_core::SecretString::new("printed once on a terminal");
    debug
        .auth
        .accounts()
        .create_demo("admin@example.com", password, [AppRole::Admin])
        .await
        .expect("a new account");
    let failed = fails(debug.another().release()).await;
    assert!(failed.why.contains("demo accounts"), "{}", failed.why);
    debug.another().start().await;
}

// security: Launch: a clock before the build
#[tokio::test]
async fn a_clock_before_this_version_was_made_does_not_start() {
    let clock = std::sync::Arc::new(auth_core::__internal::ManualClock::at(auth_core::Timestamp::from_secs(
        0,
    )));
    let failed = fails(Server::options().clock(&clock)).await;
    assert!(failed.why.contains("clock"), "{}", failed.why);
}

// security: Launch: in a release, a log level that prints headers
#[tokio::test]
async fn a_release_whose_own_logger_shows_request_headers_does_not_start() {
    let failed = fails(Server::options().release().dumping_headers()).await;
    says(&failed.log, &["rocket::server", "debug", "`info`"]);
    Server::options().dumping_headers().start().await;
}

#[authenticated]
#[get("/guarded/<_page>")]
fn guarded_page(_page: &str) {}

// security: Errors, logs, headers: A sign-in page never leads to itself
#[tokio::test]
async fn a_sign_in_page_that_asks_for_a_signed_in_user_does_not_start() {
    for page in [
        "/dashboard",
        "/dashboard/",
        "/dashboard?from=guard",
        "/d%61shboard",
        "/app/gu%61rded/x",
        "/app/guarded/x",
        "/app/guarded/sign-in?x",
    ] {
        let options = Server::options().with_access_cookie().set("sign_in_page", page);
        let failed = fails(options.extended(|rocket| rocket.mount("/app", guarded_routes![guarded_page]))).await;
        let said = failed.log.with("`auth.sign_in_page`");
        assert!(
            said.iter().any(|line| line.text.contains(page)),
            "{page}: {:?}",
            failed.log.errors()
        );
    }
    for page in ["/app/front", "/app/front?from=guard", "/none-of-this-server"] {
        let options = Server::options().set("sign_in_page", page);
        options
            .extended(|rocket| rocket.mount("/app", guarded_routes![front, guarded_page]))
            .start()
            .await;
    }
}

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
enum WideRole {
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAA,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAB,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAC,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAD,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAE,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAF,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAG,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAH,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAI,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAJ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAK,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAL,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAM,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAN,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAO,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAP,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAQ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAR,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAS,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAT,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAU,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAV,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAW,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAX,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAY,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsAZ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBA,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBB,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBC,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBD,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBE,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBF,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBG,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBH,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBI,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBJ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBK,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBL,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBM,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBN,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBO,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBP,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBQ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBR,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBS,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBT,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBU,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBV,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBW,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBX,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBY,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsBZ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCA,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCB,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCC,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCD,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCE,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCF,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCG,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCH,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCI,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCJ,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCK,
    KeeperOfTheLongAndWindingCorridorWithManyDoorsCL,
}

#[tokio::test]
async fn roles_that_no_token_has_room_for_do_not_start() {
    let figment = Figment::from(rocket::Config::debug_default())
        .select("debug")
        .merge(("auth.store", "sqlite://none-of-it-is-opened.db"));
    let config = Config::read(&figment, &Environment::default()).expect("nothing is wrong with it");
    let refused = Auth::builder::<WideRole>().build(config).await.map(drop);
    let said = refused.expect_err("the tokens are too long").to_string();
    for part in ["WideRole", "64 roles", "4096", "shorter names"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[tokio::test]
async fn a_mount_alone_is_enough_for_sign_in_and_refresh() {
    let server = Server::options().set("mount", "/id").start().await;
    let signed_in = server.post("/id/login").json(&ANN.login()).await;
    let cookie = signed_in.ok().cookie("refresh_token");
    let refreshed = server.post("/id/refresh").cookie(cookie.pair()).await;
    refreshed.ok();
    server
        .post("/api/auth/login")
        .json(&ANN.login())
        .await
        .refused(404, "not_found");
}
