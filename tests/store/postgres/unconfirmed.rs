//! An answer counts when the database has confirmed the commit, not when its rows arrive. A server
//! that is shut down at once may send rows that it never commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_core::__internal::SessionStore;
use auth_core::UserId;
use auth_core::store::StoreError;
use tests::postgres::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::support::{Fresh, open};
use crate::support::RECOVERABLE;

/// The type of the message that the server sends when it is done, after the commit (protocol 3,
/// `ReadyForQuery`). Then the type of a message that carries a row.
const READY: u8 = b'Z';
const ROW: u8 = b'D';

/// A wire to the database that, once told to, ends each connection between a row and the word that
/// it is committed.
struct Wire {
    url: String,
    cuts: Arc<AtomicBool>,
}

impl Wire {
    async fn to(url: &str) -> Wire {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let own = listener.local_addr().expect("it is bound").port();
        let (front, database) = url.rsplit_once('/').expect("a database");
        let (front, port) = front.rsplit_once(':').expect("a port");
        let server: u16 = port.parse().expect("a number");
        let cuts = Arc::new(AtomicBool::new(false));
        tokio::spawn(accept(listener, server, Arc::clone(&cuts)));
        Wire {
            url: format!("{front}:{own}/{database}?sslmode=disable"),
            cuts,
        }
    }
}

async fn accept(listener: TcpListener, server: u16, cuts: Arc<AtomicBool>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(("127.0.0.1", server))
            .await
            .expect("the cluster is up");
        let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
        let asking = tokio::spawn(copy(client_in, server_out));
        let cuts = Arc::clone(&cuts);
        tokio::spawn(async move {
            let _ended = answers(server_in, client_out, &cuts).await;
            asking.abort();
        });
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ended = tokio::io::copy(&mut from, &mut to).await;
}

/// Carries message by message: a type, a length that counts itself, and the rest.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cuts: &AtomicBool) -> std::io::Result<()> {
    let mut row = false;
    loop {
        let mut head = [0; 5];
        from.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut rest = vec![0; length - 4];
        from.read_exact(&mut rest).await?;
        if head[0] == READY && row && cuts.load(Ordering::Acquire) {
            return Ok(());
        }
        row = (row && head[0] != READY) || head[0] == ROW;
        to.write_all(&[&head[..], &rest].concat()).await?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_or_a_new_epoch_whose_commit_is_not_confirmed_is_an_error() {
    let fresh = Fresh::on(Cluster::shared(), |_| ()).await;
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    let wire = Wire::to(&fresh.url).await;
    let store = open(&wire.url, |config| config.listen = false).await;
    // Both statements are prepared, and go through whole.
    store
        .rotate(ann.presents(0), RECOVERABLE)
        .await
        .expect("the store answers");
    store.end_epoch(&UserId::random()).await.expect("the store answers");
    wire.cuts.store(true, Ordering::Release);
    let rotated = store.rotate(bob.presents(0), RECOVERABLE).await;
    assert!(matches!(rotated, Err(StoreError::Database(_))), "{rotated:?}");
    let ended = store.end_epoch(&bob.session.user).await;
    assert!(matches!(ended, Err(StoreError::Database(_))), "{ended:?}");
    wire.cuts.store(false, Ordering::Release);
    store.rotate(ann.presents(1), RECOVERABLE).await.expect("it goes on");
}
