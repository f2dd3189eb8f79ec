//! What each `sslmode` accepts, on a server whose certificate a made-up authority signed for
//! `localhost`.

use std::path::{Path, PathBuf};
use std::process::Command;

use auth_core::__internal::Maintenance;
use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::store::OpenError;
use tempfile::TempDir;
use tests::postgres::Cluster;

use super::support::Plain;

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .expect("openssl is installed along with PostgreSQL");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A self-signed certificate that may sign others; answers with its file.
fn authority(folder: &Path, name: &str) -> PathBuf {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.crt -days 2 \
             -subj /CN={name} -addext keyUsage=critical,keyCertSign"
        ),
    );
    folder.join(format!("{name}.crt"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sslmode_accepts_what_it_says() {
    let folder = TempDir::new().expect("a folder");
    let ours = authority(folder.path(), "ours");
    let foreign = authority(folder.path(), "foreign");
    openssl(
        folder.path(),
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=db",
    );
    let names = folder.path().join("names");
    std::fs::write(&names, "subjectAltName=DNS:localhost\n").expect("a file");
    openssl(
        folder.path(),
        "x509 -req -in server.csr -CA ours.crt -CAkey ours.key -CAcreateserial -days 2 -extfile names -out server.crt",
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("it was made");
    let cluster = Cluster::start_with_files(
        &["ssl=on"],
        &[("server.crt", &read("server.crt")), ("server.key", &read("server.key"))],
    );
    let plain = Cluster::shared();

    let by_name = cluster.fresh_database().replace("127.0.0.1", "localhost");
    let by_address = cluster.fresh_database();
    let without_tls = plain.fresh_database();
    let (ours, foreign) = (ours.display(), foreign.display());
    let cases = [
        (&by_name, String::new(), Some(true)),
        (&by_name, "sslmode=disable".to_owned(), Some(false)),
        (&by_name, "sslmode=prefer".to_owned(), Some(true)),
        (&by_name, "sslmode=require".to_owned(), Some(true)),
        (&by_name, format!("sslmode=require&sslrootcert={foreign}"), None),
        (&by_name, format!("sslmode=verify-ca&sslrootcert={ours}"), Some(true)),
        (&by_name, format!("sslmode=verify-ca&sslrootcert={foreign}"), None),
        (&by_name, format!("sslmode=verify-full&sslrootcert={ours}"), Some(true)),
        (&by_name, format!("sslmode=verify-full&sslrootcert={foreign}"), None),
        // The certificate names localhost, not its address.
        (&by_address, format!("sslmode=verify-ca&sslrootcert={ours}"), Some(true)),
        (&by_address, format!("sslmode=verify-full&sslrootcert={ours}"), None),
        (&without_tls, "sslmode=prefer".to_owned(), Some(false)),
        (&without_tls, "sslmode=require".to_owned(), None),
        (&without_tls, format!("sslmode=verify-full&sslrootcert={ours}"), None),
    ];
    for (number, (url, options, encrypted)) in cases.into_iter().enumerate() {
        let opened = PostgresStore::open(PostgresConfig {
            pool_size: 1,
            listen: false,
            ..PostgresConfig::new(format!("{url}?application_name=case{number}&{options}"))
        })
        .await;
        let Some(encrypted) = encrypted else {
            let refused = opened.expect_err(&options);
            assert!(matches!(refused, OpenError::Database { .. }), "{options}: {refused:?}");
            continue;
        };
        let store = opened.expect(&options);
        store.ping().await.expect("the store answers");
        let watch = Plain::to(&url.replace("localhost", "127.0.0.1")).await;
        let found = watch
            .one(&format!(
                "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                 WHERE application_name = 'case{number}'"
            ))
            .await;
        assert_eq!(found, if encrypted { "t" } else { "f" }, "{options}");
    }
}

#[tokio::test]
async fn a_root_certificate_that_is_none_is_refused_by_its_name() {
    let folder = TempDir::new().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("a file");
    for path in [empty, folder.path().join("missing.pem")] {
        let url = format!(
            "postgres://ann:hunter2@127.0.0.1:1/app?sslmode=verify-full&sslrootcert={}",
            path.display()
        );
        let refused = PostgresStore::open(PostgresConfig::new(url))
            .await
            .expect_err("no root");
        assert!(matches!(refused, OpenError::Certificates { .. }), "{refused:?}");
        let said = refused.to_string();
        assert!(
            said.contains(&path.display().to_string()) && !said.contains("hunter2"),
            "{said}"
        );
    }
}
