//! The named traces, with the database's clock in the test's hands.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{PresentedToken, RevocationLog, Rotation, RotationPolicy, SessionStore};
use auth_core::Timestamp;

use super::support::{Fresh, Plain};
use crate::one_table::{Function, answer, cases, hidden};
use crate::support::Login;
use crate::traces::{Stage, play_all};

#[tokio::test]
async fn every_trace_gives_the_outcomes_it_must_give() {
    play_all(OnPostgres::new).await;
}

struct OnPostgres {
    fresh: Fresh,
    conn: Plain,
    login: Login,
    kept: usize,
}

impl OnPostgres {
    async fn new() -> OnPostgres {
        let fresh = Fresh::with(|config| config.pool_size = 1).await;
        let conn = fresh.connection().await;
        let login = fresh.sign_in().await;
        // All the store's times come from this function; now it reads a table.
        conn.run(
            "CREATE TABLE clock AS SELECT auth_now() AS now;
             CREATE OR REPLACE FUNCTION auth_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
                 RETURN (SELECT now FROM clock);
             CREATE TABLE kept AS SELECT 0 AS number, * FROM auth_sessions WHERE false;",
        )
        .await;
        OnPostgres {
            fresh,
            conn,
            login,
            kept: 0,
        }
    }
}

#[async_trait]
impl Stage for OnPostgres {
    fn login(&self) -> &Login {
        &self.login
    }

    async fn set_clock(&mut self, after_sign_in: Duration) {
        let now = self.login.session.created_at.plus(after_sign_in).millis();
        self.conn.run(&format!("UPDATE clock SET now = {now}")).await;
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Rotation {
        let rotation = self.fresh.store.rotate(presented, policy).await;
        rotation.expect("the store answers")
    }

    async fn now(&self) -> Timestamp {
        self.fresh.store.now().await.expect("the store answers")
    }

    async fn keep_row(&mut self) {
        let number = self.kept;
        self.conn
            .run(&format!("INSERT INTO kept SELECT {number}, * FROM auth_sessions"))
            .await;
        self.kept += 1;
    }

    async fn restore_row(&mut self, kept: usize) {
        self.conn
            .run(&format!(
                "BEGIN;
                 DELETE FROM auth_sessions;
                 CREATE TEMPORARY TABLE back AS SELECT * FROM kept WHERE number = {kept};
                 ALTER TABLE back DROP COLUMN number;
                 INSERT INTO auth_sessions SELECT * FROM back;
                 DROP TABLE back;
                 COMMIT"
            ))
            .await;
    }
}

/// See `one_table`.
// security: Rotation and storage: The rotation machine, case by case
#[tokio::test]
async fn the_statement_does_what_the_function_does() {
    let (mut function, stage) = (Function::new().await, OnPostgres::new().await);
    let end = stage.login.session.expires_at.millis();
    for case in cases(200) {
        let expected = function.play(&case).await;
        stage
            .conn
            .run(&format!("UPDATE clock SET now = {}", end + case.now))
            .await;
        stage.conn.run(&case.sql(&stage.login)).await;
        let rotation = stage.rotate(stage.login.presents(case.generation), case.policy).await;
        let columns = stage.conn.one(&hidden(&stage.login)).await;
        assert_eq!((answer(&rotation, &stage.login), columns), expected, "{case:?}");
    }
}
