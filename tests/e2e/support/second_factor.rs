//! What tests of second factors share: servers that offer them, the user's authenticator app, and
//! the requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{Clock as _, ManualClock, SystemClock};
use auth_core::{Account, AccountError, Accounts, SecretString, UserId};
use rocket::figment::value::Value;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::{Answer, Options, Person, Server, Session, VIC, manual_clock};

pub const KEY: &str = "q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs";
pub const OTHER_KEY: &str = "Zk3vN8pQw5rT1yB7mC4xL9sD2fG6hJ0a";

/// The server's clock, where a test can set it: PostgreSQL and Redis have their own.
pub type Clock = Option<Arc<ManualClock>>;

/// The user's authenticator app.
pub struct App {
    pub totp: Totp,
    clock: Clock,
}

impl App {
    /// Reads the secret from the URI, as an app does.
    pub fn of(uri: &str, clock: &Clock) -> App {
        let query = uri.split_once('?').expect("a query").1;
        let member = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).expect("it is there").1
        };
        assert_eq!(
            ["algorithm", "digits", "period", "issuer"].map(member),
            ["SHA1", "6", "30", "auth-core"]
        );
        App::with_secret(member("secret"), clock)
    }

    /// Takes the secret as its user types it, in Base32.
    pub fn with_secret(secret: &str, clock: &Clock) -> App {
        let secret = Secret::try_from_base32(secret).expect("base32");
        let totp = Builder::new().with_secret(secret).build().expect("it is compliant");
        let clock = clock.clone();
        App { totp, clock }
    }

    /// The code that it shows so many seconds from now.
    pub fn code_in(&self, secs: i64) -> String {
        let now = match &self.clock {
            Some(clock) => clock.now(),
            None => SystemClock.now(),
        };
        let at = u64::try_from(now.secs() + secs).expect("after 1970");
        self.totp.generate(at).to_string()
    }

    /// A code that was not used yet: of the next step, which a clock that cannot be set lets in
    /// early.
    pub fn next_code(&self) -> String {
        match &self.clock {
            Some(clock) => {
                clock.advance(Duration::from_secs(30));
                self.code_in(0)
            }
            None => self.code_in(30),
        }
    }
}

pub fn key(name: &str, secret: &str) -> Value {
    let members = [("name", name), ("secret", secret)];
    members
        .map(|(key, text)| (key.to_owned(), text.to_owned()))
        .into_iter()
        .collect::<BTreeMap<_, _>>()
        .into()
}

/// Settings with second factors, encrypted under one key.
pub fn offering(options: Options) -> Options {
    options
        .set("second_factor", "offered")
        .set("factor_keys", vec![key("2026", KEY)])
}

/// A server on SQLite with second factors, and its clock.
pub async fn offering_server() -> (Server, Clock) {
    let clock = manual_clock();
    let server = offering(Server::options().clock(&clock)).start().await;
    (server, Some(clock))
}

pub fn advance(clock: &Clock, secs: u64) {
    clock
        .as_ref()
        .expect("it can be set")
        .advance(Duration::from_secs(secs));
}

/// Vic, in a table of the application's.
struct OwnUsers {
    hash: SecretString,
}

impl OwnUsers {
    fn vic(&self) -> Account {
        Account::new(UserId::new("7").expect("an id"), VIC.email, self.hash.clone())
    }
}

#[async_trait]
impl Accounts for OwnUsers {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        Ok((email == VIC.email).then(|| self.vic()))
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        Ok((id.as_str() == "7").then(|| self.vic()))
    }

    async fn replace_password_hash(
        &self,
        _: &UserId,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<bool, AccountError> {
        Ok(false)
    }
}

/// A server on SQLite, one on PostgreSQL, and one on Redis with users of its own.
pub async fn on_each_engine() -> [(Server, Clock); 3] {
    let options = || offering(Server::options()).set("sessions.refresh_grace", "5m");
    let clock = manual_clock();
    let hash = SecretString::new(bcrypt::hash(VIC.password, 4).expect("cost 4 is bcrypt's lowest"));
    let postgres = tests::postgres::Cluster::shared().fresh_database();
    let redis = tests::redis::Server::shared().fresh_database();
    let own = options().accounts(Arc::new(OwnUsers { hash }));
    [
        (options().clock(&clock).start().await, Some(clock)),
        (options().set("store", postgres).start().await, None),
        (own.set("store", redis).start().await, None),
    ]
}

pub async fn login(server: &Server, person: Person) -> Answer {
    server.post("/api/auth/login").json(&person.login_with_body()).await
}

/// The challenge that a right password gets.
#[track_caller]
pub fn challenge(answer: &Answer) -> String {
    assert_eq!(answer.status, 401, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["error"], "second_factor_required", "{answer:?}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(3), "{answer:?}");
    assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer realm=\"auth-core\""));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    answer.sets_no_cookie();
    answer.field("challenge")
}

pub async fn answer(server: &Server, challenge: &str, code: &str) -> Answer {
    let body = json!({ "challenge": challenge, "code": code, "delivery": "body" });
    server.post("/api/auth/login/factor").json(&body).await
}

pub async fn start(server: &Server, session: &Session) -> Answer {
    server.post("/api/auth/factors/totp").bearer(&session.access).await
}

pub async fn confirm(server: &Server, session: &Session, code: &str) -> Answer {
    let confirm = server.post("/api/auth/factors/totp/confirm").bearer(&session.access);
    confirm.json(&json!({ "code": code })).await
}

pub fn recovery_codes(answer: &Answer) -> Vec<String> {
    let codes = answer.ok().json()["recoveryCodes"].clone();
    serde_json::from_value(codes).expect("a list of text")
}

/// Enrols a signed-in user; answers with the app and the recovery codes.
pub async fn enrol(server: &Server, session: &Session, clock: &Clock) -> (App, Vec<String>) {
    let enrolment = start(server, session).await;
    let app = App::of(&enrolment.ok().field("uri"), clock);
    let codes = recovery_codes(&confirm(server, session, &app.code_in(0)).await);
    (app, codes)
}

/// Signs in with a code of the app.
pub async fn sign_in(server: &Server, person: Person, app: &App) -> Session {
    let challenge = challenge(&login(server, person).await);
    Session::of(&answer(server, &challenge, &app.next_code()).await)
}

pub async fn step_up(server: &Server, session: &Session, person: Person, code: &str) -> Answer {
    let body = json!({ "password": person.password, "code": code });
    let prove = server.post("/api/auth/reauthenticate").bearer(&session.access);
    prove.json(&body).await
}
