//! A server to measure over HTTP: the demo, in this process, on a thread of its own.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use auth_core::__internal::Environment;
use auth_core::keys::generate_secret;
use auth_core::{Auth, Config, SecretString};
use rocket::Shutdown;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket_app::reports::Reports;
use rocket_app::role::AppRole;
use tempfile::TempDir;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::{Failed, failed};

/// Who has an account; the second one is disabled.
pub const ANN: (&str, &str) = ("ann@example.com", "ann likes purple monkeys");
/// Whose account is disabled.
pub const ED: (&str, &str) = ("ed@example.com", "ed draws quiet harbours");

/// A running server; it ends when it is dropped.
pub struct Server {
    /// Its library.
    pub auth: Auth,
    /// Where it answers: `http://127.0.0.1:…`.
    pub base: String,
    shutdown: Shutdown,
    thread: Option<thread::JoinHandle<()>>,
    _folder: TempDir,
}

type Launched = (Auth, u16, Shutdown);

impl Server {
    /// Starts it with these settings of the `auth` table, as in `Rocket.toml`.
    ///
    /// # Errors
    ///
    /// What kept it from listening.
    pub async fn start(settings: &[(&str, u32)]) -> Result<Server, Failed> {
        let folder = tempfile::tempdir().map_err(failed)?;
        let store = format!("sqlite://{}", folder.path().join("auth.db").display());
        let mut figment = Figment::from(rocket::Config::release_default())
            .select("debug")
            .merge(("address", "127.0.0.1"))
            .merge(("port", 0))
            .merge(("log_level", "off"))
            .merge(("shutdown.ctrlc", false))
            .merge(("auth.store", store.as_str()));
        for (key, value) in settings {
            figment = figment.merge((format!("auth.{key}"), value));
        }
        let (lifted_off, listens) = oneshot::channel();
        let thread = thread::spawn(move || {
            let running = runtime::Builder::new_multi_thread().enable_all().build();
            match running {
                Ok(runtime) => {
                    if let Err(failed) = runtime.block_on(run(figment, lifted_off)) {
                        eprintln!("{failed}");
                    }
                }
                Err(error) => eprintln!("{error}"),
            }
        });
        let (auth, port, shutdown) = listens
            .await
            .map_err(|_| Failed("the server does not start".to_owned()))?;
        Ok(Server {
            auth,
            base: format!("http://127.0.0.1:{port}"),
            shutdown,
            thread: Some(thread),
            _folder: folder,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
        // A server that panicked has said so.
        let _: Option<thread::Result<()>> = self.thread.take().map(thread::JoinHandle::join);
    }
}

async fn run(figment: Figment, lifted_off: oneshot::Sender<Launched>) -> Result<(), Failed> {
    let auth = build(Config::read(&figment, &secrets()?).map_err(failed)?).await?;
    for (email, password) in [ANN, ED] {
        let added = auth
            .accounts()
            .create(email, SecretString::new(password), [AppRole::Admin]);
        added.await.map_err(failed)?;
    }
    let ed = auth.accounts().id_of(ED.0).await.map_err(failed)?;
    auth.accounts().disable(&ed).await.map_err(failed)?;
    let reports = Reports::open(auth.config()).await.map_err(failed)?;
    let lifted_off = Mutex::new(Some(lifted_off));
    let rocket = rocket_app::rocket(figment, auth.clone(), reports);
    let rocket = rocket.attach(AdHoc::on_liftoff("tell the port", move |rocket| {
        Box::pin(async move {
            let sender = lifted_off.lock().ok().and_then(|mut sender| sender.take());
            let launched = (auth.clone(), rocket.config().port, rocket.shutdown());
            // The receiver is gone if the benchmark has failed already.
            let _: Option<Result<(), Launched>> = sender.map(|sender| sender.send(launched));
        })
    }));
    rocket.launch().await.map(drop).map_err(|error| failed(error.kind()))
}

/// Secrets for both kinds of tokens, made for this run.
///
/// # Errors
///
/// The machine has no randomness.
pub fn secrets() -> Result<Environment, Failed> {
    Ok(Environment {
        access_secret: Some(generate_secret()?),
        refresh_secret: Some(generate_secret()?),
        ..Environment::default()
    })
}

/// The library with the demo's roles.
///
/// # Errors
///
/// What keeps it from starting.
pub async fn build(config: Config) -> Result<Auth, Failed> {
    Auth::builder::<AppRole>().build(config).await.map_err(failed)
}

/// A client that keeps its connections.
///
/// # Errors
///
/// The client library's.
pub fn client() -> Result<reqwest::Client, Failed> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build();
    client.map_err(failed)
}

/// Signs in; answers with the status and, where there is one, the access token.
///
/// # Errors
///
/// No answer at all.
pub async fn sign_in(
    client: &reqwest::Client,
    base: &str,
    email: &str,
    password: &str,
) -> Result<(u16, Option<String>), Failed> {
    let body = HashMap::from([("email", email), ("password", password), ("delivery", "body")]);
    let asked = client.post(format!("{base}/api/auth/login")).json(&body).send();
    let answer = asked.await.map_err(failed)?;
    let status = answer.status().as_u16();
    let mut body: HashMap<String, serde_json::Value> = answer.json().await.map_err(failed)?;
    let access = body
        .remove("accessToken")
        .and_then(|token| token.as_str().map(str::to_owned));
    Ok((status, access))
}

/// The value below which this share of the figures lies.
pub fn quantile(figures: &mut [Duration], share: f64) -> Duration {
    figures.sort_unstable();
    let index = (figures.len() as f64 * share).ceil() as usize;
    figures.get(index.saturating_sub(1)).copied().unwrap_or_default()
}
