//! Killed in the middle of refreshes, started again.

use tests::client::{Client, Pair, block_on, pair};
use tests::process::Place;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

mod on_sqlite {
    use super::Place;

    #[test]
    fn a_client_goes_on_after_a_sigkill_with_its_last_token_even_if_it_had_no_answer() {
        super::a_client_goes_on_after_a_sigkill_with_its_last_token_even_if_it_had_no_answer(Place::debug());
    }

    // security: Rotation and storage: The revocation of a reused session commits though the answer is 401
    #[test]
    fn what_was_revoked_before_a_sigkill_stays_revoked() {
        super::what_was_revoked_before_a_sigkill_stays_revoked(Place::debug());
    }

    #[test]
    fn fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log() {
        super::fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log(Place::debug());
    }
}

mod on_postgres {
    use super::Place;

    #[test]
    fn a_client_goes_on_after_a_sigkill_with_its_last_token_even_if_it_had_no_answer() {
        let place = Place::debug().on_postgres();
        super::a_client_goes_on_after_a_sigkill_with_its_last_token_even_if_it_had_no_answer(place);
    }

    #[test]
    fn what_was_revoked_before_a_sigkill_stays_revoked() {
        super::what_was_revoked_before_a_sigkill_stays_revoked(Place::debug().on_postgres());
    }

    #[test]
    fn fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log() {
        super::fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log(Place::debug().on_postgres());
    }
}

/// Refreshes again and again with the token of the last answer, until no answer comes. Returns the
/// last pair, and reports each answer.
async fn refresh_until_cut_off(client: Client, first: Pair, answered: UnboundedSender<()>) -> Pair {
    let mut last = first;
    while let Some((status, answer)) = client.refresh(&last.refresh).await {
        assert_eq!(status, 200, "an honest client is never refused: {answer}");
        last = pair(&answer);
        let _nobody_counts_any_more = answered.send(());
    }
    last
}

fn a_client_goes_on_after_a_sigkill_with_its_last_token_even_if_it_had_no_answer(place: Place) {
    let server = place.serve();
    let passwords = server.printed_passwords();
    block_on(async {
        let client = Client::of(&server);
        let mut clients = JoinSet::new();
        let (answered, mut answers) = unbounded_channel();
        for n in 0..8 {
            let email = ["admin@example.com", "editor@example.com", "viewer@example.com"][n % 3];
            let first = client.sign_in(email, &passwords[email]).await;
            clients.spawn(refresh_until_cut_off(client.clone(), first, answered.clone()));
        }
        // In the middle of it: after so many answers every client has its next request under way.
        for _ in 0..200 {
            answers.recv().await.expect("the clients go on");
        }
        server.kill();
        let survivors = clients.join_all().await;

        let restarted = place.serve();
        let client = Client::of(&restarted);
        for survivor in survivors {
            let (status, answer) = client.refresh(&survivor.refresh).await.expect("an answer");
            assert_eq!(status, 200, "{answer}");
            let (status, _) = client.get("/api/users/me", &pair(&answer).access).await;
            assert_eq!(status, 200);
        }
    });
}

fn what_was_revoked_before_a_sigkill_stays_revoked(place: Place) {
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

fn fifty_refreshes_at_once_leave_one_head_and_no_error_in_the_log(place: Place) {
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
