//! Helpers of the clauses that prepare a store and read it.

use std::sync::Arc;
use std::time::Duration;

use super::Harness;
use crate::account::NewAccount;
use crate::ids::{SessionId, UserId};
use crate::secret::SecretString;
use crate::store::{
    CreatedSession, KeptSession, ManagedAccounts, NewEpoch, NewSession, PresentedToken, Rejection, RevocationReason,
    RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, SecretHash, Session, SessionSecret,
    UserCounters,
};

pub(super) const LIFETIME: Duration = Duration::from_secs(24 * 3600);
pub(super) const IDLE: Duration = Duration::from_secs(3600);
/// Enough for a store that counts milliseconds to read another time.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// A window that no test outlasts.
pub(super) const GRACEFUL: RotationPolicy = RotationPolicy {
    grace: Duration::from_secs(600),
    mode: RotationMode::Recoverable,
    idle: IDLE,
    reuse_ends_user: false,
};
/// A window that a test can wait for the end of.
pub(super) const SHORT: RotationPolicy = RotationPolicy {
    grace: Duration::from_millis(40),
    ..GRACEFUL
};
pub(super) const PAST_SHORT: Duration = Duration::from_millis(60);
pub(super) const NO_GRACE: RotationPolicy = RotationPolicy {
    grace: Duration::ZERO,
    ..GRACEFUL
};

pub(super) const SHORT_LIFE: Duration = Duration::from_secs(1);
pub(super) const PAST_SHORT_LIFE: Duration = Duration::from_millis(1050);

pub(super) const HASH: &str = "$2b$12$abcdefghijklmnopqrstuuJ6Zr0YcVfzL1lYhN3jYr5gRrUkq0aGe";

/// A session, and what its tokens prove it with.
pub(super) struct Login {
    pub(super) session: Session,
    pub(super) secret: SecretHash,
}

impl Login {
    pub(super) fn presents(&self, generation: i64) -> PresentedToken {
        PresentedToken {
            session: self.session.id,
            secret: self.secret,
            generation,
        }
    }
}

pub(super) fn strict(policy: RotationPolicy) -> RotationPolicy {
    RotationPolicy {
        mode: RotationMode::Strict,
        ..policy
    }
}

pub(super) fn secret() -> SecretHash {
    SecretHash::of(&SessionSecret::random().expect("the system has random numbers"))
}

pub(super) fn accounts(harness: &dyn Harness) -> Arc<dyn ManagedAccounts> {
    harness
        .accounts()
        .expect("a harness for the clauses on accounts has accounts")
}

pub(super) fn new_account(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        password_hash: SecretString::new(HASH),
        roles: vec![],
        demo: false,
    }
}

/// An account of this e-mail.
pub(super) async fn account(harness: &dyn Harness, email: &str) -> UserId {
    let made = accounts(harness).create(new_account(email)).await;
    made.expect("the e-mail is free")
}

/// A user who can sign in: with an account, if the store keeps them.
pub(super) async fn user(harness: &dyn Harness) -> UserId {
    match harness.accounts() {
        Some(_) => account(harness, &format!("{}@example.com", UserId::random())).await,
        None => UserId::random(),
    }
}

pub(super) fn new_session(user: &UserId) -> (NewSession, SecretHash) {
    let secret = secret();
    let new = NewSession {
        id: SessionId::random(),
        user: user.clone(),
        epoch: 0,
        methods: crate::methods::AuthMethods::PASSWORD,
        secret,
        lifetime: LIFETIME,
        idle: IDLE,
        user_agent: None,
        ip: None,
        replaces: None,
        max_per_user: 100,
    };
    (new, secret)
}

pub(super) async fn create(harness: &dyn Harness, new: NewSession) -> CreatedSession {
    harness
        .store()
        .create(new)
        .await
        .expect("the store answers")
        .expect("the account is open")
}

pub(super) async fn sign_in(harness: &dyn Harness) -> Login {
    sign_in_as(harness, &user(harness).await).await
}

pub(super) async fn sign_in_as(harness: &dyn Harness, user: &UserId) -> Login {
    let (mut new, secret) = new_session(user);
    new.epoch = counters(harness, user).await.epoch;
    Login {
        session: create(harness, new).await.session,
        secret,
    }
}

pub(super) async fn counters(harness: &dyn Harness, user: &UserId) -> UserCounters {
    harness.store().counters(user).await.expect("the store answers")
}

/// A session whose absolute end a test can wait for.
pub(super) async fn short_lived(harness: &dyn Harness, user: &UserId) -> Login {
    let (mut new, secret) = new_session(user);
    new.lifetime = SHORT_LIFE;
    Login {
        session: create(harness, new).await.session,
        secret,
    }
}

/// A session that forked once: previous token 0, former current token 1, current token 2.
pub(super) async fn forked(harness: &dyn Harness) -> Login {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, NO_GRACE, RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &ann, 0, NO_GRACE, RotationOutcome::Forked, 2).await;
    ann
}

pub(super) async fn present(harness: &dyn Harness, login: &Login, generation: i64, policy: RotationPolicy) -> Rotation {
    harness
        .store()
        .rotate(login.presents(generation), policy)
        .await
        .expect("the store answers")
}

pub(super) fn judged(rotation: Rotation) -> RotatedSession {
    match rotation {
        Rotation::Judged(rotated) => rotated,
        Rotation::Rejected(why) => panic!("a live row was expected, not {why:?}"),
    }
}

pub(super) fn rejected(rotation: &Rotation) -> Rejection {
    match rotation {
        Rotation::Rejected(why) => *why,
        Rotation::Judged(rotated) => panic!("no live row was expected, not {:?}", rotated.outcome),
    }
}

pub(super) async fn assert_outcome(
    harness: &dyn Harness,
    login: &Login,
    generation: i64,
    policy: RotationPolicy,
    outcome: RotationOutcome,
    current: i64,
) {
    let rotated = judged(present(harness, login, generation, policy).await);
    assert_eq!(
        (rotated.outcome, rotated.session.current),
        (outcome, current),
        "presented {generation}"
    );
    assert_eq!(rotated.session.revoked_at.is_none(), outcome.is_success());
}

/// Rotates as often as `count` says, each time with the current token.
pub(super) async fn rotate_in_line(harness: &dyn Harness, login: &Login, count: i64) {
    for generation in 0..count {
        let next = generation + 1;
        assert_outcome(harness, login, generation, GRACEFUL, RotationOutcome::Rotated, next).await;
    }
}

pub(super) async fn find(harness: &dyn Harness, id: SessionId) -> Session {
    harness
        .store()
        .find(id)
        .await
        .expect("the store answers")
        .expect("the session is there")
}

pub(super) async fn list(harness: &dyn Harness, user: &UserId) -> Vec<Session> {
    harness.store().list(user, 100).await.expect("the store answers")
}

pub(super) async fn revoke(harness: &dyn Harness, id: SessionId, secret: Option<SecretHash>) -> bool {
    harness
        .store()
        .revoke(id, secret, RevocationReason::Logout)
        .await
        .expect("the store answers")
}

pub(super) async fn end_epoch(harness: &dyn Harness, user: &UserId) -> NewEpoch {
    harness.store().end_epoch(user).await.expect("the store answers")
}

/// Begins a new epoch under which `login` goes on with a new secret, and answers with it; `None`
/// where it is not live.
pub(super) async fn renew(harness: &dyn Harness, login: &Login) -> Option<Login> {
    let kept = keeping(login);
    let renewed = harness.store().end_epoch_but(&login.session.user, kept).await;
    renewed.expect("the store answers").map(|renewed| Login {
        session: renewed.session,
        secret: kept.secret.expect("it has a new one"),
    })
}

/// The session of `login`, with a new secret.
pub(super) fn keeping(login: &Login) -> KeptSession {
    KeptSession {
        id: login.session.id,
        secret: Some(secret()),
        idle: IDLE,
    }
}

pub(super) async fn delete_expired(harness: &dyn Harness, keep: Duration, limit: u32) -> usize {
    harness
        .store()
        .delete_expired(keep, limit)
        .await
        .expect("the store answers")
}

/// Sessions that ended together come in no particular order.
pub(super) fn sorted(ids: impl IntoIterator<Item = SessionId>) -> Vec<SessionId> {
    let mut ids = Vec::from_iter(ids);
    ids.sort();
    ids
}
