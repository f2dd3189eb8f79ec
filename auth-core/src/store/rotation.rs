//! The rotation: what a presented refresh token gets, and what the row of its session becomes.
//!
//! One pure function, which SQLite calls while it holds the write lock. PostgreSQL and Redis state
//! the same table in a statement (`postgres/rotate.sql`) and a script (`redis/lua/rotate.lua`), and
//! tests hold them against it. `docs/design/rotation.md` says why the table is as it is.

use crate::clock::{Timestamp, millis_of};
use crate::store::{RotationMode, RotationOutcome, RotationPolicy, Session};

/// A row as the rotation reads it, and as it leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct RotationRow {
    pub(in crate::store) session: Session,
    /// The generation of the token that the current one replaced; -1 where it replaced none.
    pub(in crate::store) previous: i64,
}

/// Judges a token of `generation` at `now`, and says what a live row becomes.
///
/// The first line that fits decides; what a line does not name stays as it was.
///
/// | the token                                                  | outcome         | what changes                                 |
/// |------------------------------------------------------------|-----------------|----------------------------------------------|
/// | any, but the account is closed                             | `AccountClosed` | revoked now                                  |
/// | `generation == current`                                    | `Rotated`       | `previous = generation`,                     |
/// |                                                            |                 | `current = generation + 1`, used now         |
/// | `generation > current`                                     | `Ahead`         | the same                                     |
/// | `generation == previous` and `now <= current_since + grace` | `Replayed`     | nothing                                      |
/// | `generation == previous` and the mode is `Recoverable`     | `Forked`        | `current = current + 1`, used now            |
/// | any other                                                  | `Reused`        | revoked now                                  |
///
/// "Used now" is `current_since = now` and `idle_until = now + idle`, at most `expires_at`. A grace
/// of zero is over at once. A clock that was set back, `now < current_since`, is within the grace.
pub(in crate::store) fn judge(
    mut row: RotationRow,
    is_account_open: bool,
    generation: i64,
    now: Timestamp,
    policy: &RotationPolicy,
) -> (RotationOutcome, RotationRow) {
    let RotationRow { session, previous } = &mut row;
    let current = session.current;
    let has_grace = millis_of(policy.grace) > 0;
    let outcome = if !is_account_open {
        RotationOutcome::AccountClosed
    } else if generation == current {
        RotationOutcome::Rotated
    } else if generation > current {
        RotationOutcome::Ahead
    } else if generation == *previous && has_grace && now <= session.current_since.plus(policy.grace) {
        RotationOutcome::Replayed
    } else if generation == *previous && policy.mode == RotationMode::Recoverable {
        RotationOutcome::Forked
    } else {
        RotationOutcome::Reused
    };

    let mut succeed = |generation: i64| {
        session.current = generation.saturating_add(1);
        session.current_since = now;
        session.idle_until = now.plus(policy.idle).min(session.expires_at);
    };
    match outcome {
        RotationOutcome::Rotated | RotationOutcome::Ahead => {
            *previous = generation;
            succeed(generation);
        }
        // The previous token stays the previous one: within the new window, a client that retries
        // it gets the new current token.
        RotationOutcome::Forked => succeed(current),
        RotationOutcome::Replayed => {}
        RotationOutcome::Reused | RotationOutcome::AccountClosed => session.revoked_at = Some(now),
    }
    (outcome, row)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RotationOutcome::{AccountClosed, Ahead, Forked, Replayed, Reused, Rotated};
    use super::*;
    use crate::ids::{SessionId, UserId};

    /// Token 4 replaced token 2 at 100 s: 3 is dead since a fork.
    fn row() -> RotationRow {
        let user = UserId::new("ann").expect("a valid id");
        let session = Session {
            current: 4,
            expires_at: Timestamp::from_millis(900_000),
            idle_until: Timestamp::from_millis(400_000),
            ..Session::at(SessionId(uuid::Uuid::nil()), user, Timestamp::from_millis(100_000))
        };
        RotationRow { session, previous: 2 }
    }

    const RECOVERABLE: RotationPolicy = RotationPolicy {
        grace: Duration::from_secs(10),
        mode: RotationMode::Recoverable,
        idle: Duration::from_secs(300),
        reuse_ends_user: false,
    };
    const STRICT: RotationPolicy = RotationPolicy {
        mode: RotationMode::Strict,
        ..RECOVERABLE
    };
    const NO_GRACE: RotationPolicy = RotationPolicy {
        grace: Duration::ZERO,
        ..RECOVERABLE
    };

    fn used(current: i64, previous: i64, at: i64, idle_until: i64) -> RotationRow {
        let mut row = row();
        row.previous = previous;
        row.session.current = current;
        row.session.current_since = Timestamp::from_millis(at);
        row.session.idle_until = Timestamp::from_millis(idle_until);
        row
    }

    fn revoked(at: i64) -> RotationRow {
        let mut row = row();
        row.session.revoked_at = Some(Timestamp::from_millis(at));
        row
    }

    #[test]
    fn every_line_of_the_table_holds() {
        let table = [
            (RECOVERABLE, 4, 200_000, Rotated, used(5, 4, 200_000, 500_000)),
            (RECOVERABLE, 4, 700_000, Rotated, used(5, 4, 700_000, 900_000)),
            (RECOVERABLE, 5, 200_000, Ahead, used(6, 5, 200_000, 500_000)),
            (RECOVERABLE, 9, 700_000, Ahead, used(10, 9, 700_000, 900_000)),
            (RECOVERABLE, 2, 110_000, Replayed, row()),
            (RECOVERABLE, 2, 40_000, Replayed, row()),
            (RECOVERABLE, 2, 110_001, Forked, used(5, 2, 110_001, 410_001)),
            (RECOVERABLE, 2, 700_000, Forked, used(5, 2, 700_000, 900_000)),
            (RECOVERABLE, 3, 101_000, Reused, revoked(101_000)),
            (RECOVERABLE, 1, 101_000, Reused, revoked(101_000)),
            (STRICT, 4, 200_000, Rotated, used(5, 4, 200_000, 500_000)),
            (STRICT, 5, 200_000, Ahead, used(6, 5, 200_000, 500_000)),
            (STRICT, 2, 110_000, Replayed, row()),
            (STRICT, 2, 110_001, Reused, revoked(110_001)),
            (STRICT, 3, 101_000, Reused, revoked(101_000)),
            (NO_GRACE, 2, 100_000, Forked, used(5, 2, 100_000, 400_000)),
            (NO_GRACE, 2, 40_000, Forked, used(5, 2, 40_000, 340_000)),
        ];
        for (policy, generation, now, outcome, becomes) in table {
            let closed = revoked(now);
            let now = Timestamp::from_millis(now);
            assert_eq!(
                judge(row(), true, generation, now, &policy),
                (outcome, becomes),
                "{generation} at {now:?}, {policy:?}"
            );
            assert_eq!(
                judge(row(), false, generation, now, &policy),
                (AccountClosed, closed),
                "{generation} at {now:?}, {policy:?}, the account closed"
            );
        }
    }
}
