//! Killed in the middle of refreshes, started again.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::support::{Client, Pair, Place, block_on, pair};

/// What a client knows when the server is gone: its last pair, and whether its last request was answered.
struct Survivor {
    pair: Pair,
    answered: u32,
}

/// Refreshes on and on, each time with the token of the last answer, until no answer comes.
async fn refresh_until_cut_off(client: Client, first: Pair) -> Survivor {
    let mut survivor = Survivor {
        pair: first,
        answered: 0,
    };
    while let Some((status, answer)) = client.refresh(&survivor.pair.refresh).await {
        assert_eq!(status, 200, "an honest client is never refused: {answer}");
        survivor.pair = pair(&answer);
        survivor.answered += 1;
    }
    survivor
}

#[test]
fn whoever_had_a_200_goes_on_after_a_sigkill_and_so_does_whoever_had_no_answer() {
    let place = Place::debug();
    let server = place.serve();
    let passwords = server.printed_passwords();
    block_on(async {
        let client = Client::of(&server);
        let mut clients = JoinSet::new();
        for n in 0..8 {
            let email = ["admin@example.com", "editor@example.com", "viewer@example.com"][n % 3];
            let first = client.sign_in(email, &passwords[email]).await;
            clients.spawn(refresh_until_cut_off(client.clone(), first));
        }
        // Long enough that every client is in the middle of it; what follows does not depend on how far they came.
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.kill();
        let survivors = clients.join_all().await;
        assert!(
            survivors.iter().map(|survivor| survivor.answered).sum::<u32>() > 0,
            "refreshes were under way"
        );

        let restarted = place.serve();
        let client = Client::of(&restarted);
        for survivor in survivors {
            let (status, answer) = client.refresh(&survivor.pair.refresh).await.expect("an answer");
            assert_eq!(status, 200, "{answer}");
            let (status, _) = client.get("/api/users/me", &pair(&answer).access).await;
            assert_eq!(status, 200);
        }
    });
}

#[test]
fn what_was_revoked_before_a_sigkill_stays_revoked() {
    let place = Place::debug();
    let server = place.serve();
    let passwords = server.printed_passwords();
    block_on(async {
        let client = Client::of(&server);
        let stolen = client
            .sign_in("viewer@example.com", &passwords["viewer@example.com"])
            .await;
        let (status, _) = client
            .post(
                "/api/auth/logout",
                &serde_json::json!({ "refreshToken": stolen.refresh }),
            )
            .await
            .expect("an answer");
        assert_eq!(status, 204);
        server.kill();

        let restarted = place.serve();
        let client = Client::of(&restarted);
        let (status, answer) = client.refresh(&stolen.refresh).await.expect("an answer");
        assert_eq!((status, answer["error"].as_str()), (401, Some("session_revoked")));
        let (status, answer) = client.get("/api/users/me", &stolen.access).await;
        assert_eq!((status, answer["error"].as_str()), (401, Some("session_revoked")));
    });
}

#[test]
fn fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log() {
    let place = Place::debug();
    let server = place.serve();
    let passwords = server.printed_passwords();
    block_on(async {
        let client = Client::of(&server);
        let first = client
            .sign_in("editor@example.com", &passwords["editor@example.com"])
            .await;
        let mut refreshes = JoinSet::new();
        for _ in 0..50 {
            let (client, token) = (client.clone(), first.refresh.clone());
            refreshes.spawn(async move { client.refresh(&token).await.expect("an answer") });
        }
        let answers = refreshes.join_all().await;
        let mut successors: Vec<String> = Vec::new();
        for (status, answer) in answers {
            assert_eq!(status, 200, "{answer}");
            successors.push(pair(&answer).refresh);
        }
        successors.dedup();
        assert_eq!(successors.len(), 1, "one head");
        let (status, _) = client.refresh(&successors[0]).await.expect("an answer");
        assert_eq!(status, 200);
    });
    let (_, log) = server.signal("TERM");
    assert!(!log.contains("Error"), "{log}");
}
