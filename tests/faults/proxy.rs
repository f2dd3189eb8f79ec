//! A wire between a node and its PostgreSQL that can be cut, or go dead, at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use tests::postgres::free_port;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

/// A proxy on a port of its own. It ends with the value.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: AtomicU16,
    weather: watch::Sender<Weather>,
    /// How many answers to an `UPDATE` are still to be swallowed, and their connections cut.
    swallow: AtomicU32,
    /// How many requests are still to be passed on, and their connections cut at once.
    cut_behind: AtomicU32,
    /// How many answers to a `COMMIT` of updates are still to be swallowed, and their connections
    /// cut.
    commits: AtomicU32,
    listening: AtomicU32,
}

/// What the wire is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It carries everything.
    Fair,
    /// Open connections are cut, and new ones fail.
    Cut,
    /// Connections stay, and carry nothing; new ones as well.
    Dead,
}

/// Where a connection is cut by [`Proxy::cut_one`].
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// The server has committed; its answer is swallowed.
    BeforeTheAnswer,
    /// The request was passed on, and whether it is carried out is open.
    BehindTheRequest,
}

impl Proxy {
    /// A wire to a port on loopback.
    pub async fn to(target: u16) -> Proxy {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let shared = Arc::new(Shared {
            target: AtomicU16::new(target),
            weather: watch::Sender::new(Weather::Fair),
            swallow: AtomicU32::new(0),
            cut_behind: AtomicU32::new(0),
            commits: AtomicU32::new(0),
            listening: AtomicU32::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Proxy {
            port,
            shared,
            accepting,
        }
    }

    /// The URL of a database, through this wire.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Leads to another port from now on; what is connected stays connected.
    pub fn lead_to(&self, target: u16) {
        self.shared.target.store(target, Ordering::Release);
    }

    /// Changes what the wire is like.
    pub fn set(&self, weather: Weather) {
        self.shared.weather.send_replace(weather);
    }

    /// How many connections have sent `LISTEN`.
    pub fn listeners(&self) -> u32 {
        self.shared.listening.load(Ordering::Acquire)
    }

    /// Cuts so many connections from now on, each when it has committed a transaction with updates.
    /// Its answer is swallowed. Answers with how many were left to be cut.
    pub fn swallow_commits(&self, count: u32) -> u32 {
        self.shared.commits.swap(count, Ordering::AcqRel)
    }

    /// Cuts the next connection that comes to this moment; waits until one did.
    pub async fn cut_one(&self, moment: Moment) {
        let left = match moment {
            Moment::BeforeTheAnswer => &self.shared.swallow,
            Moment::BehindTheRequest => &self.shared.cut_behind,
        };
        left.fetch_add(1, Ordering::AcqRel);
        let mut looks = interval(Duration::from_millis(1));
        let cut = async {
            while left.load(Ordering::Acquire) > 0 {
                looks.tick().await;
            }
        };
        timeout(Duration::from_secs(30), cut).await.expect("a client connects");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set(Weather::Cut);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if *shared.weather.borrow() == Weather::Cut {
            continue;
        }
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(("127.0.0.1", shared.target.load(Ordering::Acquire))).await else {
                return;
            };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // The direction that ends first stops the other one, and with it both connections.
            tokio::select! {
                () = carry(from_client, to_server, &shared, Way::ToServer) => {}
                () = carry(from_server, to_client, &shared, Way::ToClient) => {}
                () = cut(&shared) => {}
            }
        });
    }
}

#[derive(Clone, Copy)]
enum Way {
    ToServer,
    ToClient,
}

async fn cut(shared: &Shared) {
    let mut weather = shared.weather.subscribe();
    // An error says that the proxy is gone, and then the wire is cut as well.
    let _cut = weather.wait_for(|weather| *weather == Weather::Cut).await;
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, way: Way) {
    let mut weather = shared.weather.subscribe();
    let mut buffer = vec![0; 1 << 16];
    let mut has_updated = false;
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let bytes = &buffer[..read];
        if weather.wait_for(|weather| *weather != Weather::Dead).await.is_err() {
            return;
        }
        match way {
            Way::ToServer => {
                if contains(bytes, b"LISTEN ") {
                    shared.listening.fetch_add(1, Ordering::AcqRel);
                }
                // What is this long binds parameters: a rotation.
                let cut = read > 100 && take(&shared.cut_behind);
                if to.write_all(bytes).await.is_err() || cut {
                    return;
                }
            }
            Way::ToClient => {
                if contains(bytes, b"UPDATE 1\0") && take(&shared.swallow) {
                    return;
                }
                has_updated = !contains(bytes, b"BEGIN\0") && (has_updated || contains(bytes, b"UPDATE "));
                if has_updated && contains(bytes, b"COMMIT\0") && take(&shared.commits) {
                    return;
                }
                if to.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Takes one, if one is left.
fn take(left: &AtomicU32) -> bool {
    left.try_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1))
        .is_ok()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
