//! One table for all engines. The tests compare what PostgreSQL's statement and Redis' script do
//! with a row with what SQLite does. SQLite calls the function that has the table above it.

use std::time::Duration;

use auth_core::__internal::{Rotation, RotationPolicy, SessionStore};
use auth_core::Timestamp;
use auth_core::config::RotationMode;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Fresh, Login};

/// A row and the token that meets it. Times count from the absolute end of the session, in
/// milliseconds, so that they mean the same on every engine.
#[derive(Clone, Debug)]
pub struct Case {
    pub current: i64,
    pub previous: i64,
    pub current_since: i64,
    pub idle_until: i64,
    pub now: i64,
    pub generation: i64,
    pub policy: RotationPolicy,
    /// Whether the account is open. Redis keeps none.
    pub is_open: bool,
}

/// So many cases. Most are within a millisecond of a boundary of the table.
pub fn cases(count: usize) -> impl Iterator<Item = Case> {
    let mut runner = TestRunner::default();
    let strategy = case();
    (0..count).map(move |_| strategy.new_tree(&mut runner).expect("a case").current())
}

fn case() -> impl Strategy<Value = Case> {
    let current = prop_oneof![9 => 1..9_i64, 1 => Just(1 << 53)];
    let back = prop_oneof![4 => Just(1), 2 => 2..4_i64, 1 => Just(i64::MAX)];
    let now = prop_oneof![4 => -5_000_000..-2_000_000_i64, 1 => -1_000_000..-1_i64, 1 => -1..2_i64];
    let grace = prop_oneof![3 => Just(10_000), 1 => Just(0), 1 => 1..30_000_i64];
    // From the end of the grace to now, and from now to the idle end.
    let over = prop_oneof![4 => -1..2_i64, 2 => -20_000..20_000_i64];
    let idle_left = prop_oneof![8 => 1..1_000_000_i64, 1 => -1..2_i64];
    let token = prop_oneof![3 => Just(None), 3 => Just(Some(0)), 3 => (-3..3_i64).prop_map(Some)];
    let strict = prop_oneof![2 => Just(false), 1 => Just(true)];
    let is_open = prop_oneof![9 => Just(true), 1 => Just(false)];
    let times = (now, grace, over, idle_left, 1..2_000_u64);
    (current, back, token, times, strict, is_open).prop_map(
        |(current, back, token, (now, grace, over, idle_left, idle), strict, is_open)| {
            let previous = current.saturating_sub(back).max(-1);
            Case {
                current,
                previous,
                current_since: now - over - grace,
                idle_until: (now + idle_left).min(0),
                now,
                // The previous token, or one near the current.
                generation: token.map_or(previous, |offset| current + offset),
                policy: RotationPolicy {
                    grace: Duration::from_millis(grace.unsigned_abs()),
                    mode: if strict {
                        RotationMode::Strict
                    } else {
                        RotationMode::Recoverable
                    },
                    idle: Duration::from_secs(idle),
                    reuse_ends_user: false,
                },
                is_open,
            }
        },
    )
}

impl Case {
    /// What makes a session and its account those of the case, on either SQL engine.
    pub fn sql(&self, login: &Login) -> String {
        let end = login.session.expires_at.millis();
        format!(
            "UPDATE auth_sessions SET current = {}, previous = {}, current_since = {}, idle_until = {}, \
             outcome = NULL, revoked_at = NULL, revoked_why = NULL WHERE id = '{}';
             UPDATE auth_accounts SET disabled_at = {} WHERE id = '{}'",
            self.current,
            self.previous,
            end + self.current_since,
            end + self.idle_until,
            login.session.id,
            if self.is_open { "NULL" } else { "1" },
            login.session.user,
        )
    }
}

/// What the columns say that a [`Rotation`] does not show, on either SQL engine.
pub fn hidden(login: &Login) -> String {
    format!(
        "SELECT previous || ' ' || coalesce(revoked_why, 'live') || ' ' || coalesce(outcome, 'none') AS text \
         FROM auth_sessions WHERE id = '{}'",
        login.session.id
    )
}

/// What was answered, with times that count from the end of the session.
pub fn answer(rotation: &Rotation, login: &Login) -> String {
    match rotation {
        Rotation::Rejected(why) => format!("{why:?}"),
        Rotation::Judged(rotated) => {
            let (session, end) = (&rotated.session, rotated.session.expires_at.millis());
            assert_eq!(session.id, login.session.id);
            format!(
                "{:?}, current {} since {}, idle until {}, revoked at {:?}",
                rotated.outcome,
                session.current,
                session.current_since.millis() - end,
                session.idle_until.millis() - end,
                session.revoked_at.map(|at| at.millis() - end),
            )
        }
    }
}

/// A session on SQLite, where the function judges.
pub struct Function {
    fresh: Fresh,
    login: Login,
    conn: SqliteConnection,
}

impl Function {
    pub async fn new() -> Function {
        let fresh = Fresh::new();
        let mut conn = fresh.connection();
        conn.batch_execute("PRAGMA synchronous = OFF").expect("a setting");
        Function {
            login: fresh.sign_in().await,
            conn,
            fresh,
        }
    }

    /// What is answered, and what the columns say.
    pub async fn play(&mut self, case: &Case) -> (String, String) {
        let end = self.login.session.expires_at.millis();
        self.fresh.clock.set(Timestamp::from_millis(end + case.now));
        self.conn
            .batch_execute(&case.sql(&self.login))
            .expect("the row is changed");
        let presented = self.login.presents(case.generation);
        let rotation = self.fresh.store.rotate(presented, case.policy).await;
        let row = diesel::sql_query(hidden(&self.login)).get_result::<Row>(&mut self.conn);
        (
            answer(&rotation.expect("the store answers"), &self.login),
            row.expect("the row is there").text,
        )
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}
