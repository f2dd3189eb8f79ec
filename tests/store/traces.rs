//! Every named trace of `rotation-traces.json`, under every policy in it.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{Clock, PresentedToken, Rejection, Rotation, RotationPolicy, SessionStore};
use auth_core::Timestamp;
use auth_core::audit::RotationOutcome;
use auth_core::config::RotationMode;
use diesel::prelude::*;
use serde::Deserialize;

use crate::support::{DAY, Fresh, Login, START};

#[derive(Deserialize)]
pub struct Traces {
    pub policies: Vec<Policy>,
}

impl Traces {
    pub fn read() -> Traces {
        serde_json::from_str(include_str!("rotation-traces.json")).expect("the traces are readable")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub name: String,
    /// -1: no grace at all.
    grace_ms: i64,
    pub traces: Vec<Trace>,
}

impl Policy {
    pub fn rotation(&self) -> RotationPolicy {
        RotationPolicy {
            grace: Duration::from_millis(u64::try_from(self.grace_ms).unwrap_or(0)),
            mode: if self.name == "recoverable" {
                RotationMode::Recoverable
            } else {
                RotationMode::Strict
            },
            idle: DAY * 7,
            reuse_ends_user: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    pub name: String,
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Step {
    Present(Present),
    Restore(Restore),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Present {
    pub at_ms: u64,
    pub present: String,
    pub outcome: String,
    pub status: u16,
    pub current: Option<i64>,
    /// Under which name the answer is presented later.
    pub answer_named: Option<String>,
    #[serde(default, rename = "answerLost")]
    _answer_lost: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restore {
    at_ms: u64,
    restore_row_to: String,
}

impl Restore {
    /// The number of the step to go back to; the first is 1.
    pub fn row(&self) -> usize {
        let number = self.restore_row_to.strip_prefix("after step ");
        number
            .expect("a step to go back to")
            .parse()
            .expect("the number of a step")
    }
}

/// What a trace is played on: a store with one session, whose clock and row can be set.
#[async_trait]
pub trait Stage: Send {
    fn login(&self) -> &Login;

    /// Sets the store's clock to so long after the sign-in.
    async fn set_clock(&mut self, after_sign_in: Duration);

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Rotation;

    /// The store's time.
    async fn now(&self) -> Timestamp;

    /// Keeps the row as it is; the first call is number 0.
    async fn keep_row(&mut self);

    /// As if the database had lost what came after: every column back to what it was.
    async fn restore_row(&mut self, kept: usize);
}

// security: Rotation and storage: The rotation machine, case by case
#[tokio::test]
async fn every_trace_gives_the_outcomes_it_must_give() {
    play_all(async || OnSqlite::new().await).await;
}

pub async fn play_all<S: Stage>(fresh: impl AsyncFn() -> S) {
    let traces = Traces::read();
    let (mut traces_played, mut steps_played) = (0, 0);
    for policy in &traces.policies {
        for trace in &policy.traces {
            play(policy, trace, fresh().await).await;
            traces_played += 1;
            steps_played += trace.steps.len();
        }
    }
    assert_eq!((traces.policies.len(), traces_played), (3, 46));
    println!("{traces_played} traces, {steps_played} steps");
}

async fn play(policy: &Policy, trace: &Trace, mut stage: impl Stage) {
    let rotation_policy = policy.rotation();
    let mut generations = HashMap::from([("r0", 0)]);

    for (index, step) in trace.steps.iter().enumerate() {
        let at = format!("{} / {} / step {}", policy.name, trace.name, index + 1);
        match step {
            Step::Restore(step) => {
                stage.set_clock(Duration::from_millis(step.at_ms)).await;
                stage.restore_row(step.row() - 1).await;
            }
            Step::Present(step) => {
                stage.set_clock(Duration::from_millis(step.at_ms)).await;
                let presented = stage.login().presents(generations[step.present.as_str()]);
                let rotation = stage.rotate(presented, rotation_policy).await;
                let (outcome, status, current) = match &rotation {
                    Rotation::Rejected(Rejection::Revoked) => ("DEAD", 401, None),
                    Rotation::Rejected(why) => panic!("{at}: rejected because {why:?}"),
                    Rotation::Judged(rotated) if rotated.outcome.is_success() => {
                        assert_eq!(rotated.now, stage.now().await, "{at}");
                        (word(rotated.outcome), 200, Some(rotated.session.current))
                    }
                    Rotation::Judged(rotated) => (word(rotated.outcome), 401, None),
                };
                assert_eq!(
                    (outcome, status, current),
                    (step.outcome.as_str(), step.status, step.current),
                    "{at}"
                );
                if let (Some(name), Some(current)) = (&step.answer_named, current) {
                    generations.insert(name, current);
                }
            }
        }
        stage.keep_row().await;
    }
}

struct OnSqlite {
    fresh: Fresh,
    login: Login,
    rows: Vec<Row>,
}

impl OnSqlite {
    async fn new() -> OnSqlite {
        let fresh = Fresh::new();
        OnSqlite {
            login: fresh.sign_in().await,
            fresh,
            rows: Vec::new(),
        }
    }
}

#[async_trait]
impl Stage for OnSqlite {
    fn login(&self) -> &Login {
        &self.login
    }

    async fn set_clock(&mut self, after_sign_in: Duration) {
        self.fresh.clock.set(START.plus(after_sign_in));
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Rotation {
        let rotation = self.fresh.store.rotate(presented, policy).await;
        rotation.expect("the store answers")
    }

    async fn now(&self) -> Timestamp {
        self.fresh.clock.now()
    }

    async fn keep_row(&mut self) {
        let row = auth_sessions::table.first::<Row>(&mut self.fresh.connection());
        self.rows.push(row.expect("there is one row"));
    }

    async fn restore_row(&mut self, kept: usize) {
        let row = &self.rows[kept];
        let changed = diesel::update(auth_sessions::table.find(&row.id))
            .set(row)
            .execute(&mut self.fresh.connection());
        assert_eq!(changed, Ok(1));
    }
}

pub fn word(outcome: RotationOutcome) -> &'static str {
    match outcome {
        RotationOutcome::Rotated => "ROTATED",
        RotationOutcome::Ahead => "AHEAD",
        RotationOutcome::Replayed => "REPLAYED",
        RotationOutcome::Forked => "FORKED",
        RotationOutcome::Reused => "REUSED",
        RotationOutcome::AccountClosed => "ACCOUNT_CLOSED",
        _ => "?",
    }
}

diesel::table! {
    auth_sessions (id) {
        id -> Text,
        user_id -> Text,
        secret_hash -> Binary,
        current -> BigInt,
        previous -> BigInt,
        current_since -> BigInt,
        outcome -> Nullable<Text>,
        created_at -> BigInt,
        auth_time -> BigInt,
        expires_at -> BigInt,
        idle_until -> BigInt,
        revoked_at -> Nullable<BigInt>,
        revoked_why -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        ip -> Nullable<Text>,
    }
}

#[derive(Queryable, AsChangeset)]
#[diesel(table_name = auth_sessions, treat_none_as_null = true)]
struct Row {
    id: String,
    user_id: String,
    secret_hash: Vec<u8>,
    current: i64,
    previous: i64,
    current_since: i64,
    outcome: Option<String>,
    created_at: i64,
    auth_time: i64,
    expires_at: i64,
    idle_until: i64,
    revoked_at: Option<i64>,
    revoked_why: Option<String>,
    user_agent: Option<String>,
    ip: Option<String>,
}
