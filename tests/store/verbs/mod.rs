//! Every pair of verbs, raced: while one is held at a call of the store, the other runs, and every
//! call fails once. What was answered with a success holds afterwards, on the node that did it and
//! on another one.

mod held;
mod stage;

use std::sync::Arc;
use std::time::Instant;

use auth_core::__internal::{ManagedAccounts, ManualClock, Store, SystemClock};
use auth_core::session::TokenPair;
use tokio::task::JoinSet;

use self::held::{Fate, SCRIPT, Script};
use self::stage::{NEW, OLD, Outcome, Stage, Users, Verb};
use crate::postgres::support as postgres;
use crate::redis::arrange as redis;
use crate::support::{Fresh, START};

/// The verbs that do something else where the application has users of its own.
const ON_ACCOUNTS: [Verb; 5] = [Verb::Login, Verb::Password, Verb::Reset, Verb::Disable, Verb::Roles];

/// More calls than any verb makes.
const MOST_CALLS: usize = 20;

/// Plays the pairs of these first verbs, each with a user of its own; those of each first verb
/// beside those of the others.
async fn pairs(engine: &str, firsts: &[Verb], (store, users): (Arc<dyn Store>, Users)) {
    let begun = Instant::now();
    let users = Arc::new(users);
    let (mut pauses, mut failures) = (0, 0);
    let mut playing = JoinSet::new();
    for &first in firsts {
        playing.spawn(pairs_of(
            engine.to_owned(),
            Arc::clone(&store),
            Arc::clone(&users),
            first,
        ));
    }
    while let Some(played) = playing.join_next().await {
        let (paused, failed) = played.expect("no pair fails");
        pauses += paused;
        failures += failed;
    }
    let pairs = firsts.len() * Verb::ALL.len();
    println!(
        "{engine}: {pairs} pairs, {pauses} pauses, {failures} failures, {:?}",
        begun.elapsed()
    );
    assert!(pauses > pairs && failures > pairs, "every verb asks the store");
}

/// Plays all pairs with this first verb, and says how many pauses and failures that were.
async fn pairs_of(engine: String, store: Arc<dyn Store>, users: Arc<Users>, first: Verb) -> (usize, usize) {
    let (mut pauses, mut failures) = (0, 0);
    for second in Verb::ALL {
        for &fate in users.fates() {
            for at in 0..MOST_CALLS {
                let with_reset = [first, second].contains(&Verb::Reset);
                let stage = Arc::new(Stage::new(Arc::clone(&store), &users, with_reset).await);
                let case = format!("{engine}: {first:?}, {fate:?} call {at}, beside {second:?}");
                if !race(&stage, first, second, at, fate, &case).await {
                    break;
                }
                *(if fate.is_pause() { &mut pauses } else { &mut failures }) += 1;
            }
        }
    }
    (pauses, failures)
}

/// Whether the first verb made the call that is meant.
async fn race(stage: &Arc<Stage>, first: Verb, second: Verb, at: usize, fate: Fate, case: &str) -> bool {
    let script = Script::new(at, fate);
    let (staged, scripted) = (Arc::clone(stage), Arc::clone(&script));
    let mut running = tokio::spawn(SCRIPT.scope(scripted, async move { staged.play(first).await }));
    let first_done = if fate.is_pause() {
        tokio::select! {
            () = script.held.notified() => None,
            done = &mut running => Some(done),
        }
    } else {
        Some((&mut running).await)
    };
    if !script.was_met() {
        return false;
    }
    // A sign-in that has not read the epoch yet is one that comes later.
    let had_begun = !matches!(first, Verb::Login | Verb::SignIn) || script.knows_epoch();
    let was_held = first_done.is_none() && had_begun;
    let second_done = stage.play(second).await;
    script.go_on.notify_one();
    let first_done = match first_done {
        Some(done) => done,
        None => running.await,
    };
    let first_done = first_done.expect("no panic");
    // What was under way while the second verb was answered does not survive it.
    let before_second = if was_held {
        first_done.as_ref().ok().and_then(Option::as_ref)
    } else {
        None
    };
    holds(stage, second, &second_done, before_second, &first_done, case).await;
    holds(stage, first, &first_done, None, &second_done, case).await;
    true
}

/// Looks whether what `verb` promised holds, if it was answered with a success.
async fn holds(
    stage: &Stage,
    verb: Verb,
    done: &Outcome,
    under_way: Option<&TokenPair>,
    other_done: &Outcome,
    case: &str,
) {
    let Ok(given) = done else { return };
    let dead = async |pair: &TokenPair, whose: &str| {
        let alive = stage.alive(pair).await;
        assert_eq!(
            alive,
            Vec::<String>::new(),
            "{case}: {verb:?} was answered, and {whose} lives on"
        );
    };
    match verb {
        Verb::Login | Verb::SignIn | Verb::Refresh => {}
        Verb::Logout => dead(&stage.other, "the session").await,
        Verb::LogoutAll | Verb::Disable | Verb::Password | Verb::Reset => {
            dead(&stage.other, "another session").await;
            dead(&stage.here, "an older token of this session").await;
            if let Some(pair) = under_way {
                dead(pair, "what was under way").await;
            }
        }
        Verb::Roles => {
            let mut pairs = vec![&stage.here, &stage.other];
            pairs.extend(under_way);
            pairs.extend(other_done.as_ref().ok().and_then(Option::as_ref));
            for pair in pairs {
                let alive = stage.alive(pair).await;
                let stale: Vec<_> = alive.iter().filter(|alive| alive.contains("sailor")).collect();
                assert!(stale.is_empty(), "{case}: the roles were changed, and {stale:?}");
            }
        }
    }
    if verb == Verb::Disable {
        assert!(
            stage.login(OLD).await.is_err() && stage.login(NEW).await.is_err(),
            "{case}: a disabled user signs in"
        );
    }
    if matches!(verb, Verb::Password | Verb::Reset) {
        assert!(stage.login(OLD).await.is_err(), "{case}: the old password signs in");
        assert_eq!(given.is_some(), verb == Verb::Password);
    }
}

fn built_in<S: Store + ManagedAccounts + Clone>(store: S) -> (Arc<dyn Store>, Users) {
    (Arc::new(store.clone()), Users::BuiltIn(Arc::new(store)))
}

fn own(store: impl Store) -> (Arc<dyn Store>, Users) {
    (Arc::new(store), Users::Own)
}

fn own_store(store: impl Store) -> (Arc<dyn Store>, Users) {
    (Arc::new(store), Users::OwnStore)
}

fn on_sqlite(keeps_accounts: bool) -> Fresh {
    let hands = Arc::new(ManualClock::at(START));
    Fresh::with_clock(Arc::new(SystemClock), hands, |config| {
        config.keeps_accounts = keeps_accounts
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_what_was_answered_holds_whatever_ran_beside_it() {
    let fresh = on_sqlite(true);
    pairs("SQLite", &Verb::ALL, built_in(fresh.store.clone())).await;
    let fresh = on_sqlite(false);
    pairs("SQLite, own users", &Verb::ALL, own(fresh.store.clone())).await;
    pairs(
        "SQLite, own account store",
        &ON_ACCOUNTS,
        own_store(fresh.store.clone()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_what_was_answered_holds_whatever_ran_beside_it() {
    let fresh = postgres::Fresh::new().await;
    pairs("PostgreSQL", &Verb::ALL, built_in(fresh.store)).await;
    let fresh = postgres::Fresh::with(|config| config.keeps_accounts = false).await;
    pairs("PostgreSQL, own users", &ON_ACCOUNTS, own(fresh.store)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis_what_was_answered_holds_whatever_ran_beside_it() {
    let fresh = redis::Fresh::new().await;
    pairs("Redis, own users", &Verb::ALL, own(fresh.store)).await;
}
