//! Every named trace of `rotation-traces.json`, on a server whose clock cannot be set: time passes
//! by moving the times in the row back.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use auth_core::__internal::redis::RedisStore;
use auth_core::__internal::{PresentedToken, Rejection, RevocationLog, Rotation, RotationPolicy, SessionStore};
use redis::{Connection, cmd};

use super::arrange::{Fresh, keys};
use crate::one_table::{Function, answer, cases};
use crate::support::{Login, RECOVERABLE};
use crate::traces::{Policy, Step, Trace, Traces, word};

/// The fields that are times.
const TIMES: [&str; 6] = [
    "head_at",
    "created_at",
    "auth_time",
    "expires_at",
    "idle_until",
    "revoked_at",
];

#[tokio::test]
async fn every_trace_gives_the_outcomes_it_must_give() {
    let traces = Traces::read();
    let fresh = Fresh::new().await;
    let (mut traces_played, mut steps_played, mut tries) = (0, 0, 0);
    for policy in &traces.policies {
        for trace in &policy.traces {
            tries += play(&fresh, policy, trace).await;
            traces_played += 1;
            steps_played += trace.steps.len();
        }
    }
    assert_eq!((traces.policies.len(), traces_played), (3, 46));
    println!("{traces_played} traces, {steps_played} steps, {tries} tries");
}

async fn play(fresh: &Fresh, policy: &Policy, trace: &Trace) -> usize {
    let ann = fresh.sign_in().await;
    let mut row = Row::of(fresh, &ann);
    // The row is kept at the time of the trace, which began when the session did.
    let start = ann.session.created_at.millis();
    let mut generations = HashMap::from([("r0", 0)]);
    let mut rows = Vec::new();
    let mut tries = 0;

    for (index, step) in trace.steps.iter().enumerate() {
        let at = format!("{} / {} / step {}", policy.name, trace.name, index + 1);
        match step {
            Step::Restore(step) => row = Row::clone(&rows[step.row() - 1]),
            Step::Present(step) => {
                let now = start + i64::try_from(step.at_ms).expect("a time");
                let presented = ann.presents(generations[step.present.as_str()]);
                let rotation = at_exactly(fresh, &mut row, now, presented, policy.rotation(), &mut tries).await;
                let (outcome, status, current) = match &rotation {
                    Rotation::Rejected(Rejection::Revoked) => ("DEAD", 401, None),
                    Rotation::Rejected(why) => panic!("{at}: rejected because {why:?}"),
                    Rotation::Judged(rotated) if rotated.outcome.is_success() => {
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
        rows.push(row.clone());
    }
    tries
}

/// Presents a token at a time of the trace, to the millisecond. The test writes the row as if that
/// time were the server's next millisecond, and repeats this until it was.
async fn at_exactly(
    fresh: &Fresh,
    row: &mut Row,
    now: i64,
    presented: PresentedToken,
    policy: RotationPolicy,
    tries: &mut usize,
) -> Rotation {
    // On a busy machine few answers come within their millisecond.
    let (patience, first) = (Instant::now() + Duration::from_secs(120), *tries);
    while *tries < first + 2000 || Instant::now() < patience {
        *tries += 1;
        let expected = server_time(&fresh.store).await + 1;
        row.moved_by(expected - now).write(&mut fresh.connection());
        while server_time(&fresh.store).await < expected {}
        let rotation = fresh.store.rotate(presented, policy).await.expect("the store answers");
        let exact = match &rotation {
            Rotation::Judged(rotated) => rotated.now.millis() == expected,
            // It does not say when; between two looks at the clock that give the same.
            Rotation::Rejected(_) => server_time(&fresh.store).await == expected,
        };
        if exact {
            *row = Row::read(&mut fresh.connection(), &row.key).moved_by(now - expected);
            return rotation;
        }
    }
    panic!("the server never answered within one millisecond");
}

async fn server_time(store: &RedisStore) -> i64 {
    store.now().await.expect("the store answers").millis()
}

#[derive(Clone)]
struct Row {
    key: String,
    fields: HashMap<String, String>,
}

impl Row {
    fn of(fresh: &Fresh, login: &Login) -> Row {
        let mut connection = fresh.connection();
        let end = format!(":session:{}", login.session.id);
        let key = keys(&mut connection).into_iter().find(|key| key.ends_with(&end));
        Row::read(&mut connection, &key.expect("the row is there"))
    }

    fn read(connection: &mut Connection, key: &str) -> Row {
        Row {
            key: key.to_owned(),
            fields: cmd("HGETALL").arg(key).query(connection).expect("an answer"),
        }
    }

    fn write(&self, connection: &mut Connection) {
        redis::pipe()
            .atomic()
            .del(&self.key)
            .hset_multiple(&self.key, &self.fields.iter().collect::<Vec<_>>())
            .exec(connection)
            .expect("an answer");
    }

    fn moved_by(&self, by: i64) -> Row {
        let mut moved = self.clone();
        for name in TIMES {
            if let Some(time) = moved.fields.get_mut(name) {
                *time = (time.parse::<i64>().expect("a time") + by).to_string();
            }
        }
        moved
    }
}

/// The boundaries that the traces do not reach: the ends of the session, to the millisecond.
#[tokio::test]
async fn a_session_is_live_until_the_millisecond_before_its_ends() {
    let fresh = Fresh::new().await;
    for end_of in ["idle_until", "expires_at"] {
        for (before, live) in [(1, true), (0, false)] {
            let ann = fresh.sign_in().await;
            let mut row = Row::of(&fresh, &ann);
            if end_of == "expires_at" {
                let end = row.fields["expires_at"].clone();
                row.fields.insert("idle_until".to_owned(), end);
            }
            let end: i64 = row.fields[end_of].parse().expect("a time");
            let rotation = at_exactly(&fresh, &mut row, end - before, ann.presents(0), RECOVERABLE, &mut 0).await;
            match (rotation, live) {
                (Rotation::Judged(rotated), true) => {
                    let next = rotated.now.plus(RECOVERABLE.idle).min(rotated.session.expires_at);
                    assert_eq!(rotated.session.idle_until, next, "{end_of}");
                }
                (Rotation::Rejected(Rejection::Expired), false) => {}
                (other, _) => panic!("{end_of}, {before} ms before: {other:?}"),
            }
        }
    }
}

/// See `one_table`.
// security: Rotation and storage: The rotation machine, case by case
#[tokio::test]
async fn the_script_does_what_the_function_does() {
    let (mut function, fresh) = (Function::new().await, Fresh::new().await);
    for case in cases(100).filter(|case| case.is_open).take(20) {
        let (expected, columns) = function.play(&case).await;
        let ann = fresh.sign_in().await;
        let end = ann.session.expires_at.millis();
        let mut row = Row::of(&fresh, &ann);
        for (name, value) in [
            ("head", case.current),
            ("parent", case.previous),
            ("head_at", end + case.current_since),
            ("idle_until", end + case.idle_until),
        ] {
            row.fields.insert(name.to_owned(), value.to_string());
        }
        let presented = ann.presents(case.generation);
        let rotation = at_exactly(&fresh, &mut row, end + case.now, presented, case.policy, &mut 0).await;
        assert_eq!(answer(&rotation, &ann), expected, "{case:?}");
        let (previous, why) = (&row.fields["parent"], row.fields.get("revoked_why"));
        let said = format!("{previous} {} ", why.map_or("live", String::as_str));
        assert!(columns.starts_with(&said), "{case:?}: {said:?}, not {columns:?}");
    }
}
