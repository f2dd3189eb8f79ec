//! A fresh database per test, with people to act on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{
    Clock, ManagedAccounts, ManualClock, NewAccount, NewSession, PresentedToken, Rejection, RotatedSession, Rotation,
    RotationPolicy, SecretHash, SessionSecret, SessionStore,
};
use auth_core::config::RotationMode;
use auth_core::session::Session;
use auth_core::{Accounts, SecretString, SessionId, Timestamp, UserId};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

/// Not on a whole second, so that rounding shows.
pub const START: Timestamp = Timestamp::from_millis(1_700_000_000_321);
pub const DAY: Duration = Duration::from_secs(24 * 3600);
pub const GRACE: Duration = Duration::from_secs(10);
pub const RECOVERABLE: RotationPolicy = RotationPolicy {
    grace: GRACE,
    mode: RotationMode::Recoverable,
    idle: Duration::from_secs(7 * 24 * 3600),
    reuse_ends_user: false,
};

/// A store on a file of its own, with a clock that stands still.
pub struct Fresh {
    pub store: SqliteStore,
    pub clock: Arc<ManualClock>,
    directory: TempDir,
}

impl Fresh {
    pub fn new() -> Fresh {
        Fresh::with(|_| ())
    }

    /// For an application with users of its own.
    pub fn without_accounts() -> Fresh {
        Fresh::with(|config| config.keeps_accounts = false)
    }

    pub fn with(change: impl FnOnce(&mut SqliteConfig)) -> Fresh {
        let clock = Arc::new(ManualClock::at(START));
        Fresh::with_clock(clock.clone(), clock, change)
    }

    /// `clock` is what the store reads; `hands` are what moves it.
    pub fn with_clock(clock: Arc<dyn Clock>, hands: Arc<ManualClock>, change: impl FnOnce(&mut SqliteConfig)) -> Fresh {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = patient(directory.path().join("auth.db"));
        change(&mut config);
        let store = SqliteStore::open(config, clock).expect("a fresh database opens");
        Fresh {
            store,
            clock: hands,
            directory,
        }
    }

    /// The same file through a store of its own: another process, as far as SQLite is concerned.
    pub fn another(&self) -> SqliteStore {
        SqliteStore::open(patient(self.store.path()), self.clock.clone()).expect("the database opens")
    }

    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// A plain connection, past the store.
    pub fn connection(&self) -> SqliteConnection {
        let path = self.store.path().to_str().expect("the path is UTF-8");
        let mut conn = SqliteConnection::establish(path).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 30000").expect("a setting");
        conn
    }

    pub async fn user(&self) -> UserId {
        new_user(&self.store).await
    }

    pub async fn sign_in(&self) -> Login {
        self.sign_in_as(&self.user().await).await
    }

    pub async fn sign_in_as(&self, user: &UserId) -> Login {
        sign_in(&self.store, user).await
    }

    pub async fn find(&self, id: SessionId) -> Session {
        find(&self.store, id).await
    }

    pub async fn disabled(&self, user: &UserId) -> bool {
        let account = Accounts::find(&self.store, user).await.expect("the store answers");
        account.expect("the account is there").disabled
    }
}

/// A busy machine may take long to write; the wait is not what these tests are about.
fn patient(path: impl Into<PathBuf>) -> SqliteConfig {
    SqliteConfig {
        wait: Duration::from_secs(30),
        ..SqliteConfig::new(path)
    }
}

/// A session, and the secret that is in its tokens.
pub struct Login {
    pub session: Session,
    pub secret: SessionSecret,
}

impl Login {
    pub fn presents(&self, generation: i64) -> PresentedToken {
        PresentedToken {
            session: self.session.id,
            secret: SecretHash::of(&self.secret),
            generation,
        }
    }

    pub async fn present(&self, store: &impl SessionStore, generation: i64) -> Rotation {
        store
            .rotate(self.presents(generation), RECOVERABLE)
            .await
            .expect("the store answers")
    }
}

/// An account with an e-mail of its own.
pub async fn new_user(store: &impl ManagedAccounts) -> UserId {
    let account = NewAccount {
        email: format!("{}@example.com", UserId::random()),
        password_hash: SecretString::new("$2b$12$hash"),
        roles: vec!["viewer".to_owned()],
        demo: false,
    };
    store.create(account).await.expect("the e-mail is free")
}

pub async fn sign_in(store: &impl SessionStore, user: &UserId) -> Login {
    let (mut new, secret) = new_session(user);
    new.epoch = store.counters(user).await.expect("the store answers").epoch;
    let created = store.create(new).await.expect("the store answers");
    Login {
        session: created.expect("the account is open").session,
        secret,
    }
}

pub async fn find(store: &impl SessionStore, id: SessionId) -> Session {
    let found = store.find(id).await.expect("the store answers");
    found.expect("the session is there")
}

pub fn new_session(user: &UserId) -> (NewSession, SessionSecret) {
    let secret = SessionSecret::random().expect("the system has random numbers");
    let new = NewSession {
        id: SessionId::random(),
        user: user.clone(),
        epoch: 0,
        methods: auth_core::session::AuthMethods::PASSWORD,
        secret: SecretHash::of(&secret),
        lifetime: DAY * 30,
        idle: DAY * 7,
        user_agent: Some("Mozilla/5.0".to_owned()),
        ip: Some("192.0.2.7".to_owned()),
        replaces: None,
        max_per_user: 100,
    };
    (new, secret)
}

pub fn judged(rotation: Rotation) -> RotatedSession {
    match rotation {
        Rotation::Judged(rotated) => rotated,
        Rotation::Rejected(why) => panic!("a live row was expected, not {why:?}"),
    }
}

pub fn rejected(rotation: Rotation) -> Rejection {
    match rotation {
        Rotation::Rejected(why) => why,
        Rotation::Judged(rotated) => panic!("no live row was expected, not {:?}", rotated.outcome),
    }
}
