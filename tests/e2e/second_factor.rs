//! Second factors: enrolment below `/factors`, and signing in with a code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{Clock as _, ManualClock, SystemClock};
use auth_core::audit::EventKind;
use auth_core::mail::MessageKind;
use auth_core::{AccessMap, authenticated, guarded_routes, require_role};
use auth_core::{Account, AccountError, Accounts, SecretString, UserId};
use rocket::figment::value::Value;
use rocket::get;
use rocket_app::role::AppRole;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use crate::support::{ANN, Answer, Options, Person, Server, Session, VIC, manual_clock, parts};

const KEY: &str = "q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs";
const OTHER_KEY: &str = "Zk3vN8pQw5rT1yB7mC4xL9sD2fG6hJ0a";

/// The server's clock, where a test can set it: PostgreSQL and Redis have their own.
pub type Clock = Option<Arc<ManualClock>>;

/// The user's authenticator app.
pub struct App {
    totp: Totp,
    clock: Clock,
}

impl App {
    /// Reads the secret from the URI, as an app does.
    fn of(uri: &str, clock: &Clock) -> App {
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
    fn code_in(&self, secs: i64) -> String {
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

fn key(name: &str, secret: &str) -> Value {
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

fn advance(clock: &Clock, secs: u64) {
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
async fn on_each_engine() -> [(Server, Clock); 3] {
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

async fn start(server: &Server, session: &Session) -> Answer {
    server.post("/api/auth/factors/totp").bearer(&session.access).await
}

async fn confirm(server: &Server, session: &Session, code: &str) -> Answer {
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

// security: Second factors: An account with a factor gets no session by password alone
#[tokio::test]
async fn an_account_with_a_factor_signs_in_with_a_code_only() {
    for (server, clock) in on_each_engine().await {
        let first = server.sign_in(VIC).await;
        let (app, codes) = enrol(&server, &first, &clock).await;
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
        server.me(&first.access).await.ok();
        Session::of(&server.refresh(&first.refresh).await);

        let asked = challenge(&login(&server, VIC).await);
        answer(&server, &asked, "000000").await.refused(401, "invalid_code");
        let session = Session::of(&answer(&server, &asked, &app.next_code()).await);
        server.me(&session.access).await.ok();
        assert_eq!(parts(&session.access).1["amr"], json!(["pwd", "otp", "mfa"]));
        let renewed = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(parts(&renewed.access).1["amr"], json!(["pwd", "otp", "mfa"]));
        let dead = answer(&server, &asked, &codes[0]).await;
        dead.refused(401, "invalid_ticket");
        let said = "This sign-in has expired or is used up; sign in again.";
        assert_eq!(dead.field("message"), said, "it was no link");
        let asked = challenge(&login(&server, VIC).await);
        Session::of(&answer(&server, &asked, &codes[0]).await);
        assert_eq!(server.log.events("login_challenged").len(), 2);
        for event in ["factor_added", "second_factor_failed", "recovery_code_used"] {
            assert_eq!(server.log.events(event).len(), 1, "{event}");
        }
    }
}

#[tokio::test]
async fn accounts_without_a_factor_sign_in_as_before() {
    let (server, clock) = offering_server().await;
    enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let ann = server.sign_in(ANN).await;
    assert_eq!(parts(&ann.access).1["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_user_sees_what_factors_there_are() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let status = async || {
        server
            .get("/api/auth/factors")
            .bearer(&session.access)
            .await
            .ok()
            .json()
    };
    assert_eq!(status().await, json!({ "totp": null, "recoveryCodes": 0 }));
    let enrolment = start(&server, &session).await;
    let shown = enrolment.ok().json();
    assert!(
        shown["qr"].as_str().is_some_and(|qr| qr.contains("<svg")),
        "{enrolment:?}"
    );
    let uri = enrolment.field("uri");
    assert!(uri.starts_with("otpauth://totp/auth-core:vic%40example.com?"), "{uri}");
    assert!(uri.contains(&enrolment.field("secret")), "{uri}");
    assert_eq!(status().await["totp"], json!(null), "no code of it was shown yet");
    let app = App::of(&uri, &clock);
    confirm(&server, &session, &app.code_in(-60))
        .await
        .refused(401, "invalid_code");
    recovery_codes(&confirm(&server, &session, &app.code_in(0)).await);
    let found = status().await;
    assert!(found["totp"]["createdAt"].is_string(), "{found}");
    assert_eq!(found["recoveryCodes"], 10);
    start(&server, &session).await.refused(409, "factor_exists");
    // Tries with a stolen session count against no app in use.
    for _ in 0..11 {
        confirm(&server, &session, &app.code_in(-3600))
            .await
            .refused(409, "factor_exists");
    }
    sign_in(&server, VIC, &app).await;
}

// security: Second factors: A code is good once
#[tokio::test]
async fn a_code_is_good_once_and_of_twenty_uses_at_once_one_signs_in() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &app.code_in(0))
        .await
        .refused(401, "invalid_code");

    let code = app.next_code();
    let mut challenges = Vec::new();
    for _ in 0..20 {
        challenges.push(challenge(&login(&server, VIC).await));
    }
    let uses = challenges.iter().map(|asked| {
        let body = json!({ "challenge": asked, "code": code, "delivery": "body" });
        tokio::spawn(server.post("/api/auth/login/factor").json(&body).into_future())
    });
    let mut answers = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        answers.push(used.await.expect("no panic"));
    }
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1, "{answers:?}");
    // Uses that came after the good one were failed tries, and there may have been too many.
    let asked = challenge(&login(&server, VIC).await);
    let again = answer(&server, &asked, &code).await;
    assert!([401, 429].contains(&again.status), "{again:?}");
}

// security: Second factors: A clock may be one step off, and no more
#[tokio::test]
async fn the_clock_of_a_phone_may_be_one_step_off() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    advance(&clock, 300);
    let asked = challenge(&login(&server, VIC).await);
    for off in [-60, 60] {
        answer(&server, &asked, &app.code_in(off))
            .await
            .refused(401, "invalid_code");
    }
    Session::of(&answer(&server, &asked, &app.code_in(-30)).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.code_in(30)).await);
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &app.code_in(0))
        .await
        .refused(401, "invalid_code");
}

// security: Second factors: A recovery code is good once
#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    let typed = codes[3].to_uppercase().replace('-', " ");
    let session = Session::of(&answer(&server, &asked, &typed).await);
    assert_eq!(parts(&session.access).1["amr"], json!(["pwd", "otp", "mfa"]));
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &codes[3]).await.refused(401, "invalid_code");
    assert_eq!(server.log.events("recovery_code_used").len(), 1);

    let replace = server.post("/api/auth/factors/recovery").bearer(&session.access);
    let new = recovery_codes(&replace.await);
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &codes[4]).await.refused(401, "invalid_code");
    Session::of(&answer(&server, &asked, &new[0]).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_and_dies_with_the_password() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let late = challenge(&login(&server, VIC).await);
    advance(&clock, 299);
    answer(&server, &late, "000000").await.refused(401, "invalid_code");
    advance(&clock, 1);
    answer(&server, &late, &app.code_in(0))
        .await
        .refused(401, "invalid_ticket");

    let early = challenge(&login(&server, VIC).await);
    let change = server.post("/api/auth/password").bearer(&session.access);
    let new = json!({ "currentPassword": VIC.password, "newPassword": "vic polishes rusty locks" });
    change.json(&new).await.ok();
    answer(&server, &early, &codes[0]).await.refused(401, "invalid_ticket");

    let everywhere = challenge(
        &login(
            &server,
            Person {
                password: "vic polishes rusty locks",
                ..VIC
            },
        )
        .await,
    );
    let user = server.id_of(VIC).await;
    server.auth.store().end_epoch(&user).await.expect("the store answers");
    answer(&server, &everywhere, &codes[1])
        .await
        .refused(401, "invalid_ticket");
    answer(&server, "AAAAAAAAAAAAAAAAAAAAAA", &codes[2])
        .await
        .refused(401, "invalid_ticket");
}

// security: Second factors: Tries are counted and limited
#[tokio::test]
async fn guesses_are_limited_though_they_come_from_everywhere() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for _ in 0..10 {
        answer(&server, &asked, &app.code_in(-3600))
            .await
            .refused(401, "invalid_code");
    }
    let throttled = answer(&server, &asked, &app.next_code()).await;
    assert_eq!(throttled.status, 429, "{throttled:?}");
    let wait: u64 = throttled
        .header("Retry-After")
        .expect("a wait")
        .parse()
        .expect("seconds");
    assert!((800..=900).contains(&wait), "{wait}");
    Session::of(&answer(&server, &asked, &codes[0]).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn wrong_codes_count_as_failed_sign_ins() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 3)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for _ in 0..3 {
        answer(&server, &asked, "000000").await.refused(401, "invalid_code");
    }
    answer(&server, &asked, "000000")
        .await
        .refused(429, "too_many_attempts");
    login(&server, VIC).await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn factors_change_after_a_fresh_sign_in_with_a_code_only() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    advance(&clock, 601);
    start(&server, &session).await.refused(401, "reauthentication_required");
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let remove = async |access: &str| server.delete("/api/auth/factors/totp").bearer(access).await;
    let replace = async |access: &str| server.post("/api/auth/factors/recovery").bearer(access).await;
    remove(&session.access).await.refused(401, "second_factor_required");
    replace(&session.access).await.refused(401, "second_factor_required");

    let with_code = sign_in(&server, VIC, &app).await;
    advance(&clock, 601);
    remove(&with_code.access)
        .await
        .refused(401, "reauthentication_required");
    let stepped = step_up(&server, &with_code, VIC, &app.next_code()).await;
    replace(&stepped.ok().field("accessToken")).await.ok();
    remove(&stepped.field("accessToken")).await.no_content();
    remove(&stepped.field("accessToken"))
        .await
        .refused(401, "session_revoked");
    Session::of(&login(&server, VIC).await);
    assert_eq!(server.log.events("factor_removed").len(), 1);

    let (new, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for former in [app.code_in(0), codes[0].clone()] {
        answer(&server, &asked, &former).await.refused(401, "invalid_code");
    }
    Session::of(&answer(&server, &asked, &new.next_code()).await);
}

// security: Second factors: A step-up gives no refresh token
#[tokio::test]
async fn a_step_up_gives_one_stronger_access_token_that_no_refresh_token_fetches() {
    for (server, clock) in on_each_engine().await {
        let session = server.sign_in(VIC).await;
        let (app, _) = enrol(&server, &session, &clock).await;
        let plain = json!(["pwd"]);
        assert_eq!(parts(&session.access).1["amr"], plain);
        let password_only = json!({ "password": VIC.password });
        let weaker = server.post("/api/auth/reauthenticate").bearer(&session.access);
        let weaker = weaker.json(&password_only).await;
        assert_eq!(parts(&weaker.ok().field("accessToken")).1["amr"], plain);
        step_up(&server, &session, VIC, "000000")
            .await
            .refused(401, "invalid_code");

        let stepped = step_up(&server, &session, VIC, &app.next_code()).await;
        let body = stepped.ok().json();
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(3), "{stepped:?}");
        stepped.sets_no_cookie();
        let stronger = parts(&stepped.field("accessToken")).1;
        assert_eq!(stronger["amr"], json!(["pwd", "otp", "mfa"]));
        assert_eq!(stronger["sid"], parts(&session.access).1["sid"]);
        // The refresh token of before, a copy of it, and its successors.
        let renewed = Session::of(&server.refresh(&session.refresh).await);
        let copied = Session::of(&server.refresh(&session.refresh).await);
        let next = Session::of(&server.refresh(&renewed.refresh).await);
        for got in [&renewed, &copied, &next] {
            let claims = parts(&got.access).1;
            assert_eq!(claims["amr"], plain);
            assert_eq!(claims["auth_time"], parts(&session.access).1["auth_time"]);
        }
    }
}

// security: Second factors: Secrets are encrypted at rest, each for its user
#[tokio::test]
async fn a_dump_of_the_database_holds_no_secret_of_a_factor() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let enrolment = start(&server, &session).await;
    let app = App::of(&enrolment.ok().field("uri"), &clock);
    let codes = recovery_codes(&confirm(&server, &session, &app.code_in(0)).await);
    let asked = challenge(&login(&server, VIC).await);
    let sealed = server.query_text("SELECT secret AS text FROM auth_totp");
    assert!(sealed.starts_with("2026:"), "{sealed}");
    let mut dump = Vec::new();
    for file in std::fs::read_dir(server.folder()).expect("the folder") {
        dump.extend(std::fs::read(file.expect("a file").path()).expect("it can be read"));
    }
    let holds = |text: &[u8]| dump.windows(text.len()).any(|window| window == text);
    assert!(holds(sealed.as_bytes()), "the control");
    assert!(!holds(app.totp.secret().as_bytes()));
    assert!(!holds(enrolment.field("secret").as_bytes()));
    assert!(!holds(asked.as_bytes()));
    for code in &codes {
        assert!(!holds(code.as_bytes()) && !holds(code.replace('-', "").as_bytes()));
    }

    // What is encrypted for one user is nothing for another.
    let ann = server.sign_in(ANN).await;
    enrol(&server, &ann, &clock).await;
    let user = server.id_of(ANN).await;
    server.execute(&format!(
        "UPDATE auth_totp SET secret = '{sealed}' WHERE user_id = '{user}'"
    ));
    let asked = challenge(&login(&server, ANN).await);
    let swapped = answer(&server, &asked, &app.next_code()).await;
    assert_eq!(swapped.status, 500, "{swapped:?}");
}

// security: Second factors: Keys rotate
#[tokio::test]
async fn a_factor_moves_to_the_new_key_at_its_next_use() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let node = |keys| {
        server
            .another()
            .clock(clock.as_ref().expect("one"))
            .set("second_factor", "offered")
            .set("factor_keys", keys)
    };
    let both = node(vec![key("2027", OTHER_KEY), key("2026", KEY)]).start().await;
    sign_in(&both, VIC, &app).await;
    assert!(
        server
            .query_text("SELECT secret AS text FROM auth_totp")
            .starts_with("2027:")
    );
    let alone = node(vec![key("2027", OTHER_KEY)]).start().await;
    sign_in(&alone, VIC, &app).await;
}

#[tokio::test]
async fn a_missing_key_uses_up_no_tries() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let mistaken = offering(server.another().clock(clock.as_ref().expect("one")))
        .set("factor_keys", vec![key("2026", OTHER_KEY)])
        .start()
        .await;
    let asked = challenge(&login(&mistaken, VIC).await);
    for _ in 0..11 {
        let failed = answer(&mistaken, &asked, &app.code_in(0)).await;
        failed.refused(500, "internal_error");
    }
    sign_in(&server, VIC, &app).await;
}

#[tokio::test]
async fn operators_see_who_gave_the_right_password_and_no_code() {
    let (server, clock) = offering_server().await;
    enrol(&server, &server.sign_in(VIC).await, &clock).await;
    server.sign_in(ANN).await;
    let user = server.id_of(VIC).await;
    challenge(&login(&server, VIC).await);
    let handed = server.log.handed();
    let challenged: Vec<_> = handed
        .iter()
        .filter(|event| event.kind == EventKind::LoginChallenged)
        .collect();
    let [event] = challenged[..] else {
        panic!("one event: {challenged:?}");
    };
    assert_eq!(event.user.as_ref(), Some(&user));
    assert!(event.request.is_some() && event.source.is_some(), "{event:?}");
    let mut signed_in = handed.iter().filter(|event| event.kind == EventKind::LoginSucceeded);
    assert!(
        signed_in
            .next_back()
            .is_some_and(|event| event.user.as_ref() != Some(&user))
    );
}

#[tokio::test]
async fn a_link_signs_in_with_a_code_only_and_a_reset_leaves_the_factor_in_force() {
    let clock = Some(manual_clock());
    let (options, mailbox) = Server::options().clock(clock.as_ref().expect("one")).with_flows();
    let server = offering(options).start().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let email = json!({ "email": VIC.email });
    let accepted = server.post("/api/auth/login/link").json(&email).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ticket = mailbox.take(MessageKind::LoginLink, VIC.email).await.ticket();
    let body = json!({ "ticket": ticket, "delivery": "body" });
    let asked = challenge(&server.post("/api/auth/login/link/complete").json(&body).await);
    let session = Session::of(&answer(&server, &asked, &app.next_code()).await);
    assert_eq!(parts(&session.access).1["amr"], json!(["otp", "mfa"]));

    let accepted = server.post("/api/auth/password/forgot").json(&email).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ticket = mailbox.take(MessageKind::PasswordReset, VIC.email).await.ticket();
    let new = "vic polishes rusty locks";
    let reset = json!({ "ticket": ticket, "newPassword": new });
    server.post("/api/auth/password/reset").json(&reset).await.no_content();
    let asked = challenge(&login(&server, Person { password: new, ..VIC }).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn an_operator_resets_the_factor_of_a_user_who_lost_it() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    enrol(&server, &session, &clock).await;
    let user = server.id_of(VIC).await;
    let reset = async || {
        server
            .auth
            .accounts()
            .reset_factors(&user)
            .await
            .expect("the store answers")
    };
    assert!(reset().await);
    assert!(!reset().await, "there is none any more");
    server.sign_in(VIC).await;
    server.me(&session.access).await.ok();
    let handed = server.log.handed();
    let removed = handed.iter().filter(|event| event.kind.as_str() == "factor_removed");
    assert_eq!(removed.count(), 1);
}

#[tokio::test]
async fn a_page_of_another_site_answers_no_challenge() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    let body = json!({ "challenge": asked, "code": app.next_code() });
    let foreign = server
        .post("/api/auth/login/factor")
        .header("Sec-Fetch-Site", "cross-site");
    foreign.json(&body).await.refused(403, "csrf_rejected");
    let browser = server.browser();
    let signed_in = browser.post("/api/auth/login/factor").json(&body).await;
    assert!(signed_in.ok().cookie("refresh_token").has("HttpOnly"));
}

#[require_role(AppRole::Viewer, mfa, fresh = "10m")]
#[get("/vault")]
fn vault() -> &'static str {
    "gold"
}

#[authenticated(mfa)]
#[get("/drawer")]
fn drawer() -> &'static str {
    "silver"
}

/// The challenge is that of RFC 9470 §3.
// security: Second factors: A rule can ask for one
#[tokio::test]
async fn a_rule_with_mfa_lets_in_sign_ins_with_a_second_factor_only() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .extended(|rocket| rocket.mount("/", guarded_routes![vault, drawer]))
        .start()
        .await;
    let open = async |path: &str, access: &str| server.get(path).bearer(access).await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    for (path, parameters) in [
        ("/vault", "acr_values=\"mfa\", max_age=\"600\""),
        ("/drawer", "acr_values=\"mfa\""),
    ] {
        let refused = open(path, &session.access).await;
        refused.refused(401, "second_factor_required");
        let challenge = refused.header("WWW-Authenticate").unwrap_or_default();
        let expected = "Bearer realm=\"auth-core\", error=\"insufficient_user_authentication\", ";
        assert_eq!(challenge, format!("{expected}{parameters}"));
    }
    let stepped = step_up(&server, &session, VIC, &app.next_code())
        .await
        .field("accessToken");
    for path in ["/vault", "/drawer"] {
        open(path, &stepped).await.ok();
    }
    let with_code = sign_in(&server, VIC, &app).await;
    open("/vault", &with_code.access).await.ok();
    advance(&clock, 601);
    let stale = open("/vault", &with_code.access).await;
    stale.refused(401, "reauthentication_required");
    let challenge = stale.header("WWW-Authenticate").unwrap_or_default();
    assert!(
        challenge.ends_with("acr_values=\"mfa\", max_age=\"600\""),
        "{challenge}"
    );
    open("/drawer", &with_code.access).await.ok();
    // The password alone makes it fresh, and no longer one with a factor.
    let password = json!({ "password": VIC.password });
    let prove = server.post("/api/auth/reauthenticate").bearer(&with_code.access);
    let weaker = prove.json(&password).await.field("accessToken");
    open("/vault", &weaker).await.refused(401, "second_factor_required");
    let ann = server.sign_in(ANN).await;
    open("/vault", &ann.access).await.refused(403, "insufficient_role");

    let map = AccessMap::of(&rocket::build().mount("/", guarded_routes![vault, drawer]));
    let decisions = map
        .entries()
        .iter()
        .map(|entry| entry.decision.as_deref().unwrap_or_default());
    assert_eq!(
        decisions.collect::<Vec<_>>(),
        ["authenticated, mfa", "viewer, mfa, fresh = \"10m\""]
    );
}

/// Nothing changes where second factors are off.
#[tokio::test]
async fn without_the_setting_there_are_no_factors() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    assert!(parts(&session.access).1.get("amr").is_none());
    server
        .get("/api/auth/factors")
        .bearer(&session.access)
        .await
        .refused(404, "not_found");
    for path in [
        "login/factor",
        "factors/totp",
        "factors/totp/confirm",
        "factors/recovery",
    ] {
        let asked = server.post(&format!("/api/auth/{path}")).bearer(&session.access);
        asked.json(&json!({})).await.refused(404, "not_found");
    }
    let body = json!({ "password": VIC.password, "code": "000000" });
    let prove = server.post("/api/auth/reauthenticate").bearer(&session.access);
    prove.json(&body).await.refused(401, "invalid_code");
}
