//! [`SessionStore`] with keys in Redis.

use ::redis::cmd;
use async_trait::async_trait;

use super::RedisStore;
use super::row::{Row, hex, judgement, session, session_id, session_ids, session_there};
use super::scripts::{CHANGE_ROLES_VERSION, COUNTERS, CREATE, END_EPOCH, LIST, REVOKE, ROTATE, millis};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::store::{
    CreatedSession, KeptSession, NewEpoch, NewSession, OVER_LIMIT_BATCH, PresentedToken, Rejection, RenewedSession,
    RevocationReason, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, SecretHash, Session,
    SessionStore, StoreError, UserCounters,
};

/// The counters in an answer: epoch and roles version.
type Counters = (i64, i64);

#[async_trait]
impl SessionStore for RedisStore {
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let mut call = self.0.names.call(&COUNTERS);
        call.arg(user.as_str());
        Ok(self.0.link.run::<Counters>(&call).await?.into())
    }

    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError> {
        let (other, other_secret) = match new.replaces {
            Some((id, secret)) => (id.to_string(), hex(secret)),
            None => Default::default(),
        };
        let mut call = self.0.names.call(&CREATE);
        call.arg(new.id.to_string())
            .arg(new.user.as_str())
            .arg(hex(new.secret))
            .arg(millis(new.lifetime))
            .arg(millis(new.idle))
            .arg(other)
            .arg(other_secret)
            .arg(RevocationReason::Replaced.as_str())
            .arg(new.epoch)
            .arg(new.max_per_user)
            .arg(OVER_LIMIT_BATCH)
            .arg(RevocationReason::OverLimit.as_str());
        for (field, value) in [
            ("user_agent", new.user_agent),
            ("ip", new.ip),
            ("amr", new.methods.to_stored()),
        ] {
            if let Some(value) = value {
                call.arg(field).arg(value);
            }
        }
        let created = self
            .0
            .link
            .run::<Option<(Counters, bool, Vec<String>, Row)>>(&call)
            .await?;
        let Some((counters, replaced, over_limit, row)) = created else {
            return Ok(None);
        };
        Ok(Some(CreatedSession {
            session: session_there(new.id, row)?,
            counters: counters.into(),
            roles: None,
            replaced: new.replaces.filter(|_| replaced).map(|(id, _)| id),
            over_limit: session_ids(over_limit)?,
        }))
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        let PresentedToken {
            session,
            secret,
            generation,
        } = presented;
        if !presented.is_possible() {
            return Ok(Rotation::Rejected(Rejection::WrongSecret));
        }
        let mut call = self.0.names.call(&ROTATE);
        call.arg(session.to_string())
            .arg(hex(secret))
            .arg(generation)
            .arg(generation + 1)
            .arg(millis(policy.grace))
            .arg(i32::from(policy.mode == RotationMode::Recoverable))
            .arg(millis(policy.idle))
            .arg(RevocationReason::Reuse.as_str())
            .arg(i32::from(policy.reuse_ends_user));
        let judged = self.0.link.run::<(String, i64, Counters, Row, u64)>(&call).await?;
        let (word, now, counters, row, ended) = judged;
        let counters = UserCounters::from(counters);
        Ok(match judgement(&word)? {
            Err(why) => Rotation::Rejected(why),
            Ok(outcome) => Rotation::Judged(RotatedSession {
                outcome,
                session: session_there(session, row)?,
                now: Timestamp::from_millis(now),
                counters,
                new_epoch: (outcome == RotationOutcome::Reused && policy.reuse_ends_user)
                    .then_some(NewEpoch { counters, ended }),
                roles: None,
            }),
        })
    }

    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&REVOKE);
        call.arg(id.to_string())
            .arg(secret.map(hex).unwrap_or_default())
            .arg(why.as_str());
        self.0.link.run(&call).await
    }

    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError> {
        let mut call = self.0.names.call(&END_EPOCH);
        call.arg(user.as_str());
        let (counters, ended) = self.0.link.run::<(Counters, u64)>(&call).await?;
        Ok(NewEpoch {
            counters: counters.into(),
            ended,
        })
    }

    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError> {
        let mut call = self.0.names.call(&END_EPOCH);
        call.arg(user.as_str())
            .arg(kept.id.to_string())
            .arg(kept.secret.map(hex).unwrap_or_default())
            .arg(millis(kept.idle));
        let renewed = self.0.link.run::<Option<(Counters, u64, i64, Row)>>(&call).await?;
        let Some((counters, ended, now, row)) = renewed else {
            return Ok(None);
        };
        Ok(Some(RenewedSession {
            session: session_there(kept.id, row)?,
            now: Timestamp::from_millis(now),
            epoch: NewEpoch {
                counters: counters.into(),
                ended,
            },
            roles: None,
        }))
    }

    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let mut call = self.0.names.call(&CHANGE_ROLES_VERSION);
        call.arg(user.as_str());
        Ok(self.0.link.run::<Counters>(&call).await?.into())
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let mut read = cmd("HMGET");
        read.arg(format!("{}session:{id}", self.0.names.key_prefix))
            .arg(&FIELDS);
        session(id, self.0.link.command(&read).await?)
    }

    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        let mut call = self.0.names.call(&LIST);
        call.arg(user.as_str());
        let rows = self.0.link.run::<Vec<(String, Row)>>(&call).await?.into_iter();
        let sessions = rows.map(|(id, row)| session_there(session_id(&id)?, row));
        let mut sessions = sessions.collect::<Result<Vec<_>, _>>()?;
        // The id makes the order total.
        sessions.sort_by(|a, b| {
            let last_used = (b.current_since, b.created_at).cmp(&(a.current_since, a.created_at));
            last_used.then(a.id.cmp(&b.id))
        });
        sessions.truncate(limit as usize);
        Ok(sessions)
    }
}

/// As in `row_of` of `common.lua`.
const FIELDS: [&str; 12] = [
    "user",
    "head",
    "head_at",
    "created_at",
    "auth_time",
    "expires_at",
    "idle_until",
    "revoked_at",
    "user_agent",
    "ip",
    "epoch",
    "amr",
];
