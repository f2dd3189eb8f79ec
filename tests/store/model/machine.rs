//! The model: rows in a map, judged by plain `if`s.

use std::collections::BTreeMap;
use std::time::Duration;

use auth_core::__internal::{NewSession, PresentedToken, Rejection, RotationPolicy, SecretHash, UserCounters};
use auth_core::audit::RotationOutcome;
use auth_core::config::RotationMode;
use auth_core::session::{AuthMethods, Session};
use auth_core::{SessionId, Timestamp, UserId};

pub(super) struct Model {
    pub(super) now: i64,
    pub(super) rows: Vec<Row>,
    /// Whether the account is open, and its roles; not those that were removed.
    pub(super) accounts: BTreeMap<UserId, (bool, Vec<String>)>,
    /// Epoch, roles version, and when they changed.
    pub(super) counters: BTreeMap<UserId, (UserCounters, i64)>,
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) epoch: i64,
    pub(super) methods: AuthMethods,
    pub(super) secret: SecretHash,
    pub(super) current: i64,
    pub(super) previous: Option<i64>,
    pub(super) current_since: i64,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
    pub(super) idle_until: i64,
    pub(super) revoked_at: Option<i64>,
}

impl Model {
    pub(super) fn counters(&self, user: &UserId) -> UserCounters {
        self.counters
            .get(user)
            .map(|(counters, _)| *counters)
            .unwrap_or_default()
    }

    pub(super) fn is_live(&self, row: &Row) -> bool {
        row.revoked_at.is_none()
            && row.epoch == self.counters(&row.user).epoch
            && self.now < row.expires_at
            && self.now < row.idle_until
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

    /// `None`: nothing was made. Otherwise which session was replaced, and which ended for there
    /// being too many.
    pub(super) fn create(&mut self, new: &NewSession) -> Option<(Option<SessionId>, Vec<SessionId>)> {
        if !self.is_open(&new.user) || new.epoch != self.counters(&new.user).epoch {
            return None;
        }
        let expires_at = (self.now.div_euclid(1000) + seconds(new.lifetime)) * 1000;
        self.rows.push(Row {
            id: new.id,
            user: new.user.clone(),
            epoch: new.epoch,
            methods: new.methods,
            secret: new.secret,
            current: 0,
            previous: None,
            current_since: self.now,
            created_at: self.now,
            expires_at,
            idle_until: expires_at.min(self.now + seconds(new.idle) * 1000),
            revoked_at: None,
        });
        let replaced = new.replaces.filter(|(id, secret)| {
            let is_it = |row: &Row| row.id == *id && row.secret == *secret && row.revoked_at.is_none();
            self.rows.iter().any(is_it)
        });
        if let Some((id, _)) = replaced {
            self.end(id);
        }
        let mut left: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.user == new.user && row.epoch == new.epoch && row.revoked_at.is_none())
            .collect();
        left.sort_by_key(|row| (-row.current_since, -row.created_at, row.id));
        let surplus: Vec<SessionId> = left.iter().skip(new.max_per_user as usize).map(|row| row.id).collect();
        surplus.iter().for_each(|id| self.end(*id));
        Some((replaced.map(|(id, _)| id), surplus))
    }

    pub(super) fn end(&mut self, id: SessionId) {
        let now = self.now;
        if let Some(row) = self.row(id) {
            row.revoked_at = Some(now);
        }
    }

    pub(super) fn rotate(
        &mut self,
        presented: PresentedToken,
        policy: RotationPolicy,
    ) -> Result<RotationOutcome, Rejection> {
        let now = self.now;
        if presented.generation < 0 || presented.generation > 9_007_199_254_740_992 {
            return Err(Rejection::WrongSecret);
        }
        let Some(row) = self.row(presented.session).cloned() else {
            return Err(Rejection::Unknown);
        };
        if row.secret != presented.secret {
            return Err(Rejection::WrongSecret);
        }
        if now >= row.expires_at || now >= row.idle_until {
            return Err(Rejection::Expired);
        }
        if row.revoked_at.is_some() || row.epoch != self.counters(&row.user).epoch {
            return Err(Rejection::Revoked);
        }
        let grace = i64::try_from(policy.grace.as_millis()).expect("a short time");
        let outcome = if !self.is_open(&row.user) {
            RotationOutcome::AccountClosed
        } else if presented.generation == row.current {
            RotationOutcome::Rotated
        } else if presented.generation > row.current {
            RotationOutcome::Ahead
        } else if Some(presented.generation) != row.previous {
            RotationOutcome::Reused
        } else if grace > 0 && now <= row.current_since + grace {
            RotationOutcome::Replayed
        } else if policy.mode == RotationMode::Recoverable {
            RotationOutcome::Forked
        } else {
            RotationOutcome::Reused
        };
        let row = self.row(presented.session).expect("it was there");
        match outcome {
            RotationOutcome::Rotated | RotationOutcome::Ahead => {
                row.previous = Some(presented.generation);
                row.current = presented.generation + 1;
            }
            RotationOutcome::Forked => row.current += 1,
            RotationOutcome::Replayed => {}
            _ => row.revoked_at = Some(now),
        }
        if matches!(
            outcome,
            RotationOutcome::Rotated | RotationOutcome::Ahead | RotationOutcome::Forked
        ) {
            row.current_since = now;
            row.idle_until = row.expires_at.min(now + seconds(policy.idle) * 1000);
        }
        if outcome == RotationOutcome::Reused && policy.reuse_ends_user {
            let user = self.row(presented.session).expect("it was there").user.clone();
            self.end_epoch(&user);
        }
        Ok(outcome)
    }

    /// Begins a new epoch; tells how many live sessions there were.
    pub(super) fn end_epoch(&mut self, user: &UserId) -> u64 {
        let live = self
            .rows
            .iter()
            .filter(|row| row.user == *user && self.is_live(row))
            .count();
        self.change(user, |counters| counters.epoch += 1);
        live as u64
    }

    /// Begins a new epoch under which one session goes on with a new secret; `false`, and nothing
    /// is done, where it cannot.
    pub(super) fn end_epoch_but(&mut self, user: &UserId, id: SessionId, secret: SecretHash, idle: Duration) -> bool {
        let goes_on = self
            .rows
            .iter()
            .any(|row| row.id == id && row.user == *user && self.is_live(row));
        if goes_on {
            self.end_epoch(user);
            let (now, epoch) = (self.now, self.counters(user).epoch);
            let row = self.row(id).expect("it was there");
            (row.epoch, row.secret, row.previous) = (epoch, secret, None);
            row.idle_until = row.expires_at.min(now + seconds(idle) * 1000);
        }
        goes_on
    }

    pub(super) fn change(&mut self, user: &UserId, change: impl FnOnce(&mut UserCounters)) {
        let now = self.now;
        let (counters, at) = self.counters.entry(user.clone()).or_default();
        change(counters);
        *at = now;
    }

    pub(super) fn session(row: &Row) -> Session {
        let mut session = Session::at(row.id, row.user.clone(), Timestamp::from_millis(row.created_at));
        (session.epoch, session.current) = (row.epoch, row.current);
        session.methods = row.methods;
        session.current_since = Timestamp::from_millis(row.current_since);
        session.expires_at = Timestamp::from_millis(row.expires_at);
        session.idle_until = Timestamp::from_millis(row.idle_until);
        session.revoked_at = row.revoked_at.map(Timestamp::from_millis);
        session
    }
}

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("a short time")
}
