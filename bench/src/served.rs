//! Servers to load, each a process of its own, so that what it costs can be told from what the
//! loader costs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use auth_core::__internal::{
    AccessTokens, Clock, KeyRing, NewAccess, NewSession, RefreshTokens, RoleTable, SecretHash, SessionSecret,
    SystemClock, TokenIssuer, TokenType, UserCounters,
};
use auth_core::{
    Auth, Config, Memberships, Role, RoleSet, SecretString, SessionId, UserId, Within, guarded_routes, public,
    require_role,
};
use diesel::SqliteConnection;
use diesel::prelude::*;
use jsonwebtoken::{Algorithm, decode_header};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Build, Responder, Rocket, State, async_trait, get, routes};
use rocket_app::monitor::Monitor;
use rocket_app::reports::Reports;
use rocket_app::role::AppRole;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::plain::{PlainKey, PlainSettings, PlainVerifier};
use crate::server::{build, secrets};
use crate::{Failed, failed};

/// How many sessions there are to refresh.
pub const SESSIONS: usize = 32;

/// What is served.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// This library's guard.
    Ours,
    /// The demo.
    Demo,
    /// A guard written by hand on `jsonwebtoken`, and the same route without one.
    Plain,
}

/// What a server says once it listens.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Listening {
    /// Where.
    pub port: u16,
    /// A good access token of an admin.
    pub access: String,
    /// A refresh token of each session.
    pub refresh: Vec<String>,
}

/// A server in a process of its own; it ends when this is dropped.
pub struct Served {
    /// What it said.
    pub listening: Listening,
    process: Child,
}

impl Served {
    /// Starts this very program again, which is to call [`serve_if_asked`] first of all. It works
    /// on so many cores; by default, as Rocket, on all.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start(kind: Kind, store: &str, workers: Option<usize>) -> Result<Served, Failed> {
        let kind = serde_json::to_string(&kind).map_err(failed)?;
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.args(["serve", &kind, store]).stdout(Stdio::piped());
        if let Some(workers) = workers {
            command.env("ROCKET_WORKERS", workers.to_string());
        }
        let mut process = command.spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let listening = serde_json::from_str(&line).map_err(failed);
        let served = |listening| Served { listening, process };
        listening.map(served)
    }

    /// The processor time that its threads have used so far; those that have ended do not count.
    ///
    /// # Errors
    ///
    /// Not on Linux.
    pub fn cpu(&self) -> Result<Duration, Failed> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // The first number is the time on a processor, in nanoseconds (proc_pid_schedstat(5)),
            // where `stat` has hundredths of a second.
            let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let spent = stat.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
            nanos += spent.ok_or(Failed("the kernel does not tell".to_owned()))?;
        }
        Ok(Duration::from_nanos(nanos))
    }
}

impl Served {
    /// The memory that is resident, in MiB.
    ///
    /// # Errors
    ///
    /// Not on Linux.
    pub fn resident(&self) -> Result<f64, Failed> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        kib.map(|kib| kib / 1024.0)
            .ok_or(Failed("the kernel does not tell".to_owned()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _: std::io::Result<()> = self.process.kill();
        let _: std::io::Result<std::process::ExitStatus> = self.process.wait();
    }
}

/// Serves and does not come back, in a process that [`Served::start`] started; on all cores, as
/// Rocket does.
///
/// # Errors
///
/// The server's.
pub fn serve_if_asked() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() != Some("serve") {
        return Ok(());
    }
    let kind = serde_json::from_str(&args.next().unwrap_or_default()).map_err(failed)?;
    rocket::execute(serve(kind, &args.next().unwrap_or_default()))?;
    std::process::exit(0)
}

async fn serve(kind: Kind, store: &str) -> Result<(), Failed> {
    let figment = Figment::from(rocket::Config::release_default())
        .select("debug")
        .merge(("address", "127.0.0.1"))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("auth.throttle.account_per_minute", 0))
        .merge(("auth.throttle.source_per_minute", 0))
        .merge(("auth.store", store));
    let config = Config::read(&figment, &secrets()?).map_err(failed)?;
    let (rocket, listening) = match kind {
        Kind::Ours => ours(figment, config).await?,
        Kind::Demo => demo(figment, config).await?,
        Kind::Plain => plain(figment, &config)?,
    };
    let tell = AdHoc::on_liftoff("tell", move |rocket| {
        Box::pin(async move {
            let listening = Listening {
                port: rocket.config().port,
                ..listening.clone()
            };
            let mut stdout = std::io::stdout().lock();
            // If this line does not arrive, the parent process gives up on this one.
            let _: std::io::Result<()> = writeln!(stdout, "{}", json!(listening));
        })
    });
    rocket
        .attach(tell)
        .launch()
        .await
        .map(drop)
        .map_err(|error| failed(error.kind()))
}

#[require_role(AppRole::Editor)]
#[get("/guarded")]
fn guarded() -> &'static str {
    "ok"
}

#[public("what the guarded route is compared with")]
#[get("/open")]
fn open() -> &'static str {
    "ok"
}

/// The roles within an organisation.
#[derive(Role, Clone, Copy)]
#[role(within = u32)]
enum OrgRole {
    Owner,
}

/// Memberships that cost nothing, so that what is measured is the way to them.
struct Owners;

#[async_trait]
impl Memberships<OrgRole> for Owners {
    type Error = std::io::Error;

    async fn roles(&self, _: &UserId, _: &u32) -> Result<Vec<OrgRole>, std::io::Error> {
        Ok(vec![OrgRole::Owner])
    }
}

#[require_role(OrgRole::Owner in org)]
#[get("/orgs/<org>")]
fn scoped(org: Within<OrgRole>) -> &'static str {
    let _proof = org;
    "ok"
}

async fn ours(figment: Figment, config: Config) -> Result<(Rocket<Build>, Listening), Failed> {
    // What is counted is recorded, as the demo does.
    Monitor::install().map_err(failed)?;
    let auth = Auth::builder::<AppRole>()
        .memberships(Owners)
        .build(config.clone())
        .await
        .map_err(failed)?;
    let listening = signed_in(&auth, &config).await?;
    let fairing = auth.into_fairing();
    let rocket = rocket::custom(figment)
        .attach(fairing)
        .mount("/", guarded_routes![guarded, open, scoped]);
    Ok((rocket, listening))
}

async fn demo(figment: Figment, config: Config) -> Result<(Rocket<Build>, Listening), Failed> {
    let auth = build(config.clone()).await?;
    let listening = signed_in(&auth, &config).await?;
    let reports = Reports::open(&config).await.map_err(failed)?;
    Ok((rocket_app::rocket(figment, auth, reports), listening))
}

/// What issues tokens that a server with this configuration takes for its own.
///
/// # Errors
///
/// A key will not do.
pub fn issuers(config: &Config) -> Result<(AccessTokens, RefreshTokens), Failed> {
    let token_issuer = TokenIssuer {
        issuer: config.issuer.clone(),
        audience: config.audience.clone(),
    };
    let ring = |token_type, keys| KeyRing::from_keys(token_type, "keys", keys).map_err(failed);
    let access = ring(TokenType::Access, &config.tokens.access_keys)?;
    let refresh = ring(TokenType::Refresh, &config.tokens.refresh_keys)?;
    let roles = RoleTable::of::<AppRole>();
    let access = AccessTokens::new(
        access,
        token_issuer.clone(),
        roles,
        config.tokens.access_ttl,
        config.tokens.leeway,
    );
    Ok((access, RefreshTokens::new(refresh, token_issuer)))
}

/// A good access token of an admin.
///
/// # Errors
///
/// It cannot be signed.
pub fn access_token(issuer: &AccessTokens, user: &UserId) -> Result<String, Failed> {
    let now = SystemClock.now();
    let issued = issuer.issue(NewAccess {
        user,
        session: SessionId::random(),
        counters: UserCounters::default(),
        roles: RoleSet::from(AppRole::Admin),
        auth_time: now,
        methods: auth_core::session::AuthMethods::NONE,
        now,
        session_end: now.plus(Duration::from_secs(24 * 3600)),
        app: None,
    });
    issued.map(|(token, _)| token).map_err(failed)
}

/// One user with many sessions; made here, since a sign-in would have a password hashed for each.
async fn signed_in(auth: &Auth, config: &Config) -> Result<Listening, Failed> {
    const EMAIL: &str = "ann@example.com";
    let password = SecretString::new("ann likes purple monkeys");
    let added = auth.accounts().create(EMAIL, password, [AppRole::Admin]);
    added.await.map_err(failed)?;
    let user = auth.accounts().id_of(EMAIL).await.map_err(failed)?;
    let (access, refresh) = issuers(config)?;
    let mut listening = Listening {
        access: access_token(&access, &user)?,
        ..Listening::default()
    };
    for _ in 0..SESSIONS {
        let secret = SessionSecret::random()?;
        let new = NewSession {
            id: SessionId::random(),
            user: user.clone(),
            epoch: 0,
            methods: auth_core::session::AuthMethods::NONE,
            secret: SecretHash::of(&secret),
            lifetime: config.sessions.max_age,
            idle: config.sessions.idle_timeout,
            user_agent: None,
            ip: None,
            replaces: None,
            max_per_user: 10_000,
        };
        let created = auth.store().create(new).await?;
        let session = created.ok_or(Failed("the account is closed".to_owned()))?.session;
        listening
            .refresh
            .push(refresh.issue(&session, &secret).map_err(failed)?);
    }
    Ok(listening)
}

/// A guard written by hand: everything is prepared that can be.
struct Prepared;

/// A guard written by hand, as one begins: the key and the rules are made for each request, as the
/// documentation of `jsonwebtoken` shows it.
struct Documented;

#[async_trait]
impl<'r> FromRequest<'r> for Prepared {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Prepared, ()> {
        let verifier = request.guard::<&State<PlainVerifier>>().await;
        decide(request, verifier.succeeded().map(|verifier| verifier.inner())).map(|()| Prepared)
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for Documented {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Documented, ()> {
        let settings = request.guard::<&State<PlainSettings>>().await;
        let verifier = settings.succeeded().map(|settings| PlainVerifier::of(settings));
        decide(request, verifier.as_ref()).map(|()| Documented)
    }
}

fn decide(request: &Request<'_>, verifier: Option<&PlainVerifier>) -> Outcome<(), ()> {
    let Some(verifier) = verifier else {
        return Outcome::Error((Status::InternalServerError, ()));
    };
    let header = request.headers().get_one("Authorization");
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    match token.and_then(|token| verifier.verify(token)) {
        None => Outcome::Error((Status::Unauthorized, ())),
        Some(claims) if claims.roles.iter().any(|role| role == "admin" || role == "editor") => Outcome::Success(()),
        Some(_) => Outcome::Error((Status::Forbidden, ())),
    }
}

#[get("/prepared")]
fn prepared(_user: Prepared) -> &'static str {
    "ok"
}

#[get("/documented")]
fn documented(_user: Documented) -> &'static str {
    "ok"
}

#[get("/open")]
fn without_guard() -> &'static str {
    "ok"
}

/// The headers of an answer of this library's guard, which an application that cares sets as well.
#[derive(Responder)]
struct WithHeaders {
    text: &'static str,
    policy: Header<'static>,
    referrer: Header<'static>,
    cache: Header<'static>,
    vary: Header<'static>,
}

#[get("/headers")]
fn with_headers() -> WithHeaders {
    WithHeaders {
        text: "ok",
        policy: Header::new("Content-Security-Policy", "frame-ancestors 'none'"),
        referrer: Header::new("Referrer-Policy", "same-origin"),
        cache: Header::new("Cache-Control", "no-store, private"),
        vary: Header::new("Vary", "Authorization"),
    }
}

fn plain(figment: Figment, config: &Config) -> Result<(Rocket<Build>, Listening), Failed> {
    let (access, _) = issuers(config)?;
    let token = access_token(&access, &UserId::random())?;
    let secret = match config.tokens.access_keys.first().map(|key| &key.source) {
        Some(auth_core::config::KeySource::Secret(secret)) => secret.expose(),
        _ => return Err(Failed("the key is no secret".to_owned())),
    };
    let kid = decode_header(&token).map_err(failed)?.kid.unwrap_or_default();
    let settings = PlainSettings {
        algorithm: Algorithm::HS256,
        key: PlainKey::Secret(secret.to_owned()),
        kid,
        issuer: config.issuer.clone(),
        audience: config.audience.clone(),
    };
    // An application has a database open.
    let path = config.store_url().trim_start_matches("sqlite://").to_owned();
    let connection = SqliteConnection::establish(&path).map_err(failed)?;
    let rocket = rocket::custom(figment)
        .manage(PlainVerifier::of(&settings))
        .manage(settings)
        .manage(Mutex::new(connection))
        .mount("/", routes![prepared, documented, without_guard, with_headers]);
    let listening = Listening {
        access: token,
        ..Listening::default()
    };
    Ok((rocket, listening))
}
