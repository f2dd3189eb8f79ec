//! The checks at launch as an application's own tests get them: with Rocket's local client, without
//! a socket.

use std::sync::Arc;

use auth_core::{Auth, authenticated, guarded_routes, public, require_role};
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, routes};
use rocket_app::role::AppRole;
use tempfile::TempDir;

use crate::support::Log;

mod guarded {
    use auth_core::require_role;
    use rocket::get;
    use rocket_app::role::AppRole;

    #[require_role(AppRole::Admin)]
    #[get("/twin")]
    pub fn twin() -> &'static str {
        "guarded"
    }
}

mod bare {
    use rocket::get;

    #[get("/twin")]
    pub fn twin() -> &'static str {
        "bare"
    }
}

#[authenticated]
#[get("/twice", rank = 2)]
fn twice() -> &'static str {
    "twice"
}

#[public("for the test")]
#[get("/<what>", rank = 9)]
fn anything(what: &str) -> String {
    format!("not twice but {what}")
}

/// A small application, and the folder of its database.
struct App {
    log: Arc<Log>,
    rocket: Rocket<Build>,
    _folder: TempDir,
}

impl App {
    fn new() -> App {
        // Before Rocket could set a logger of its own.
        let log = Log::new();
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite://{}", folder.path().join("auth.db").display());
        let figment = Figment::from(rocket::Config::debug_default())
            .merge(("log_level", "normal"))
            .merge(("auth.store", store));
        let rocket = rocket::custom(figment).attach(Auth::fairing::<AppRole>());
        App {
            log,
            rocket,
            _folder: folder,
        }
    }

    fn with(mut self, mount: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> App {
        self.rocket = mount(self.rocket);
        self
    }

    async fn client(self) -> Client {
        Client::untracked(self.rocket).await.expect("it launches")
    }

    /// Launches, which must fail in a sentinel, and answers with what was said.
    async fn aborts(self) -> Vec<String> {
        self.log.follow_this_thread();
        match Client::untracked(self.rocket).await {
            Err(error) => assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{error:?}"),
            Ok(_) => panic!("a launch that must fail succeeded"),
        }
        self.log.errors().into_iter().map(|line| line.text).collect()
    }
}

async fn status(client: &Client, path: &'static str) -> Status {
    client.get(path).dispatch().await.status()
}

#[tokio::test]
async fn of_two_handlers_of_one_name_at_two_bases_the_unguarded_one_aborts_and_is_named() {
    // In both orders of mounting.
    for guarded_first in [true, false] {
        let app = App::new().with(|rocket| {
            if guarded_first {
                let rocket = rocket.mount("/front", guarded_routes![guarded::twin]);
                rocket.mount("/back", routes![bare::twin])
            } else {
                let rocket = rocket.mount("/back", routes![bare::twin]);
                rocket.mount("/front", guarded_routes![guarded::twin])
            }
        });
        let said = app.aborts().await;
        let named = |path: &str| said.iter().any(|line| line.contains(path));
        assert!(named("GET /back/twin (twin)"), "{said:?}");
        assert!(!named("/front/twin"), "{said:?}");
    }
}

#[tokio::test]
async fn a_guarded_handler_mounted_by_routes_aborts_and_is_named() {
    let app = App::new().with(|rocket| {
        let rocket = rocket.mount("/front", guarded_routes![guarded::twin]);
        rocket.mount("/back", routes![guarded::twin])
    });
    let said = app.aborts().await;
    assert!(
        said.iter()
            .any(|line| line.contains("GET /back/twin (twin)") && line.contains("guarded_routes![twin]")),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_guarded_handler_may_be_mounted_at_several_bases_and_beside_routes_of_other_ranks() {
    let app = App::new().with(|rocket| {
        let routes = || guarded_routes![guarded::twin, twice, anything];
        let rocket = rocket.mount("/one", routes()).mount("/two/deep", routes());
        // One list, mounted twice: its routes are copied.
        let list = guarded_routes![twice];
        rocket.mount("/three", list.clone()).mount("/four", list)
    });
    let client = app.client().await;
    for path in [
        "/one/twin",
        "/two/deep/twin",
        "/one/twice",
        "/two/deep/twice",
        "/three/twice",
        "/four/twice",
    ] {
        assert_eq!(status(&client, path).await, Status::Unauthorized, "{path}");
    }
    let answer = client.get("/two/deep/twelve").dispatch().await;
    assert_eq!(answer.into_string().await.as_deref(), Some("not twice but twelve"));
}

#[tokio::test]
async fn a_route_that_a_later_fairing_mounts_is_checked_too() {
    let app = App::new().with(|rocket| {
        rocket.attach(rocket::fairing::AdHoc::on_ignite("a backdoor", |rocket| {
            Box::pin(async { rocket.mount("/back", routes![bare::twin]) })
        }))
    });
    let said = app.aborts().await;
    assert!(
        said.iter().any(|line| line.contains("GET /back/twin (twin)")),
        "{said:?}"
    );
}

#[require_role(AppRole::Viewer)]
#[get("/renamed")]
fn renamed() {}

#[tokio::test]
async fn what_is_done_to_a_guarded_route_before_it_is_mounted_does_not_make_it_unguarded() {
    let app = App::new().with(|rocket| {
        let routes = guarded_routes![renamed].into_iter().map(|route| {
            let mut route = route.map_base(|base| format!("/base{base}")).expect("a base");
            route.rank = 7;
            route
        });
        rocket.mount("/app", routes.collect::<Vec<_>>())
    });
    let client = app.client().await;
    assert_eq!(status(&client, "/app/base/renamed").await, Status::Unauthorized);
}
