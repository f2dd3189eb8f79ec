//! The store against a model of the machine, step by step on random histories.
//!
//! The model is written from `design.md` §4 alone: a list of rows and plain `if`s. After every step the answers must
//! agree, and so must everything that can be read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::account::{AccountError, ManagedAccounts, NewAccount, UserId};
use auth_core::clock::{Clock, Timestamp};
use auth_core::secret::SecretString;
use auth_core::store::{
    NewSession, Presented, Rejected, RevokedWhy, Rotation, RotationMode, RotationPolicy, SecretHash, Session,
    SessionId, SessionSecret, SessionStore, Verdict,
};
use diesel::prelude::*;
use diesel::sql_types::Text;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::{Fresh, START};

const USERS: usize = 3;
const CASES: u32 = 80;

static STEPS: AtomicUsize = AtomicUsize::new(0);
static JUDGED: [AtomicUsize; 6] = [const { AtomicUsize::new(0) }; 6];

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
        "every verdict was met: {judged:?}"
    );
}

// ---------------------------------------------------------------------------------------------------------------------
// Histories
// ---------------------------------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Step {
    SignIn {
        user: usize,
        lifetime: Duration,
        idle: Duration,
        replaces: Option<(Slot, Proof)>,
    },
    Present {
        slot: Slot,
        token: Token,
        proof: Proof,
        policy: RotationPolicy,
    },
    Revoke {
        slot: Slot,
        proof: Option<Proof>,
        why: RevokedWhy,
    },
    RevokeUser {
        user: usize,
        except: Option<Slot>,
    },
    CutOff {
        user: usize,
    },
    SetRoles {
        user: usize,
        roles: Vec<String>,
    },
    Disable {
        user: usize,
    },
    /// Past the store, as an operator with a database tool would.
    RemoveAccount {
        user: usize,
    },
    Clock {
        by: i64,
    },
    /// To an end of a session, give or take a millisecond.
    ClockToEnd {
        slot: Slot,
        idle: bool,
        offset: i64,
    },
    DeleteExpired {
        keep: Duration,
        limit: u32,
    },
}

/// One of the sessions so far; taken modulo their number.
type Slot = usize;

#[derive(Clone, Copy, Debug)]
enum Proof {
    Right,
    Wrong,
}

/// Which token of a session is presented.
#[derive(Clone, Copy, Debug)]
enum Token {
    /// The head, or so many before or after it.
    FromHead(i64),
    Parent,
    Number(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let slot = || 0..16_usize;
    let user = || 0..USERS;
    let proof = || prop_oneof![6 => Just(Proof::Right), 1 => Just(Proof::Wrong)];
    let seconds = |range| Strategy::prop_map(range, Duration::from_secs);
    let sign_in = (
        user(),
        seconds(1..4000_u64),
        seconds(1..2000_u64),
        proptest::option::of((slot(), proof())),
    )
        .prop_map(|(user, lifetime, idle, replaces)| Step::SignIn {
            user,
            lifetime,
            idle,
            replaces,
        });
    let token = prop_oneof![
        4 => Just(Token::FromHead(0)),
        4 => Just(Token::Parent),
        2 => Just(Token::FromHead(-1)),
        2 => (-3..4_i64).prop_map(Token::FromHead),
        1 => prop_oneof![Just(-1), Just(0), Just(1 << 53), Just((1 << 53) + 1), Just(i64::MIN), Just(i64::MAX)]
            .prop_map(Token::Number),
    ];
    let grace = prop_oneof![3 => Just(10_000), 1 => Just(0), 1 => 1..30_000_u64].prop_map(Duration::from_millis);
    let mode = prop_oneof![3 => Just(RotationMode::Recoverable), 1 => Just(RotationMode::Strict)];
    let policy =
        (grace, mode, seconds(1..2000_u64)).prop_map(|(grace, mode, idle)| RotationPolicy { grace, mode, idle });
    let present = (slot(), token, proof(), policy).prop_map(|(slot, token, proof, policy)| Step::Present {
        slot,
        token,
        proof,
        policy,
    });
    let revoke = (
        slot(),
        proptest::option::of(proof()),
        proptest::sample::select(&RevokedWhy::ALL[..]),
    )
        .prop_map(|(slot, proof, why)| Step::Revoke { slot, proof, why });
    let revoke_user =
        (user(), proptest::option::of(slot())).prop_map(|(user, except)| Step::RevokeUser { user, except });
    let roles = proptest::sample::subsequence(vec!["admin".to_owned(), "editor".to_owned(), "viewer".to_owned()], 0..3);
    let set_roles = (user(), roles).prop_map(|(user, roles)| Step::SetRoles { user, roles });
    // Mostly forward: within a window, around its end, past the ends of sessions. Sometimes back.
    let clock = prop_oneof![
        4 => 0..5_000_i64,
        3 => 9_990..10_011_i64,
        2 => 10_000..100_000_i64,
        1 => 100_000..3_000_000_i64,
        1 => -20_000..0_i64,
    ];
    prop_oneof![
        6 => sign_in,
        40 => present,
        2 => revoke,
        1 => revoke_user,
        1 => user().prop_map(|user| Step::CutOff { user }),
        2 => set_roles,
        // Rare, or soon nobody could sign in.
        1 => prop_oneof![
            1 => user().prop_map(|user| Step::Disable { user }),
            4 => user().prop_map(|user| Step::RemoveAccount { user }),
        ],
        14 => clock.prop_map(|by| Step::Clock { by }),
        1 => (slot(), any::<bool>(), -1..2_i64)
            .prop_map(|(slot, idle, offset)| Step::ClockToEnd { slot, idle, offset }),
        1 => (seconds(0..1000_u64), 0..4_u32).prop_map(|(keep, limit)| Step::DeleteExpired { keep, limit }),
    ]
}

// ---------------------------------------------------------------------------------------------------------------------
// The model
// ---------------------------------------------------------------------------------------------------------------------

struct Model {
    now: i64,
    rows: Vec<Row>,
    /// Whether the account is open, and its roles; not those that were removed.
    accounts: BTreeMap<UserId, (bool, Vec<String>)>,
    cutoffs: BTreeMap<UserId, i64>,
}

#[derive(Clone)]
struct Row {
    id: SessionId,
    user: UserId,
    secret: SecretHash,
    head: i64,
    parent: Option<i64>,
    head_at: i64,
    created_at: i64,
    expires_at: i64,
    idle_until: i64,
    revoked_at: Option<i64>,
}

impl Model {
    fn is_live(&self, row: &Row) -> bool {
        row.revoked_at.is_none() && self.now < row.expires_at && self.now < row.idle_until
    }

    fn is_open(&self, user: &UserId) -> bool {
        self.accounts.get(user).is_some_and(|(open, _)| *open)
    }

    fn roles(&self, user: &UserId) -> Vec<String> {
        self.accounts
            .get(user)
            .map(|(_, roles)| roles.clone())
            .unwrap_or_default()
    }

    fn row(&mut self, id: SessionId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.id == id)
    }

    /// `None`: nothing was made. Otherwise which session was replaced.
    fn create(&mut self, new: &NewSession) -> Option<Option<SessionId>> {
        if !self.is_open(&new.user) {
            return None;
        }
        let expires_at = (self.now.div_euclid(1000) + seconds(new.lifetime)) * 1000;
        self.rows.push(Row {
            id: new.id,
            user: new.user.clone(),
            secret: new.secret,
            head: 0,
            parent: None,
            head_at: self.now,
            created_at: self.now,
            expires_at,
            idle_until: expires_at.min(self.now + seconds(new.idle) * 1000),
            revoked_at: None,
        });
        let Some((id, secret)) = new.replaces else {
            return Some(None);
        };
        let live = self
            .rows
            .iter()
            .any(|row| row.id == id && row.secret == secret && self.is_live(row));
        if live {
            self.end(id);
        }
        Some(live.then_some(id))
    }

    fn end(&mut self, id: SessionId) {
        let now = self.now;
        if let Some(row) = self.row(id) {
            row.revoked_at = Some(now);
        }
    }

    fn rotate(&mut self, presented: Presented, policy: RotationPolicy) -> Result<Verdict, Rejected> {
        let now = self.now;
        if presented.seq < 0 || presented.seq > 9_007_199_254_740_992 {
            return Err(Rejected::WrongSecret);
        }
        let Some(row) = self.row(presented.session).cloned() else {
            return Err(Rejected::Unknown);
        };
        if row.secret != presented.secret {
            return Err(Rejected::WrongSecret);
        }
        if now >= row.expires_at || now >= row.idle_until {
            return Err(Rejected::Expired);
        }
        if row.revoked_at.is_some() {
            return Err(Rejected::Revoked);
        }
        let grace = i64::try_from(policy.grace.as_millis()).expect("a short time");
        let verdict = if !self.is_open(&row.user) {
            Verdict::AccountClosed
        } else if presented.seq == row.head {
            Verdict::Rotated
        } else if presented.seq > row.head {
            Verdict::Ahead
        } else if Some(presented.seq) != row.parent {
            Verdict::Reused
        } else if grace > 0 && now <= row.head_at + grace {
            Verdict::Replayed
        } else if policy.mode == RotationMode::Recoverable {
            Verdict::Forked
        } else {
            Verdict::Reused
        };
        let row = self.row(presented.session).expect("it was there");
        match verdict {
            Verdict::Rotated | Verdict::Ahead => {
                row.parent = Some(presented.seq);
                row.head = presented.seq + 1;
            }
            Verdict::Forked => row.head += 1,
            Verdict::Replayed => {}
            Verdict::Reused | Verdict::AccountClosed => row.revoked_at = Some(now),
        }
        if matches!(verdict, Verdict::Rotated | Verdict::Ahead | Verdict::Forked) {
            row.head_at = now;
            row.idle_until = row.expires_at.min(now + seconds(policy.idle) * 1000);
        }
        Ok(verdict)
    }

    /// Ends the live sessions of a user but one; tells which ended.
    fn end_all(&mut self, user: &UserId, except: Option<SessionId>) -> Vec<SessionId> {
        let live = |row: &&Row| row.user == *user && Some(row.id) != except && self.is_live(row);
        let mut ended: Vec<SessionId> = self.rows.iter().filter(live).map(|row| row.id).collect();
        ended.iter().for_each(|id| self.end(*id));
        ended.sort();
        ended
    }

    fn cut_off(&mut self, user: &UserId) -> i64 {
        let at = self.cutoffs.entry(user.clone()).or_insert(self.now);
        *at = self.now.max(*at);
        *at
    }

    fn session(row: &Row) -> Session {
        Session {
            id: row.id,
            user: row.user.clone(),
            head: row.head,
            head_at: Timestamp::from_millis(row.head_at),
            created_at: Timestamp::from_millis(row.created_at),
            auth_time: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            idle_until: Timestamp::from_millis(row.idle_until),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            user_agent: None,
            ip: None,
        }
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("a short time")
}

// ---------------------------------------------------------------------------------------------------------------------
// Both, side by side
// ---------------------------------------------------------------------------------------------------------------------

async fn play(steps: &[Step]) {
    let fresh = Fresh::new();
    let mut users = Vec::new();
    let mut model = Model {
        now: START.millis(),
        rows: vec![],
        accounts: BTreeMap::new(),
        cutoffs: BTreeMap::new(),
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
        } => {
            let replaces = replaces.and_then(|(slot, proof)| Some((pick(slot)?, proof)));
            let new = NewSession {
                id: SessionId::random(),
                user: users[*user].clone(),
                secret: random_secret(),
                lifetime: *lifetime,
                idle: *idle,
                user_agent: None,
                ip: None,
                replaces: replaces.map(|((id, secret), proof)| (id, prove(secret, proof))),
            };
            let created = SessionStore::create(store, new.clone())
                .await
                .expect("the store answers");
            let expected = model.create(&new);
            assert_eq!(created.is_some(), expected.is_some(), "{step:?}");
            if let (Some(created), Some(replaced)) = (created, expected) {
                assert_eq!(created.session, Model::session(model.rows.last().expect("it was made")));
                assert_eq!(created.replaced, replaced);
                assert_eq!(created.roles, Some(model.roles(&new.user)));
                assert_eq!(
                    created.cutoff.map(Timestamp::millis),
                    model.cutoffs.get(&new.user).copied()
                );
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
            let row = model.row(id).map(|row| (row.head, row.parent)).unwrap_or((0, None));
            let seq = match token {
                Token::FromHead(offset) => row.0.saturating_add(*offset),
                Token::Parent => row.1.unwrap_or(row.0),
                Token::Number(number) => *number,
            };
            let presented = Presented {
                session: id,
                secret: prove(secret, *proof),
                seq,
            };
            let rotation = store.rotate(presented, *policy).await.expect("the store answers");
            match (rotation, model.rotate(presented, *policy)) {
                (Rotation::Rejected(why), Err(expected)) => assert_eq!(why, expected, "{step:?}"),
                (Rotation::Judged(rotated), Ok(expected)) => {
                    assert_eq!(rotated.verdict, expected, "{step:?}");
                    JUDGED[expected as usize].fetch_add(1, Ordering::Relaxed);
                    let row = model.row(id).expect("it was judged").clone();
                    assert_eq!(rotated.session, Model::session(&row), "{step:?}");
                    assert_eq!(rotated.now.millis(), model.now);
                    assert_eq!(rotated.roles, Some(model.roles(&row.user)));
                    assert_eq!(
                        rotated.cutoff.map(Timestamp::millis),
                        model.cutoffs.get(&row.user).copied()
                    );
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
        Step::RevokeUser { user, except } => {
            let except = except.and_then(pick).map(|(id, _)| id);
            let user = &users[*user];
            let mut ended = store
                .revoke_user(user, except, RevokedWhy::LogoutAll)
                .await
                .expect("the store answers");
            ended.sort();
            assert_eq!(ended, model.end_all(user, except), "{step:?}");
        }
        Step::CutOff { user } => {
            let at = store.cut_off(&users[*user]).await.expect("the store answers");
            assert_eq!(at.millis(), model.cut_off(&users[*user]), "{step:?}");
        }
        Step::SetRoles { user, roles } => {
            let user = &users[*user];
            let changed = store.set_roles(user, roles.clone()).await;
            match model.accounts.get_mut(user) {
                Some((_, held)) => {
                    changed.expect("the account is there");
                    held.clone_from(roles);
                    model.cut_off(user);
                }
                None => assert!(matches!(changed, Err(AccountError::NotFound)), "{changed:?}"),
            }
        }
        Step::Disable { user } => {
            let user = &users[*user];
            let ended = store.disable(user).await;
            match model.accounts.get_mut(user) {
                Some((open, _)) => {
                    *open = false;
                    let mut ended = ended.expect("the account is there");
                    ended.sort();
                    assert_eq!(ended, model.end_all(user, None), "{step:?}");
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
        live.sort_by_key(|row| (-row.head_at, -row.created_at, row.id));
        let expected: Vec<Session> = live.into_iter().map(Model::session).collect();
        assert_eq!(store.list(user).await.expect("the store answers"), expected);
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
            .cutoffs_since(Timestamp::from_millis(since))
            .await
            .expect("the store answers");
        let told: BTreeMap<UserId, i64> = told.into_iter().map(|told| (told.user, told.at.millis())).collect();
        let expected = model
            .cutoffs
            .clone()
            .into_iter()
            .filter(|(_, at)| *at >= since)
            .collect();
        assert_eq!(told, expected);
    }
}

fn random_secret() -> SecretHash {
    SecretHash::of(&SessionSecret::random().expect("the system has random numbers"))
}
