use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth_core::account::{Accounts, UserId};
use auth_core::clock::{Clock, ManualClock, SystemClock, Timestamp};
use auth_core::config::Environment;
use auth_core::keys::generate_secret;
use auth_core::secret::SecretString;
use auth_core::{Auth, AuthBuilder, Config, RoleTable};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use reqwest::Method;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::figment::value::Value as Setting;
use rocket::{Build, Rocket, Shutdown};
use rocket_app::reports::Reports;
use rocket_app::role::AppRole;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::{Answer, Ask, Log, Person, Session};

/// Later than any server of this version may run, and not on a whole second, so that rounding shows.
pub fn manual_clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_321)))
}

type App = Box<dyn FnOnce(Figment, Auth, Reports) -> Rocket<Build> + Send>;

/// How a server is started.
pub struct Options {
    settings: Vec<(String, Setting)>,
    profile: &'static str,
    clock: Arc<dyn Clock>,
    accounts: Option<Arc<dyn Accounts>>,
    bcrypt_cost: u32,
    app: App,
    shared: Arc<Shared>,
    people: bool,
    sign_in_page: bool,
}

/// What several servers of one application share: the database and the secrets.
struct Shared {
    folder: TempDir,
    access_secret: String,
    refresh_secret: String,
}

impl Options {
    /// A key of the `auth` table: `("cookie.access", true)`.
    pub fn set(mut self, key: &str, value: impl Into<Setting>) -> Options {
        self.settings.push((format!("auth.{key}"), value.into()));
        self
    }

    /// Under the rules of a release.
    pub fn release(mut self) -> Options {
        self.profile = "release";
        self
    }

    /// With the access token as a cookie as well, as the repository's `Rocket.toml` has it.
    pub fn with_access_cookie(self) -> Options {
        self.set("cookie.access", true)
            .set("token_sources", vec!["header", "cookie"])
    }

    /// Without the demo's page for browsers that have no identity.
    pub fn without_sign_in_page(mut self) -> Options {
        self.sign_in_page = false;
        self
    }

    pub fn clock(mut self, clock: &Arc<ManualClock>) -> Options {
        self.clock = clock.clone();
        self
    }

    /// An application's own users; nobody gets an account in the built-in table.
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> Options {
        self.accounts = Some(accounts);
        self.people = false;
        self
    }

    /// Without accounts.
    pub fn without_people(mut self) -> Options {
        self.people = false;
        self
    }

    /// The cost of new hashes; 4 unless said otherwise, as bcrypt is slow on purpose.
    pub fn bcrypt_cost(mut self, cost: u32) -> Options {
        self.bcrypt_cost = cost;
        self
    }

    /// The demo, and what `extend` adds to it.
    pub fn extended(self, extend: impl FnOnce(Rocket<Build>) -> Rocket<Build> + Send + 'static) -> Options {
        self.app(|figment, auth, reports| extend(rocket_app::rocket(figment, auth, reports)))
    }

    /// Another application than the demo.
    pub fn app(mut self, app: impl FnOnce(Figment, Auth, Reports) -> Rocket<Build> + Send + 'static) -> Options {
        self.app = Box::new(app);
        self
    }

    pub async fn start(self) -> Server {
        match self.try_start().await {
            Ok(server) => server,
            Err(failed) => panic!("the server starts: {}: {:?}", failed.why, failed.log.lines()),
        }
    }

    /// Starts the server, and waits until it listens or gives up.
    pub async fn try_start(self) -> Result<Server, Failed> {
        let log = Log::new();
        let followed = Arc::clone(&log);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(move || followed.follow_this_thread())
            .enable_all()
            .build()
            .expect("a runtime");
        let shared = Arc::clone(&self.shared);
        let (lifted_off, listens) = oneshot::channel();
        let running = runtime.spawn(self.run(lifted_off));
        match listens.await {
            Ok((auth, port, shutdown)) => Ok(Server {
                auth,
                port,
                log,
                http: client(),
                shared,
                shutdown,
                runtime: Some(runtime),
            }),
            Err(_) => {
                let why = running
                    .await
                    .expect("the launch does not panic")
                    .expect_err("it did not lift off");
                runtime.shutdown_background();
                Err(Failed { why, log })
            }
        }
    }

    async fn run(self, lifted_off: oneshot::Sender<(Auth, u16, Shutdown)>) -> Result<(), String> {
        let figment = self.figment();
        // A ring in the configuration takes the variable's place; both at once are refused.
        let has_ring = self.settings.iter().any(|(key, _)| key == "auth.access_keys");
        let environment = Environment {
            access_secret: (!has_ring).then(|| SecretString::new(self.shared.access_secret.as_str())),
            refresh_secret: Some(SecretString::new(self.shared.refresh_secret.as_str())),
            database_url: None,
        };
        let mut config = Config::read(&figment, &environment).map_err(|error| error.to_string())?;
        // Only the configuration's reader minds a low cost.
        config.bcrypt_cost = self.bcrypt_cost;
        let store = config.store_url().to_owned();
        let mut builder = AuthBuilder::new(config, RoleTable::of::<AppRole>()).clock(self.clock);
        if let Some(accounts) = self.accounts {
            builder = builder.accounts(accounts);
        }
        let auth = builder.build().await.map_err(|error| error.to_string())?;
        let reports = Reports::open(&store).await.map_err(|error| error.to_string())?;
        if self.people {
            add_people(&auth, &reports).await;
        }
        let (told, lifted_off) = (auth.clone(), Mutex::new(Some(lifted_off)));
        let rocket = (self.app)(figment, auth, reports);
        let rocket = rocket.attach(AdHoc::on_liftoff("tell the port", move |rocket| {
            Box::pin(async move {
                let sender = lifted_off.lock().expect("held here only").take();
                let told = (told.clone(), rocket.config().port, rocket.shutdown());
                // Nobody waits when the test has failed already.
                let _: Option<Result<(), _>> = sender.map(|sender| sender.send(told));
            })
        }));
        match rocket.launch().await {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{:?}", error.kind())),
        }
    }

    /// Rocket's own defaults, the demo's sign-in page, and the settings of the test; nothing of the environment.
    fn figment(&self) -> Figment {
        let path = self.shared.database();
        let mut figment = Figment::from(rocket::Config::debug_default())
            .select(self.profile)
            .merge(("address", "127.0.0.1"))
            .merge(("port", 0))
            .merge(("log_level", "normal"))
            .merge(("shutdown.ctrlc", false))
            .merge(("shutdown.grace", 0))
            .merge(("shutdown.mercy", 0))
            .merge(("auth.store", format!("sqlite://{}", path.display())));
        if self.sign_in_page {
            figment = figment.merge(("auth.sign_in_page", "/"));
        }
        for (key, value) in &self.settings {
            figment = figment.merge((key.as_str(), value.clone()));
        }
        figment
    }
}

impl Shared {
    fn database(&self) -> PathBuf {
        self.folder.path().join("auth.db")
    }
}

async fn add_people(auth: &Auth, reports: &Reports) {
    if auth.account_count().await.expect("the accounts answer").all > 0 {
        return;
    }
    for person in Person::ALL {
        let added = auth
            .add_account(
                person.email,
                SecretString::new(person.password),
                vec![person.role.to_owned()],
                false,
            )
            .await;
        let title = format!("what {} found", person.email);
        reports
            .put(person.report, &added.expect("the account is new"), &title)
            .await
            .expect("the reports answer");
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client")
}

/// A launch that did not come to listening.
pub struct Failed {
    pub why: String,
    pub log: Arc<Log>,
}

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
}

impl Server {
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
        Server::options_of(Arc::new(Shared {
            folder: tempfile::tempdir().expect("a folder"),
            access_secret: access.to_owned(),
            refresh_secret: refresh.to_owned(),
        }))
    }

    fn options_of(shared: Arc<Shared>) -> Options {
        Options {
            settings: Vec::new(),
            profile: "debug",
            clock: Arc::new(SystemClock),
            accounts: None,
            bcrypt_cost: 4,
            app: Box::new(rocket_app::rocket),
            shared,
            people: true,
            sign_in_page: true,
        }
    }

    /// Another server on the same database, with the same secrets: a second node, or this one after a restart.
    pub fn another(&self) -> Options {
        Server::options_of(Arc::clone(&self.shared))
    }

    pub fn access_secret(&self) -> &str {
        &self.shared.access_secret
    }

    pub fn refresh_secret(&self) -> &str {
        &self.shared.refresh_secret
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
        Reports::open(self.auth.config().store_url())
            .await
            .expect("the database is there")
    }

    /// The files that the server keeps.
    pub fn folder(&self) -> &std::path::Path {
        self.shared.folder.path()
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
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .cookie_store(true);
        Browser {
            server: self,
            http: http.build().expect("a client"),
        }
    }

    /// Sends bytes as they are and reads until the server closes the connection: the request should ask it to.
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

    /// The id of a person's account.
    pub async fn id_of(&self, person: Person) -> UserId {
        self.auth
            .user_of(person.email)
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
    }
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
