//! The races that every store has to win, through two of its connections: two nodes, or two
//! processes on one file.

use std::sync::Arc;

use auth_core::__internal::{ManagedAccounts, NewAccount, Rejection, Rotation, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use auth_core::{AccountError, SecretString, UserId};
use tokio::sync::Barrier;

use crate::support::{Login, RECOVERABLE, find, judged, rejected};

/// Of fifty refreshes at once with one token, one rotates, and all get the same current token.
pub async fn of_fifty_at_once_one_rotates<S>(stores: [S; 2], ann: Login)
where
    S: SessionStore + Clone + 'static,
{
    for round in 0..20 {
        let barrier = Arc::new(Barrier::new(50));
        let racers = (0..50).map(|racer| {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let presented = ann.presents(round);
            tokio::spawn(async move {
                barrier.wait().await;
                store.rotate(presented, RECOVERABLE).await
            })
        });
        let mut outcomes = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            let rotated = judged(racer.await.expect("a racer does not panic").expect("the store answers"));
            assert_eq!(rotated.session.current, round + 1);
            outcomes.push(rotated.outcome);
        }
        let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count();
        assert_eq!(
            (count(RotationOutcome::Rotated), count(RotationOutcome::Replayed)),
            (1, 49),
            "round {round}"
        );
    }
}

/// A refresh through the one store and a sign-out through the other, of a new session each round:
/// never both win. Every second refresh does `delay` first, so that each wins some rounds.
pub async fn a_refresh_and_a_logout_never_both_win<S, D>(
    stores: [S; 2],
    rounds: usize,
    sign_in: impl AsyncFn() -> Login,
    delay: fn(S) -> D,
) where
    S: SessionStore + Clone + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    let [one, other] = &stores;
    let (mut refresh_first, mut logout_first) = (0, 0);
    for round in 0..rounds {
        let ann = sign_in().await;
        let barrier = Arc::new(Barrier::new(2));
        let refresh = tokio::spawn({
            let (store, barrier, presented) = (one.clone(), Arc::clone(&barrier), ann.presents(0));
            async move {
                barrier.wait().await;
                if round % 2 == 1 {
                    delay(store.clone()).await;
                }
                store.rotate(presented, RECOVERABLE).await
            }
        });
        barrier.wait().await;
        let revoked = other.revoke(ann.session.id, None, RevocationReason::Logout).await;
        assert!(revoked.expect("the store answers"), "no other call revokes it");
        // Acknowledged: from here on nothing rotates, through either store.
        for (store, generation) in [(one, 0), (one, 1), (other, 0), (other, 1)] {
            assert_eq!(rejected(ann.present(store, generation).await), Rejection::Revoked);
        }
        let current = find(one, ann.session.id).await.current;
        let rotation = refresh.await.expect("the racer does not panic");
        match rotation.expect("the store answers") {
            Rotation::Judged(rotated) => {
                refresh_first += 1;
                let revoked_at = rotated.session.revoked_at;
                assert_eq!(
                    (rotated.outcome, revoked_at, current),
                    (RotationOutcome::Rotated, None, 1)
                );
            }
            Rotation::Rejected(why) => {
                logout_first += 1;
                assert_eq!((why, current), (Rejection::Revoked, 0));
            }
        }
    }
    println!("the refresh came first {refresh_first} times, the logout {logout_first} times");
}

/// Three admins, each shut out through another store at the same moment, by each of the verbs: one
/// stays, in each round.
pub async fn of_admins_shut_out_at_once_one_stays<S>(stores: [S; 2])
where
    S: ManagedAccounts + Clone,
{
    const KEEP: Option<&str> = Some("admin");
    let admin = async |name: String| {
        let new = NewAccount {
            email: format!("{name}@example.com"),
            password_hash: SecretString::new("$2b$12$hash"),
            roles: vec!["admin".to_owned()],
            demo: false,
        };
        stores[0].create(new).await.expect("the e-mail is free")
    };
    for round in 0..60 {
        let mut admins = Vec::new();
        for name in ["ann", "bob", "zoe"] {
            admins.push(admin(format!("{name}{round}")).await);
        }
        let barrier = Arc::new(Barrier::new(admins.len()));
        let shutting = admins
            .iter()
            .cloned()
            .enumerate()
            .map(|(number, user): (usize, UserId)| {
                let (store, barrier) = (stores[number % 2].clone(), Arc::clone(&barrier));
                tokio::spawn(async move {
                    barrier.wait().await;
                    match (number + round) % 3 {
                        0 => store.disable(&user, KEEP).await.map(drop),
                        1 => store.set_roles(&user, vec![], KEEP).await.map(drop),
                        _ => store.delete(&user, KEEP, None).await.map(drop),
                    }
                })
            });
        let mut refused = 0;
        for done in shutting.collect::<Vec<_>>() {
            match done.await.expect("a racer does not panic") {
                Ok(()) => {}
                Err(AccountError::LastHolder(_)) => refused += 1,
                Err(error) => panic!("round {round}: {error}"),
            }
        }
        assert_eq!(refused, 1, "round {round}");
        for user in &admins {
            // Without a role to keep, so that the next round begins without an admin.
            if stores[1].find(user).await.expect("the store answers").is_some() {
                stores[1].delete(user, None, None).await.expect("it is there");
            }
        }
    }
}
