//! Routes that are not handlers, behind one decision: a file server.

use auth_core::{Protection, Role, User, protect, require_role};
use rocket::fs::FileServer;
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Server, VIC};

/// An enum that is not the fairing's.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
enum OtherRole {
    Admin,
}

#[require_role(all(AppRole::Editor, not(AppRole::Admin)))]
struct OnlyEditors(#[expect(dead_code, reason = "for its rule alone")] User<AppRole>);

/// A folder with one file; the server of the demo is left as it is.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("plan.txt"), "the plan").expect("a file");
    folder
}

#[tokio::test]
async fn files_are_served_to_those_who_meet_the_decision() {
    let folder = folder();
    let files = FileServer::from(folder.path());
    let server = Server::options()
        .extended(|rocket| {
            rocket
                .mount("/one", protect(AppRole::Editor, files.clone()))
                .mount("/any", protect([AppRole::Admin, AppRole::Viewer], files.clone()))
                .mount("/in", protect(Protection::authenticated(), files.clone()))
                .mount("/out", protect(Protection::public("for the test"), files.clone()))
                .mount("/rule", protect(Protection::of::<OnlyEditors>(), files))
        })
        .start()
        .await;
    for (person, expected) in [
        (ANN, [200, 200, 200, 200, 403]),
        (ED, [200, 403, 200, 200, 200]),
        (VIC, [403, 200, 200, 200, 403]),
    ] {
        let session = server.sign_in(person).await;
        for (base, status) in ["one", "any", "in", "out", "rule"].into_iter().zip(expected) {
            let answer = server.get(&format!("/{base}/plan.txt")).bearer(&session.access).await;
            assert_eq!(answer.status, status, "{base} for {}", person.email);
            if status == 403 {
                answer.refused(403, "insufficient_role");
            }
        }
    }
    for (base, status) in [("one", 401), ("any", 401), ("in", 401), ("rule", 401), ("out", 200)] {
        assert_eq!(
            server.get(&format!("/{base}/plan.txt")).await.status,
            status,
            "{base} for nobody"
        );
    }
}

#[tokio::test]
async fn a_protected_file_server_that_finds_nothing_forwards_only_for_those_who_may_ask() {
    let folder = folder();
    let files = FileServer::from(folder.path());
    let server = Server::options()
        .extended(|rocket| rocket.mount("/one", protect(AppRole::Editor, files)))
        .start()
        .await;
    server.get("/one/nothing").await.refused(401, "missing_token");
    let session = server.sign_in(ED).await;
    server
        .get("/one/nothing")
        .bearer(&session.access)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_protection_by_another_role_enum_aborts_launch() {
    let folder = folder();
    let files = FileServer::from(folder.path());
    let options = Server::options().extended(|rocket| rocket.mount("/one", protect(OtherRole::Admin, files)));
    let Err(failed) = options.try_start().await else {
        panic!("a launch that must fail succeeded")
    };
    let errors = failed.log.errors();
    assert!(
        errors
            .iter()
            .any(|line| line.text.contains("OtherRole") && line.text.contains("AppRole")),
        "{errors:?}"
    );
}
