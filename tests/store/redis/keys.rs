//! What stands in Redis: nothing that can be presented, and nothing for ever.

use std::time::Duration;

use auth_core::__internal::{Maintenance, RevocationLog, SecretHash, SessionStore};
use auth_core::UserId;
use auth_core::session::RevocationReason;
use redis::{Connection, Value, cmd};

use super::arrange::{Fresh, keys};
use crate::secrets::{contains, hex, spellings};
use crate::support::{DAY, judged, new_session};

/// An hour past the absolute end.
const LINGER: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_dump_of_all_keys_contains_no_session_secret() {
    let fresh = Fresh::new().await;
    let mut logins = Vec::new();
    for round in 0..6 {
        let ann = fresh.sign_in().await;
        for generation in 0..round {
            judged(ann.present(&fresh.store, generation).await);
        }
        logins.push(ann);
    }
    let revoked = fresh
        .store
        .revoke(logins[0].session.id, None, RevocationReason::Logout)
        .await;
    assert!(revoked.expect("the store answers"));
    judged(logins[5].present(&fresh.store, 0).await);

    let dump = dump(&mut fresh.connection());
    for login in &logins {
        // The control: the dump does hold every row.
        assert!(contains(&dump, login.session.id.to_string().as_bytes()));
        assert!(contains(&dump, hex(&SecretHash::of(&login.secret).0).as_bytes()));
        for spelling in spellings(login) {
            assert!(!contains(&dump, &spelling));
        }
    }
}

#[tokio::test]
async fn no_error_text_contains_a_stored_value() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let (mut twin, secret) = new_session(&ann.session.user);
    twin.id = ann.session.id;
    let taken = fresh.store.create(twin).await.expect_err("the id is taken");
    // A row that another program has overwritten.
    let key = session_key(&mut fresh.connection(), &ann.session.id.to_string());
    cmd("HSET")
        .arg(key)
        .arg("expires_at")
        .arg("hunter2")
        .exec(&mut fresh.connection())
        .expect("an answer");
    let corrupt = [
        fresh.store.find(ann.session.id).await.map(drop).expect_err("no number"),
        fresh
            .store
            .rotate(ann.presents(0), crate::support::RECOVERABLE)
            .await
            .map(drop)
            .expect_err("no number"),
        fresh
            .store
            .list(&ann.session.user, 100)
            .await
            .map(drop)
            .expect_err("no number"),
    ];
    for error in corrupt.iter().chain([&taken]) {
        let text = format!("{error} {error:?}");
        for value in [
            "hunter2".to_owned(),
            ann.session.id.to_string(),
            ann.session.user.to_string(),
            hex(&SecretHash::of(&secret).0),
        ] {
            assert!(!text.contains(&value), "{text}");
        }
    }
}

/// Rows go an hour after their absolute end, evidence included; indexes with the last of what they
/// name.
#[tokio::test]
async fn every_key_has_an_end() {
    let fresh = Fresh::new().await;
    let ann = UserId::random();
    let first = fresh.sign_in_as(&ann).await;
    for generation in [0, 1, 0] {
        judged(first.present(&fresh.store, generation).await);
    }
    let second = fresh.sign_in_as(&ann).await;
    let (mut third, _) = new_session(&ann);
    third.replaces = Some((second.session.id, SecretHash::of(&second.secret)));
    fresh.store.create(third).await.expect("the store answers");
    fresh.store.end_epoch(&ann).await.expect("the store answers");
    let bob = fresh.sign_in().await;
    fresh
        .store
        .change_roles_version(&bob.session.user)
        .await
        .expect("the store answers");
    let older = fresh
        .store
        .revoke_created_before(bob.session.created_at, 10, RevocationReason::Operator)
        .await;
    older.expect("the store answers");
    fresh
        .store
        .delete_expired(Duration::ZERO, 10)
        .await
        .expect("the store answers");

    let now = fresh.store.now().await.expect("the store answers");
    let mut connection = fresh.connection();
    let all = keys(&mut connection);
    for kind in [
        ":session:",
        ":user:",
        ":ends",
        ":open",
        ":revoked",
        ":changed",
        ":counters:",
    ] {
        assert!(all.iter().any(|key| key.contains(kind)), "{kind} is among {all:?}");
    }
    for key in all {
        let left: i64 = cmd("PTTL").arg(&key).query(&mut connection).expect("an answer");
        let longest = if key.ends_with(":changed") {
            DAY
        } else {
            DAY * 30 + LINGER
        };
        assert!(
            left > 0 && u128::from(left.unsigned_abs()) <= longest.as_millis(),
            "{key}: {left}"
        );
        if key.ends_with(&format!(":session:{}", first.session.id)) {
            // To the second, in any state of the session.
            let end = now.plus(Duration::from_millis(left.unsigned_abs()));
            let due = first.session.expires_at.plus(LINGER);
            assert!(
                end.since(due).max(due.since(end)) < Duration::from_secs(1),
                "{end} and {due}"
            );
        }
    }
}

/// Sessions that Redis deleted by itself: their names leave the indexes with the next sign-ins, or
/// by cleaning.
#[tokio::test]
async fn indexes_do_not_grow_though_nobody_cleans() {
    let fresh = Fresh::new().await;
    let ann = UserId::random();
    let mut connection = fresh.connection();
    let mut over = Vec::new();
    for _ in 0..15 {
        over.push(fresh.sign_in_as(&ann).await);
    }
    let last = over.pop().expect("one of them");
    fresh
        .store
        .revoke(last.session.id, None, RevocationReason::Logout)
        .await
        .expect("the store answers");
    over.push(last);
    let indexes = ["ends", "user"].map(|name| {
        let all = keys(&mut connection);
        all.into_iter()
            .find(|key| key.contains(&format!(":{name}")))
            .expect("an index")
    });
    // As if their time had come and Redis had deleted the rows.
    for login in &over {
        let id = login.session.id.to_string();
        let key = session_key(&mut connection, &id);
        cmd("DEL").arg(key).exec(&mut connection).expect("an answer");
        for index in &indexes {
            cmd("ZADD")
                .arg(index)
                .arg(1000)
                .arg(&id)
                .exec(&mut connection)
                .expect("an answer");
        }
    }
    fresh.sign_in_as(&ann).await;
    let left = dump(&mut connection);
    let named = over
        .iter()
        .filter(|login| contains(&left, login.session.id.to_string().as_bytes()));
    assert_eq!(named.count(), 5, "ten at a time");
    let deleted = fresh.store.delete_expired(Duration::ZERO, 100).await;
    assert_eq!(deleted.expect("the store answers"), 5);
    let left = dump(&mut connection);
    assert!(
        over.iter()
            .all(|login| !contains(&left, login.session.id.to_string().as_bytes()))
    );
}

fn session_key(connection: &mut Connection, id: &str) -> String {
    let all = keys(connection);
    all.into_iter()
        .find(|key| key.ends_with(&format!(":session:{id}")))
        .expect("the row")
}

/// Every key with its value, as bytes.
fn dump(connection: &mut Connection) -> Vec<u8> {
    let mut dump = Vec::new();
    for key in keys(connection) {
        let kind: String = cmd("TYPE").arg(&key).query(connection).expect("an answer");
        let mut read = match kind.as_str() {
            "hash" => cmd("HGETALL"),
            "zset" => cmd("ZRANGE"),
            other => panic!("no {other} is expected"),
        };
        read.arg(&key);
        if kind == "zset" {
            read.arg(0).arg(-1).arg("WITHSCORES");
        }
        dump.extend(key.into_bytes());
        flatten(&read.query(connection).expect("an answer"), &mut dump);
    }
    dump
}

fn flatten(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::BulkString(bytes) => {
            into.push(b' ');
            into.extend(bytes);
        }
        Value::Array(values) => values.iter().for_each(|value| flatten(value, into)),
        other => panic!("{other:?} was not expected"),
    }
}
