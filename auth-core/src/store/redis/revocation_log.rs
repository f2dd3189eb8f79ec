//! [`RevocationLog`] on the indexes by time, with the clock of the server.

use std::sync::Arc;

use ::redis::cmd;
use async_trait::async_trait;

use super::RedisStore;
use super::listener::Listener;
use super::open::field;
use super::row::{session_id, user_id};
use super::scripts::COUNTERS;
use crate::clock::Timestamp;
use crate::store::{ChangedUser, Changes, Revocation, RevocationLog, StoreError};

/// How many users one command reads.
const PAGE: usize = 1000;

#[async_trait]
impl RevocationLog for RedisStore {
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        let revocation = |(id, at): (String, i64)| {
            Ok(Revocation {
                session: session_id(&id)?,
                at: Timestamp::from_millis(at),
            })
        };
        self.since("revoked", since)
            .await?
            .into_iter()
            .map(revocation)
            .collect()
    }

    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError> {
        let mut changed = Vec::new();
        // Names by time, then the counters of each: both are kept by the scripts that change them.
        for page in self.since("changed", since).await?.chunks(PAGE) {
            let mut call = self.0.names.call(&COUNTERS);
            page.iter().for_each(|(user, _)| {
                call.arg(user);
            });
            let counters = self.0.link.run::<Vec<i64>>(&call).await?;
            for ((user, at), counters) in page.iter().zip(counters.chunks_exact(2)) {
                changed.push(ChangedUser {
                    user: user_id(user.clone())?,
                    counters: (counters[0], counters[1]).into(),
                    at: Timestamp::from_millis(*at),
                });
            }
        }
        Ok(changed)
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.primary().await?;
        let (secs, micros) = self.0.link.command::<(i64, i64)>(&cmd("TIME")).await?;
        Ok(Timestamp::from_millis(secs * 1000 + micros / 1000))
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn origin(&self) -> u64 {
        self.0.origin.number()
    }

    fn changes(&self) -> Option<Changes> {
        let listener = self
            .0
            .listener
            .get_or_init(|| Listener::start(Arc::clone(&self.0.link), self.0.names.channel.clone()));
        Some(listener.subscribe())
    }
}

impl RedisStore {
    /// Looks which server answers, and refuses one that follows another by now: it only reads, and
    /// may be behind.
    pub(super) async fn primary(&self) -> Result<(), StoreError> {
        let mut asked = cmd("INFO");
        asked.arg("replication");
        let info = self.0.link.command::<String>(&asked).await?;
        if field(&info, "role").is_some_and(|role| role != "master") {
            self.0.link.leave().await;
            return Err(StoreError::Displaced(
                "the Redis server is a replica by now: point the server at the primary",
            ));
        }
        // Another one after each failover and each restart.
        self.0
            .origin
            .met(field(&info, "master_replid").unwrap_or_default().to_owned());
        Ok(())
    }

    /// What an index by time holds from `since` on: the earliest first, then by name.
    async fn since(&self, index: &str, since: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
        let mut read = cmd("ZRANGEBYSCORE");
        read.arg(format!("{}{index}", self.0.names.key_prefix))
            .arg(since.millis())
            .arg("+inf")
            .arg("WITHSCORES");
        let scored = self.0.link.command::<Vec<(String, f64)>>(&read).await?;
        // Scores are whole milliseconds.
        #[expect(clippy::cast_possible_truncation, reason = "a time fits a double exactly")]
        Ok(scored.into_iter().map(|(name, at)| (name, at as i64)).collect())
    }
}
