//! What a stolen database file gives away: nothing that can be presented.

use std::fmt::Write;
use std::fs;

use auth_core::__internal::{SecretHash, SessionStore};
use auth_core::session::RevocationReason;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::{Fresh, Login, judged};

// security: Rotation and storage: The database never holds anything that can be presented
#[tokio::test]
async fn a_dump_of_the_database_contains_no_session_secret() {
    let fresh = Fresh::new();
    let mut logins = Vec::new();
    for round in 0..6 {
        let ann = fresh.sign_in().await;
        for generation in 0..round {
            judged(ann.present(&fresh.store, generation).await);
        }
        logins.push(ann);
    }
    fresh
        .store
        .revoke(logins[0].session.id, None, RevocationReason::Logout)
        .await
        .expect("the store answers");
    judged(logins[5].present(&fresh.store, 0).await);

    let dump = dump(&mut fresh.connection());
    let mut bytes = Vec::new();
    for file in ["auth.db", "auth.db-wal", "auth.db-shm"] {
        bytes.push((file, fs::read(fresh.directory().join(file)).expect("the file is there")));
    }
    for login in &logins {
        // The control: the dump does hold every row, and the bytes do hold the hashes.
        assert!(dump.contains(&login.session.id.to_string()));
        let hash = SecretHash::of(&login.secret).0;
        assert!(dump.contains(&hex(&hash).to_uppercase()));
        assert!(bytes.iter().any(|(_, bytes)| contains(bytes, &hash)));

        for spelling in spellings(login) {
            assert!(!contains(
                dump.to_ascii_lowercase().as_bytes(),
                &spelling.to_ascii_lowercase()
            ));
            for (file, bytes) in &bytes {
                assert!(!contains(bytes, &spelling), "{file}");
            }
        }
    }
}

#[tokio::test]
async fn no_error_text_contains_a_stored_value() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    let (mut twin, secret) = crate::support::new_session(&ann.session.user);
    twin.id = ann.session.id;
    let error = SessionStore::create(&fresh.store, twin)
        .await
        .expect_err("the id is taken");
    let text = format!("{error} {error:?}");
    for value in [
        ann.session.id.to_string(),
        hex(&SecretHash::of(&secret).0),
        ann.session.user.to_string(),
    ] {
        assert!(!text.to_lowercase().contains(&value), "{text}");
    }
}

/// Every column of every table as SQL literals; blobs are `X'…'` in upper-case hex.
fn dump(conn: &mut SqliteConnection) -> String {
    let mut dump = String::new();
    for table in lines(conn, "SELECT name AS line FROM sqlite_master WHERE type = 'table'") {
        let columns = lines(conn, &format!("SELECT name AS line FROM pragma_table_info('{table}')"));
        let literals = columns
            .iter()
            .map(|column| format!("quote(\"{column}\")"))
            .collect::<Vec<_>>();
        for row in lines(
            conn,
            &format!("SELECT {} AS line FROM \"{table}\"", literals.join(" || ',' || ")),
        ) {
            writeln!(dump, "{table}: {row}").expect("a string takes it");
        }
    }
    dump
}

fn lines(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let lines = diesel::sql_query(sql).load::<Line>(conn).expect("a query");
    lines.into_iter().map(|line| line.line).collect()
}

/// The secret in every form in which it could stand in a file.
pub fn spellings(login: &Login) -> Vec<Vec<u8>> {
    let secret = login.secret.expose();
    let (standard, url_safe) = (base64(secret, b"+/"), base64(secret, b"-_"));
    vec![
        secret.to_vec(),
        hex(secret).into_bytes(),
        hex(secret).to_uppercase().into_bytes(),
        standard,
        url_safe,
    ]
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Unpadded.
fn base64(bytes: &[u8], last_two: &[u8; 2]) -> Vec<u8> {
    let alphabet = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(*last_two)
        .collect::<Vec<_>>();
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect::<Vec<_>>();
    let value = |sextet: &[u8]| (0..6).fold(0, |sum, bit| sum << 1 | usize::from(*sextet.get(bit).unwrap_or(&0)));
    bits.chunks(6).map(|sextet| alphabet[value(sextet)]).collect()
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn the_search_for_secrets_finds_them() {
    assert_eq!(base64(b"any carnal pleas", b"+/"), b"YW55IGNhcm5hbCBwbGVhcw");
    assert_eq!(base64(&[0xfb, 0xff], b"-_"), b"-_8");
    assert!(contains(b"abcd", b"bc") && !contains(b"abcd", b"bd"));
}
