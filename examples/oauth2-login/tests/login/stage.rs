//! The provider and the application, each a server on loopback, and the browsers between them.

use std::net::TcpListener;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::tokio::sync::oneshot;
use rocket::{Build, Rocket};
use tempfile::TempDir;

use super::provider::{CLIENT_ID, CLIENT_SECRET, Provider};

/// Both servers, for as long as a test lasts.
pub struct Stage {
    pub provider: Provider,
    pub issuer: String,
    app: String,
    folder: Arc<TempDir>,
}

/// Rocket's settings of a test.
pub fn figment(port: u16) -> Figment {
    Figment::from(rocket::Config::debug_default())
        .select(rocket::Config::DEBUG_PROFILE)
        .merge(("port", port))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
}

/// The settings of the application, with a provider at `provider`, which sends browsers back to
/// `app`.
pub fn settings(port: u16, provider: &str, app: &str, folder: &TempDir) -> Figment {
    let file = |name: &str| folder.path().join(name).display().to_string();
    figment(port)
        .merge(("auth.store", format!("sqlite://{}", file("auth.db"))))
        .merge(("auth.cookie.access", true))
        .merge(("auth.token_sources", ["header", "cookie"]))
        .merge(("login.issuer", provider))
        .merge(("login.authorization_endpoint", format!("{provider}/authorize")))
        .merge(("login.token_endpoint", format!("{provider}/token")))
        .merge(("login.jwks_uri", format!("{provider}/jwks")))
        .merge(("login.algorithm", "EdDSA"))
        .merge(("login.client_id", CLIENT_ID))
        .merge(("login.client_secret", CLIENT_SECRET))
        .merge(("login.redirect_uri", format!("{app}/login/callback")))
        .merge(("login.users", file("users.db")))
}

/// Launches what `make` makes for a port, and says where it is.
async fn serve(make: impl Fn(u16) -> Rocket<Build>) -> String {
    loop {
        // A port that was free a moment ago: addresses have to be known before there is a server.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a port").port();
        let (tell, told) = oneshot::channel();
        let up = AdHoc::on_liftoff("up", |_| {
            Box::pin(async {
                let _nobody_waits = tell.send(());
            })
        });
        let server = rocket::tokio::spawn(make(port).attach(up).launch());
        if told.await.is_ok() {
            return format!("http://127.0.0.1:{port}");
        }
        let error = server.await.expect("no panic").expect_err("it did not launch");
        let taken = matches!(error.kind(), rocket::error::ErrorKind::Bind(_));
        assert!(taken, "{error}");
    }
}

impl Stage {
    pub async fn set() -> Stage {
        Stage::seen_as(None).await
    }

    /// Whose browsers call the application by another address than it listens at: it stands behind
    /// a proxy.
    pub async fn seen_as(address: Option<&str>) -> Stage {
        let provider = Provider::default();
        let at = serve(|port| provider.rocket(port)).await;
        let folder = Arc::new(TempDir::new().expect("a folder"));
        let app = serve(|port| {
            let own = format!("http://127.0.0.1:{port}");
            let figment = settings(port, &at, address.unwrap_or(&own), &folder);
            oauth2_login::app(figment).expect("an application")
        });
        Stage {
            provider,
            app: app.await,
            issuer: at,
            folder,
        }
    }

    /// Changes the table of users, as an operator does.
    pub fn sql(&self, statement: &str) {
        let file = self.folder.path().join("users.db").display().to_string();
        let mut conn = SqliteConnection::establish(&file).expect("a database");
        conn.batch_execute(statement).expect("it is changed");
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        let http = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .tls_certs_only([]);
        Browser {
            http: http.build().expect("a client"),
            app: self.app.clone(),
        }
    }
}

/// Keeps cookies, and follows redirects when it is told to.
pub struct Browser {
    http: Client,
    app: String,
}

/// What an answer is, and which session cookies came with it.
pub struct Answer {
    pub status: u16,
    pub set_cookies: Vec<String>,
    pub text: String,
}

impl Answer {
    /// Whether the answer signs a user in.
    pub fn signs_in(&self) -> bool {
        self.set_cookies.iter().any(|cookie| cookie.contains("_token="))
    }
}

impl Browser {
    /// Begins a sign-in: where that leads, and the cookies that it sets.
    pub async fn start(&self) -> (String, Vec<String>) {
        let start = self.get("/login").await;
        (location(&start), set_cookies(&start))
    }

    /// Goes to the provider: where that sends the browser back to, from the path on.
    pub async fn at_provider(&self, away: &str) -> String {
        let back = location(&self.http.get(away).send().await.expect("an answer"));
        let path = back.find("/login/callback").expect("the way back");
        back[path..].to_owned()
    }

    /// Begins a sign-in, and goes to the provider.
    pub async fn there(&self) -> String {
        let (away, _) = self.start().await;
        self.at_provider(&away).await
    }

    /// Comes back.
    pub async fn back(&self, path: &str) -> Answer {
        answer(self.get(path).await).await
    }

    /// The whole way.
    pub async fn sign_in(&self) -> Answer {
        let path = self.there().await;
        self.back(&path).await
    }

    /// What the guarded page answers, and says.
    pub async fn home(&self) -> (u16, String) {
        let home = answer(self.get("/").await).await;
        (home.status, home.text)
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.app));
        request.send().await.expect("an answer")
    }

    /// Comes back with a `Cookie` header of one's own.
    pub async fn back_with(&self, path: &str, cookies: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.app)).header(COOKIE, cookies);
        answer(request.send().await.expect("an answer")).await
    }
}

fn location(response: &Response) -> String {
    let location = response.headers().get(LOCATION).expect("a redirect");
    location.to_str().expect("text").to_owned()
}

fn set_cookies(response: &Response) -> Vec<String> {
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    cookies
        .map(|cookie| cookie.to_str().expect("text").to_owned())
        .collect()
}

async fn answer(response: Response) -> Answer {
    Answer {
        status: response.status().as_u16(),
        set_cookies: set_cookies(&response),
        text: response.text().await.expect("text"),
    }
}
