//! The store against a model of the machine, step by step on random histories.
//!
//! The model is written from the table of the rotation alone: a list of rows and plain `if`s. After
//! every step the answers must agree, and so must everything that can be read.

mod histories;
mod machine;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::__internal::{
    Clock, KeptSession, Maintenance, ManagedAccounts, NewAccount, NewSession, PresentedToken, RevocationLog, Rotation,
    SecretHash, SessionSecret, SessionStore, UserCounters,
};
use auth_core::session::Session;
use auth_core::{AccountError, SecretString, SessionId, Timestamp, UserId};
use diesel::prelude::*;
use diesel::sql_types::Text;
use proptest::test_runner::Config;

use self::histories::{Proof, Slot, Step, Token, step};
use self::machine::{Model, Row, seconds};
use crate::support::{Fresh, START};

const USERS: usize = 3;
const CASES: u32 = 80;

static STEPS: AtomicUsize = AtomicUsize::new(0);
static JUDGED: [AtomicUsize; 6] = [const { AtomicUsize::new(0) }; 6];

// security: Rotation and storage: The rotation machine, case by case
#[test]
fn the_store_does_what_the_model_does() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let histories = proptest::collection::vec(step(), 1..120);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&histories, |steps| {
        runtime.block_on(play(&steps));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let judged = JUDGED.each_ref().map(|count| count.load(Ordering::Relaxed));
    let steps = STEPS.load(Ordering::Relaxed);
    println!("{steps} steps; rotated, ahead, replayed, forked, reused, closed: {judged:?}");
    assert!(steps > 2000, "the histories are long enough: {steps}");
    assert!(
        judged.iter().all(|count| *count > 0),
        "every outcome was met: {judged:?}"
    );
}

async fn play(steps: &[Step]) {
    let fresh = Fresh::new();
    let mut users = Vec::new();
    let mut model = Model {
        now: START.millis(),
        rows: vec![],
        accounts: BTreeMap::new(),
        counters: BTreeMap::new(),
    };
    for number in 0..USERS {
        let account = NewAccount {
            email: format!("user{number}@example.com"),
            password_hash: SecretString::new("hash"),
            roles: vec!["viewer".to_owned()],
            demo: false,
        };
        let user = ManagedAccounts::create(&fresh.store, account)
            .await
            .expect("the e-mail is free");
        model.accounts.insert(user.clone(), (true, vec!["viewer".to_owned()]));
        users.push(user);
    }
    // Sessions ever made, also those that were deleted since: their tokens are still around.
    let mut made: Vec<(SessionId, SecretHash)> = Vec::new();
    for step in steps {
        STEPS.fetch_add(1, Ordering::Relaxed);
        model.now = fresh.clock.now().millis();
        carry_out(&fresh, &mut model, &users, &mut made, step).await;
    }
    model.now = fresh.clock.now().millis();
    compare_all(&fresh, &model, &users, &made).await;
}

async fn carry_out(
    fresh: &Fresh,
    model: &mut Model,
    users: &[UserId],
    made: &mut Vec<(SessionId, SecretHash)>,
    step: &Step,
) {
    let store = &fresh.store;
    let pick = |slot: Slot| (!made.is_empty()).then(|| made[slot % made.len()]);
    let prove = |secret: SecretHash, proof: Proof| match proof {
        Proof::Right => secret,
        Proof::Wrong => random_secret(),
    };
    match step {
        Step::SignIn {
            user,
            lifetime,
            idle,
            replaces,
            stale,
        } => {
            let replaces = replaces.and_then(|(slot, proof)| Some((pick(slot)?, proof)));
            let new = NewSession {
                id: SessionId::random(),
                user: users[*user].clone(),
                epoch: model.counters(&users[*user]).epoch - i64::from(*stale),
                methods: auth_core::session::AuthMethods::PASSWORD,
                secret: random_secret(),
                lifetime: *lifetime,
                idle: *idle,
                user_agent: None,
                ip: None,
                replaces: replaces.map(|((id, secret), proof)| (id, prove(secret, proof))),
                max_per_user: 3,
            };
            let created = SessionStore::create(store, new.clone())
                .await
                .expect("the store answers");
            let expected = model.create(&new);
            assert_eq!(created.is_some(), expected.is_some(), "{step:?}");
            if let (Some(created), Some((replaced, over_limit))) = (created, expected) {
                assert_eq!(created.session, Model::session(model.rows.last().expect("it was made")));
                assert_eq!(created.replaced, replaced);
                assert_eq!(created.over_limit, over_limit);
                assert_eq!(created.roles, Some(model.roles(&new.user)));
                assert_eq!(created.counters, model.counters(&new.user));
            }
            made.push((new.id, new.secret));
        }
        Step::Present {
            slot,
            token,
            proof,
            policy,
        } => {
            let Some((id, secret)) = pick(*slot) else { return };
            let row = model
                .row(id)
                .map(|row| (row.current, row.previous))
                .unwrap_or((0, None));
            let generation = match token {
                Token::FromCurrent(offset) => row.0.saturating_add(*offset),
                Token::Previous => row.1.unwrap_or(row.0),
                Token::Number(number) => *number,
            };
            let presented = PresentedToken {
                session: id,
                secret: prove(secret, *proof),
                generation,
            };
            let rotation = store.rotate(presented, *policy).await.expect("the store answers");
            match (rotation, model.rotate(presented, *policy)) {
                (Rotation::Rejected(why), Err(expected)) => assert_eq!(why, expected, "{step:?}"),
                (Rotation::Judged(rotated), Ok(expected)) => {
                    assert_eq!(rotated.outcome, expected, "{step:?}");
                    JUDGED[expected as usize].fetch_add(1, Ordering::Relaxed);
                    let row = model.row(id).expect("it was judged").clone();
                    assert_eq!(rotated.session, Model::session(&row), "{step:?}");
                    assert_eq!(rotated.now.millis(), model.now);
                    assert_eq!(rotated.roles, Some(model.roles(&row.user)));
                    assert_eq!(rotated.counters, model.counters(&row.user));
                }
                (rotation, expected) => panic!("{step:?}: {rotation:?} instead of {expected:?}"),
            }
        }
        Step::Revoke { slot, proof, why } => {
            let Some((id, secret)) = pick(*slot) else { return };
            let secret_given = proof.map(|proof| prove(secret, proof));
            let done = store.revoke(id, secret_given, *why).await.expect("the store answers");
            let expected = model
                .row(id)
                .is_some_and(|row| row.revoked_at.is_none() && secret_given.is_none_or(|given| given == row.secret));
            assert_eq!(done, expected, "{step:?}");
            if done {
                model.end(id);
            }
        }
        Step::EndEpoch { user } => {
            let user = &users[*user];
            let expected = model.end_epoch(user);
            let epoch = store.end_epoch(user).await.expect("the store answers");
            assert_eq!(
                (epoch.ended, epoch.counters),
                (expected, model.counters(user)),
                "{step:?}"
            );
        }
        Step::EndEpochBut { slot, user } => {
            let Some((id, _)) = pick(*slot) else { return };
            // Sometimes by another user than the session's.
            let owner = model.row(id).map(|row| row.user.clone());
            let user = user.map(|user| users[user].clone()).or(owner);
            let Some(user) = user else { return };
            let (secret, idle) = (random_secret(), Duration::from_secs(600));
            let kept = KeptSession {
                id,
                secret: Some(secret),
                idle,
            };
            let renewed = store.end_epoch_but(&user, kept).await.expect("the store answers");
            assert_eq!(
                renewed.is_some(),
                model.end_epoch_but(&user, id, secret, idle),
                "{step:?}"
            );
            if let Some(renewed) = renewed {
                let row = model.row(id).expect("it goes on").clone();
                assert_eq!(renewed.session, Model::session(&row), "{step:?}");
                made.iter_mut()
                    .filter(|made| made.0 == id)
                    .for_each(|made| made.1 = secret);
            }
        }
        Step::ChangeRolesVersion { user } => {
            let user = &users[*user];
            model.change(user, |counters| counters.roles_version += 1);
            let counters = store.change_roles_version(user).await.expect("the store answers");
            assert_eq!(counters, model.counters(user), "{step:?}");
        }
        Step::SetRoles { user, roles } => {
            let user = &users[*user];
            let changed = store.set_roles(user, roles.clone(), None).await;
            match model.accounts.get_mut(user) {
                Some((_, held)) => {
                    let changed = changed.expect("the account is there");
                    let is_news = held != roles;
                    held.clone_from(roles);
                    if is_news {
                        model.change(user, |counters| counters.roles_version += 1);
                    }
                    assert_eq!(changed, is_news.then(|| model.counters(user)), "{step:?}");
                }
                None => assert!(matches!(changed, Err(AccountError::NotFound)), "{changed:?}"),
            }
        }
        Step::Disable { user } => {
            let user = &users[*user];
            let ended = store.disable(user, None).await;
            match model.accounts.get_mut(user) {
                Some((open, _)) => {
                    *open = false;
                    let ended = ended.expect("the account is there").ended;
                    assert_eq!(ended, model.end_epoch(user), "{step:?}");
                }
                None => assert!(matches!(ended, Err(AccountError::NotFound)), "{ended:?}"),
            }
        }
        Step::RemoveAccount { user } => {
            model.accounts.remove(&users[*user]);
            let delete = diesel::sql_query("DELETE FROM auth_accounts WHERE id = ?");
            delete
                .bind::<Text, _>(users[*user].as_str())
                .execute(&mut fresh.connection())
                .expect("it is deleted");
        }
        Step::Clock { by } => fresh.clock.set(Timestamp::from_millis(model.now + by)),
        Step::ClockToEnd { slot, idle, offset } => {
            let row = pick(*slot).and_then(|(id, _)| model.row(id).cloned());
            if let Some(row) = row {
                let end = if *idle { row.idle_until } else { row.expires_at };
                fresh.clock.set(Timestamp::from_millis(end + offset));
            }
        }
        Step::DeleteExpired { keep, limit } => {
            let deleted = store.delete_expired(*keep, *limit).await.expect("the store answers");
            let (now, keep) = (model.now, seconds(*keep) * 1000);
            let mut old: Vec<(i64, SessionId)> = model
                .rows
                .iter()
                .filter(|row| row.expires_at + keep <= now)
                .map(|row| (row.expires_at, row.id))
                .collect();
            assert_eq!(deleted, old.len().min(*limit as usize), "{step:?}");
            // Of rows that ended in the same second any may go first; ask the store which did.
            old.sort();
            let last_end = deleted.checked_sub(1).map(|last| old[last].0);
            for (end, id) in old {
                let gone = SessionStore::find(store, id)
                    .await
                    .expect("the store answers")
                    .is_none();
                assert!(
                    if gone {
                        Some(end) <= last_end
                    } else {
                        Some(end) >= last_end
                    },
                    "the oldest go first"
                );
                if gone {
                    model.rows.retain(|row| row.id != id);
                }
            }
        }
    }
}

async fn compare_all(fresh: &Fresh, model: &Model, users: &[UserId], made: &[(SessionId, SecretHash)]) {
    let store = &fresh.store;
    for (id, _) in made {
        let found = SessionStore::find(store, *id).await.expect("the store answers");
        assert_eq!(found, model.rows.iter().find(|row| row.id == *id).map(Model::session));
    }
    for user in users {
        let mut live: Vec<&Row> = model
            .rows
            .iter()
            .filter(|row| row.user == *user && model.is_live(row))
            .collect();
        live.sort_by_key(|row| (-row.current_since, -row.created_at, row.id));
        let expected: Vec<Session> = live.into_iter().map(Model::session).collect();
        assert_eq!(store.list(user, 100).await.expect("the store answers"), expected);
    }
    for since in [0, START.millis(), model.now - 10_000, model.now] {
        let told = store
            .revoked_since(Timestamp::from_millis(since))
            .await
            .expect("the store answers");
        let mut told: Vec<(i64, SessionId)> = told.iter().map(|told| (told.at.millis(), told.session)).collect();
        told.sort();
        let mut expected: Vec<(i64, SessionId)> = model
            .rows
            .iter()
            .filter_map(|row| Some((row.revoked_at?, row.id)))
            .filter(|(at, _)| *at >= since)
            .collect();
        expected.sort();
        assert_eq!(told, expected);

        let told = store
            .users_changed_since(Timestamp::from_millis(since))
            .await
            .expect("the store answers");
        let told: BTreeMap<UserId, (UserCounters, i64)> = told
            .into_iter()
            .map(|told| (told.user, (told.counters, told.at.millis())))
            .collect();
        let expected = model
            .counters
            .clone()
            .into_iter()
            .filter(|(_, (_, at))| *at >= since)
            .collect();
        assert_eq!(told, expected);
    }
}

fn random_secret() -> SecretHash {
    SecretHash::of(&SessionSecret::random().expect("the system has random numbers"))
}
