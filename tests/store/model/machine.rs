//! The model: rows in a map, judged by plain `if`s.

use std::collections::BTreeMap;
use std::time::Duration;

use auth_core::account::UserId;
use auth_core::clock::Timestamp;
use auth_core::store::{
    NewSession, Presented, Rejected, RotationMode, RotationPolicy, SecretHash, Session, SessionId, Verdict,
};

pub(super) struct Model {
    pub(super) now: i64,
    pub(super) rows: Vec<Row>,
    /// Whether the account is open, and its roles; not those that were removed.
    pub(super) accounts: BTreeMap<UserId, (bool, Vec<String>)>,
    pub(super) cutoffs: BTreeMap<UserId, i64>,
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) secret: SecretHash,
    pub(super) head: i64,
    pub(super) parent: Option<i64>,
    pub(super) head_at: i64,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
    pub(super) idle_until: i64,
    pub(super) revoked_at: Option<i64>,
}

impl Model {
    pub(super) fn is_live(&self, row: &Row) -> bool {
        row.revoked_at.is_none() && self.now < row.expires_at && self.now < row.idle_until
    }

    pub(super) fn is_open(&self, user: &UserId) -> bool {
        self.accounts.get(user).is_some_and(|(open, _)| *open)
    }

    /// What the user may do; nothing, once the account is closed.
    pub(super) fn roles(&self, user: &UserId) -> Vec<String> {
        match self.accounts.get(user) {
            Some((true, roles)) => roles.clone(),
            _ => vec![],
        }
    }

    pub(super) fn row(&mut self, id: SessionId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.id == id)
    }

    /// `None`: nothing was made. Otherwise which session was replaced.
    pub(super) fn create(&mut self, new: &NewSession) -> Option<Option<SessionId>> {
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

    pub(super) fn end(&mut self, id: SessionId) {
        let now = self.now;
        if let Some(row) = self.row(id) {
            row.revoked_at = Some(now);
        }
    }

    pub(super) fn rotate(&mut self, presented: Presented, policy: RotationPolicy) -> Result<Verdict, Rejected> {
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
    pub(super) fn end_all(&mut self, user: &UserId, except: Option<SessionId>) -> Vec<SessionId> {
        let live = |row: &&Row| row.user == *user && Some(row.id) != except && self.is_live(row);
        let mut ended: Vec<SessionId> = self.rows.iter().filter(live).map(|row| row.id).collect();
        ended.iter().for_each(|id| self.end(*id));
        ended.sort();
        ended
    }

    pub(super) fn cut_off(&mut self, user: &UserId) -> i64 {
        let inside_a_second = self.now + i64::from(self.now % 1000 == 0);
        // In a later second than the one before, which counts as the second it ends in.
        let at = match self.cutoffs.get(user) {
            Some(before) => inside_a_second.max((before + 999) / 1000 * 1000 + 1),
            None => inside_a_second,
        };
        self.cutoffs.insert(user.clone(), at);
        at
    }

    pub(super) fn session(row: &Row) -> Session {
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

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("a short time")
}
