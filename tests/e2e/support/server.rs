use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::keys::generate_secret;
use auth_core::session::SessionError;
use auth_core::{Auth, UserId};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use reqwest::Method;
use rocket::Shutdown;
use rocket_app::reports::Reports;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use super::options::{Launched, Options, Shared};
use super::{Answer, Ask, Log, Person, Session, Threads, canary};

/// A running server; it ends when it is dropped.
pub struct Server {
    /// The server's own library, for what an operator does.
    pub auth: Auth,
    pub port: u16,
    pub log: Arc<Log>,
    http: reqwest::Client,
    shared: Arc<Shared>,
    shutdown: Shutdown,
    runtime: Option<Runtime>,
    /// The threads that serve requests, and their CPU time.
    pub threads: Arc<Threads>,
}

impl Server {
    /// What [`Options::try_start`] has launched on `runtime`.
    pub(super) fn of(
        launched: Launched,
        log: Arc<Log>,
        shared: Arc<Shared>,
        runtime: Runtime,
        threads: Arc<Threads>,
    ) -> Server {
        let Launched { auth, port, shutdown } = launched;
        Server {
            auth,
            port,
            log,
            http: client(false),
            shared,
            shutdown,
            runtime: Some(runtime),
            threads,
        }
    }

    /// The demo with the library's defaults.
    pub async fn start() -> Server {
        Server::options().start().await
    }

    pub fn options() -> Options {
        let secret = || {
            generate_secret()
                .expect("the system has random numbers")
                .expose()
                .to_owned()
        };
        Server::with_secrets(&secret(), &secret())
    }

    /// With these for `JWT_ACCESS_SECRET` and `JWT_REFRESH_SECRET`.
    pub fn with_secrets(access: &str, refresh: &str) -> Options {
        Options::of(Arc::new(Shared::new(access, refresh)))
    }

    /// Another server on the same database, with the same secrets: a second node, or this one after
    /// a restart.
    pub fn another(&self) -> Options {
        Options::of(Arc::clone(&self.shared))
    }

    pub fn access_secret(&self) -> &str {
        self.shared.access_secret()
    }

    pub fn refresh_secret(&self) -> &str {
        self.shared.refresh_secret()
    }

    /// A connection to the database, past the library.
    pub fn database(&self) -> SqliteConnection {
        let path = self.shared.database();
        let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 5000").expect("a setting");
        conn
    }

    /// The demo's reports.
    pub async fn reports(&self) -> Reports {
        Reports::open(self.auth.config()).await.expect("the database is there")
    }

    /// The files that the server keeps.
    pub fn folder(&self) -> &std::path::Path {
        self.shared.folder()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(&self.http, method, self.url(path))
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path)
    }

    pub fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, path)
    }

    /// A client that keeps cookies, as a browser does.
    pub fn browser(&self) -> Browser<'_> {
        let http = client(true);
        Browser { server: self, http }
    }

    /// Sends bytes as they are and reads until the server closes the connection: the request should
    /// ask it to.
    pub async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("the server listens");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut answer = Vec::new();
        let reading = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer));
        reading
            .await
            .expect("the server answers in time")
            .expect("the server answers");
        String::from_utf8(answer).expect("UTF-8")
    }

    /// Signs a person in; the client keeps both tokens.
    pub async fn sign_in(&self, person: Person) -> Session {
        Session::of(&self.post("/api/auth/login").json(&person.login_with_body()).await)
    }

    /// Presents a refresh token in the body.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/auth/refresh")
            .json(&json!({ "refreshToken": token }))
            .await
    }

    /// Who the server takes the bearer of `access` for.
    pub async fn me(&self, access: &str) -> Answer {
        self.get("/api/users/me").bearer(access).await
    }

    /// Asks until the access token is refused, as another node's changes arrive with the next poll.
    pub async fn until_refused(&self, access: &str, code: &str) {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.me(access).await;
            if answer.status != 200 || Instant::now() > give_up {
                answer.refused(401, code);
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Changes the database past the library.
    pub fn execute(&self, sql: &str) {
        self.database().batch_execute(sql).expect("the statements are good");
    }

    /// The column `text` of the one row that `sql` selects.
    pub fn query_text(&self, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let rows = diesel::sql_query(sql)
            .load::<Row>(&mut self.database())
            .expect("the query is good");
        assert_eq!(rows.len(), 1, "{sql}");
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Gives a person's account these roles, whether the application has them or not.
    pub async fn set_roles(&self, person: Person, names: &[&str]) -> Result<(), SessionError> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let accounts = self.auth.accounts();
        accounts
            .set_role_names(&accounts.id_of(person.email).await?, names)
            .await
    }

    /// Disables the account of `email`.
    pub async fn disable(&self, email: &str) -> Result<(), SessionError> {
        let accounts = self.auth.accounts();
        accounts.disable(&accounts.id_of(email).await?).await
    }

    /// Enables the account again.
    pub async fn enable(&self, email: &str) -> Result<bool, SessionError> {
        let accounts = self.auth.accounts();
        accounts.enable(&accounts.id_of(email).await?).await
    }

    /// Deletes the account.
    pub async fn delete_account(&self, email: &str) -> Result<(), SessionError> {
        let accounts = self.auth.accounts();
        accounts.delete(&accounts.id_of(email).await?).await
    }

    /// The id of a person's account.
    pub async fn id_of(&self, person: Person) -> UserId {
        self.auth
            .accounts()
            .id_of(person.email)
            .await
            .expect("the person has an account")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        // A test that fails already has something to say of its own.
        if !std::thread::panicking() {
            canary::check(&self.log, self.port, [self.access_secret(), self.refresh_secret()]);
        }
    }
}

fn client(keeps_cookies: bool) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .cookie_store(keeps_cookies)
        // A connection for each request: that the server has just closed an idle one must not fail
        // a test.
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client")
}

/// A client with a cookie jar, whose requests come from the server's own pages.
pub struct Browser<'s> {
    server: &'s Server,
    http: reqwest::Client,
}

impl Browser<'_> {
    pub fn get(&self, path: &str) -> Ask {
        Ask::new(&self.http, Method::GET, self.server.url(path)).same_origin()
    }

    pub fn post(&self, path: &str) -> Ask {
        Ask::new(&self.http, Method::POST, self.server.url(path)).same_origin()
    }

    pub fn delete(&self, path: &str) -> Ask {
        Ask::new(&self.http, Method::DELETE, self.server.url(path)).same_origin()
    }

    /// Signs a person in; the jar keeps the cookies.
    pub async fn sign_in(&self, person: Person) -> Answer {
        let answer = self.post("/api/auth/login").json(&person.login()).await;
        answer.ok();
        answer
    }
}
