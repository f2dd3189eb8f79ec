//! What the benchmarks share: people with sessions, and a clock around many rotations.
//!
//! Each program prints ratios of figures from one run; see `docs/performance.md`.

pub mod alone;
pub mod browser;
pub mod goal;
pub mod load;
pub mod pgbench;
pub mod plain;
pub mod rows;
pub mod served;
pub mod server;
pub mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auth_core::__internal::{
    NewSession, NoEntropy, PresentedToken, Rotation, RotationPolicy, SecretHash, SessionSecret, Store,
};
use auth_core::config::RotationMode;
use auth_core::store::StoreError;
use auth_core::{SessionId, UserId};

/// Whether a part of a program is to run: all are, unless the argument at `index` names one.
pub fn is_wanted(index: usize, part: &str) -> bool {
    std::env::args().nth(index).is_none_or(|only| only == part)
}

/// The defaults of the configuration.
pub const POLICY: RotationPolicy = RotationPolicy {
    grace: Duration::from_secs(10),
    mode: RotationMode::Recoverable,
    idle: Duration::from_secs(7 * 24 * 3600),
    reuse_ends_user: false,
};

/// Why a benchmark gave no figure.
#[derive(Debug)]
pub struct Failed(pub String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// Any error as a benchmark reports it.
pub fn failed(error: impl std::fmt::Display) -> Failed {
    Failed(error.to_string())
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Failed {
        Failed(error.to_string())
    }
}

impl From<NoEntropy> for Failed {
    fn from(error: NoEntropy) -> Failed {
        Failed(error.to_string())
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed(error.to_string())
    }
}

/// A client with a session: it presents its current token, and goes on with what it gets.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it presents next.
    pub presented: PresentedToken,
}

impl Client {
    /// Signs a user in at a store without accounts of its own.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn sign_in(store: &dyn Store) -> Result<Client, Failed> {
        let secret = SecretHash::of(&SessionSecret::random()?);
        let new = NewSession {
            id: SessionId::random(),
            user: UserId::random(),
            epoch: 0,
            methods: auth_core::session::AuthMethods::NONE,
            secret,
            lifetime: Duration::from_secs(30 * 24 * 3600),
            idle: POLICY.idle,
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned()),
            ip: Some("192.0.2.7".to_owned()),
            replaces: None,
            max_per_user: 100,
        };
        let created = store
            .create(new)
            .await?
            .ok_or(Failed("the account is closed".to_owned()))?;
        Ok(Client {
            presented: PresentedToken {
                session: created.session.id,
                secret,
                generation: 0,
            },
        })
    }

    /// Refreshes once; every answer is checked.
    ///
    /// # Errors
    ///
    /// The store's, and any answer but the next generation.
    pub async fn refresh(&mut self, store: &dyn Store) -> Result<(), Failed> {
        match store.rotate(self.presented, POLICY).await? {
            Rotation::Judged(rotated) if rotated.session.current == self.presented.generation + 1 => {
                self.presented.generation = rotated.session.current;
                Ok(())
            }
            other => Err(Failed(format!("not the next generation: {other:?}"))),
        }
    }
}

/// Signs in so many clients, 64 at a time.
///
/// # Errors
///
/// Those of [`Client::sign_in`].
pub async fn sign_in_many(store: &Arc<dyn Store>, count: usize) -> Result<Vec<Client>, Failed> {
    let mut clients = Vec::with_capacity(count);
    while clients.len() < count {
        let batch = 64.min(count - clients.len());
        let signing_in: Vec<_> = (0..batch)
            .map(|_| {
                let store = Arc::clone(store);
                tokio::spawn(async move { Client::sign_in(&*store).await })
            })
            .collect();
        for client in signing_in {
            clients.push(client.await.map_err(failed)??);
        }
    }
    Ok(clients)
}

/// Lets every client refresh on and on for `time`, all at once; answers with the refreshes per
/// second.
///
/// # Errors
///
/// Those of [`Client::refresh`].
pub async fn refreshes_per_second(
    store: &Arc<dyn Store>,
    clients: &mut Vec<Client>,
    time: Duration,
) -> Result<f64, Failed> {
    let count = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let working: Vec<_> = clients
        .drain(..)
        .map(|mut client| {
            let (store, count) = (Arc::clone(store), Arc::clone(&count));
            tokio::spawn(async move {
                while started.elapsed() < time {
                    client.refresh(&*store).await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, Failed>(client)
            })
        })
        .collect();
    for client in working {
        clients.push(client.await.map_err(failed)??);
    }
    Ok(count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}
