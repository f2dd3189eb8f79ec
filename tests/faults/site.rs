//! The system under test: one database, and one or more nodes that serve it.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;
use std::time::Duration;

use tests::postgres::free_port;
use tests::process::{Place, Server, program};

use crate::library::Library;

/// The password of every user.
pub const PASSWORD: &str = "purple monkey dishwasher";

/// A database and the secrets of its nodes.
pub struct Site {
    pub place: Place,
}

/// A session that no client has used yet.
pub struct Minted {
    /// Its only token, a refresh token.
    pub token: String,
    /// Whose it is.
    pub email: String,
}

impl Site {
    /// A site on a SQLite file in a folder of its own.
    pub fn sqlite() -> Site {
        let place = Place::debug();
        let path = place.folder.path().join("auth.db");
        Site::with(place, &format!("sqlite://{}", path.display()))
    }

    /// A site on the database of `url`.
    pub fn at(url: &str) -> Site {
        Site::with(Place::debug(), url)
    }

    fn with(place: Place, url: &str) -> Site {
        Site {
            place: place.with("DATABASE_URL", url),
        }
    }

    /// The URL of the database.
    pub fn url(&self) -> &str {
        self.place.variable("DATABASE_URL").expect("every site has one")
    }

    /// The name of the database of a site on PostgreSQL.
    pub fn database(&self) -> &str {
        self.url().rsplit('/').next().expect("a URL has slashes")
    }

    /// The file of a site on SQLite.
    pub fn file(&self) -> PathBuf {
        PathBuf::from(self.url().strip_prefix("sqlite://").expect("a site on SQLite"))
    }

    /// Makes sessions as a sign-in does, but without its hash: a hundred take no longer than one.
    /// Four share an account.
    pub async fn sessions(&self, count: usize) -> Vec<Minted> {
        let library = Library::at(&self.place).await;
        let mut minted = Vec::new();
        let (mut user, mut email) = (None, String::new());
        for n in 0..count {
            if n % 4 == 0 {
                email = format!("{}@example.org", uuid::Uuid::new_v4());
                user = Some(library.account(&email, password_hash()).await);
            }
            let user = user.as_ref().expect("made before");
            minted.push(Minted {
                token: library.session(user).await,
                email: email.clone(),
            });
        }
        minted
    }

    /// A node that is not started yet.
    pub fn node(&self) -> Node {
        Node::new(self.place.clone(), || Command::new(program()))
    }
}

/// The hash of [`PASSWORD`], made once.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| bcrypt::hash(PASSWORD, 12).expect("bcrypt hashes"))
}

/// One process of the application, at an address that it keeps through restarts.
pub struct Node {
    place: Place,
    command: Box<dyn Fn() -> Command + Send + Sync>,
    url: String,
    server: Option<Server>,
    log: String,
}

impl Node {
    /// A node that is started by `command`, the program or another that ends as it.
    pub fn new(place: Place, command: impl Fn() -> Command + Send + Sync + 'static) -> Node {
        let port = free_port().to_string();
        Node {
            place: place.with("ROCKET_PORT", &port),
            command: Box::new(command),
            url: format!("http://127.0.0.1:{port}"),
            server: None,
            log: String::new(),
        }
    }

    /// The same with a variable in its environment.
    pub fn with(mut self, name: &str, value: &str) -> Node {
        self.place = self.place.with(name, value);
        self
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts it, and waits until it answers.
    pub fn start(&mut self) {
        self.server = Some(self.place.launch((self.command)()));
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.server.as_ref().expect("it runs").id()
    }

    /// What it has said since it was started.
    pub fn log(&self) -> String {
        self.server.as_ref().expect("it runs").log()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        let server = self.server.take().expect("it runs");
        self.log.push_str(&server.kill());
    }

    /// Asks it to end, and waits for that.
    pub fn terminate(&mut self) -> ExitStatus {
        let (status, log) = self.server.take().expect("it runs").signal("TERM");
        self.log.push_str(&log);
        status
    }

    /// Ends it if it runs, and gives everything it has said, through all restarts.
    pub fn last_words(mut self) -> String {
        if self.server.is_some() {
            let status = self.terminate();
            assert!(status.success(), "it ends well: {status}\n{}", tail(&self.log));
        }
        self.log
    }
}

/// The last lines of a log.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// The longest a refusal may take, by the contract.
pub const REFUSED_WITHIN: Duration = Duration::from_millis(2500);

/// The longest a refusal may take that comes after a hash: `auth.passwords.max_wait`, the hash,
/// which takes seconds on a machine with other work, and the wait for the database.
pub const HASHER_REFUSED_WITHIN: Duration = Duration::from_secs(8);

/// The longest it may take until every client is served again after a fault.
pub const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

/// How long it may take until a revocation has reached every node: the default of
/// `auth.revocation.poll_interval`, twice, and some.
pub const PROPAGATED_WITHIN: Duration = Duration::from_millis(2500);
