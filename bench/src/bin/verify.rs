//! What it costs to verify an access token: `cargo run --profile bench -p bench --bin verify`.
//!
//! HS256 against the bare MAC of the same bytes by the same library, and against
//! `jsonwebtoken::decode` with equal checks; EdDSA and ES256 against the bare check of the
//! signature. What is timed goes from the token to the decision: signature, claims, times,
//! revocation, and a rule of one role.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use auth_core::__internal::{
    AccessRule, AccessTokens, Clock, Decision, NewAccess, PolicyAnswers, Ruling, SystemClock, TokenIssuer,
};
use auth_core::config::{KeyConfig, KeySource};
use auth_core::keys::{KeyAlgorithm, generate_key, generate_secret};
use auth_core::{Auth, Config, RoleSet, SessionId, User, UserId, require_role};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bench::goal::Figures;
use bench::goal::Goal::{AtLeast, AtMost};
use bench::plain::{PlainKey, PlainSettings, PlainVerifier};
use bench::served::issuers;
use bench::server::{build, secrets};
use bench::turns::{Contestant, medians};
use bench::{Failed, failed};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, decode_header};
use rocket::figment::Figment;
use rocket::futures::FutureExt;
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::request::FromRequest;
use rocket_app::role::AppRole;
use tempfile::TempDir;

const ROUNDS: usize = 101;

#[require_role(AppRole::Editor)]
struct Editors;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let mut figures = Figures::default();
    let hs256 = by_secret(&mut figures).await?;
    by_public_key(KeyAlgorithm::EdDsa, Algorithm::EdDSA, &hs256, &mut figures).await?;
    by_public_key(KeyAlgorithm::Es256, Algorithm::ES256, &hs256, &mut figures).await?;
    to_a_user(&hs256, &mut figures).await?;
    figures.end()
}

async fn by_secret(figures: &mut Figures) -> Result<Signed, Failed> {
    let secret = generate_secret()?;
    let ours = Signed::by(KeySource::Secret(secret.clone()), 0).await?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let plain = ours.plain(Algorithm::HS256, PlainKey::Secret(secret.expose().to_owned()))?;
    let token = ours.token();
    let (signed, tag) = parts(token)?;
    let remembering = Signed::by(KeySource::Secret(secret.clone()), 20_000).await?;
    let mut seen = remembering.tokens.iter().cycle();
    println!("HS256, a token of {} bytes", token.len());
    let found = compare(
        vec![
            Contestant::new("the bare MAC of the same bytes", || {
                black_box(hmac::verify(&key, black_box(signed).as_bytes(), black_box(&tag)).is_ok());
            }),
            Contestant::new("to the decision, not seen before", || ours.decide(token)),
            Contestant::new("to the decision, one of 10,000 seen before", || {
                remembering.decide(seen.next().map_or("", String::as_str));
            }),
            Contestant::new("jsonwebtoken, equal checks", || decide_plainly(&plain, token)),
        ],
        2000,
    );
    if let [bare, new, seen, plain] = found[..] {
        let ratio = |took: Took| took.time / bare.time;
        figures.print(
            "HS256, a token not seen before, times the bare MAC",
            ratio(new),
            AtMost(2.5),
        );
        figures.print(
            "HS256, a token seen before, times the bare MAC",
            ratio(seen),
            AtMost(0.5),
        );
        figures.print(
            "a token not seen before, times as fast as jsonwebtoken, equal checks",
            plain.time / new.time,
            AtLeast(2.5),
        );
        figures.print("allocations for a token seen before", seen.allocations, AtMost(0.0));
    }
    // What is refused must cost no more than what is accepted.
    let forged = format!("{}{}", &token[..token.len() - 4], "AAAA");
    let garbage = "x".repeat(token.len());
    let oversized = "x".repeat(64 * 1024);
    let expired = ours.expired()?;
    println!("what is refused");
    let found = compare(
        vec![
            Contestant::new("a good token", || ours.decide(token)),
            Contestant::new("one with another signature", || ours.refuse(&forged)),
            Contestant::new("one that has expired", || ours.refuse(&expired)),
            Contestant::new("no token at all", || ours.refuse(&garbage)),
            Contestant::new("64 KiB", || ours.refuse(&oversized)),
        ],
        2000,
    );
    if let [good, refused @ ..] = &found[..] {
        let most = refused.iter().map(|refused| refused.time).fold(0.0, f64::max);
        // A good one and an expired one go the same way to the end.
        figures.print("what is refused, times a good token", most / good.time, AtMost(1.05));
    }
    Ok(ours)
}

async fn by_public_key(
    algorithm: KeyAlgorithm,
    theirs: Algorithm,
    hs256: &Signed,
    figures: &mut Figures,
) -> Result<(), Failed> {
    let key = generate_key(algorithm).map_err(failed)?;
    let ours = Signed::by(KeySource::Pem(key.clone()), 10_000).await?;
    // One that remembers fewer tokens than are shown to it in turn: each is new to it.
    let forgetful = Signed::by(KeySource::Pem(key), 32).await?;
    let keys: JwkSet = serde_json::from_str(&ours.auth.keys().jwks()).map_err(failed)?;
    let jwk = keys.keys.into_iter().next();
    let jwk = jwk.ok_or(Failed("no key is published".to_owned()))?;
    let key = public_key(&jwk, algorithm)?;
    let plain = ours.plain(theirs, PlainKey::Public(Box::new(jwk)))?;
    // The bare check and ours get the same tokens in turn. The time of a check depends on the
    // signature, and is shorter for one that the processor has just met.
    let all = forgetful.tokens.iter().map(|token| parts(token));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let (mut bare, mut new, mut plainly) = (
        all.iter().cycle(),
        forgetful.tokens.iter().cycle(),
        ours.tokens.iter().cycle(),
    );
    println!("{theirs:?}, tokens of {} bytes", ours.token().len());
    let found = compare(
        vec![
            Contestant::new("the bare check of the signature", || {
                let found = bare
                    .next()
                    .map(|(signed, signature)| key.verify_sig(signed.as_bytes(), signature));
                assert!(black_box(found).is_some_and(|checked| checked.is_ok()));
            }),
            Contestant::new("to the decision, a token not seen before", || {
                forgetful.decide(new.next().map_or("", String::as_str));
            }),
            Contestant::new("jsonwebtoken, equal checks", || {
                decide_plainly(&plain, plainly.next().map_or("", String::as_str));
            }),
        ],
        100,
    );
    if let [bare, new, _] = found[..] {
        let what = format!("{theirs:?}, a token not seen before, times the bare check");
        figures.print(&what, new.time / bare.time, AtMost(1.05));
    }
    println!("{theirs:?}, beside HS256");
    let found = compare(
        vec![
            Contestant::new("HS256 to the decision", || hs256.decide(hs256.token())),
            Contestant::new("to the decision, a token seen before", || ours.decide(ours.token())),
        ],
        2000,
    );
    if let [hs256, seen] = found[..] {
        let what = format!("{theirs:?}, a token seen before, times HS256");
        figures.print(&what, seen.time / hs256.time, AtMost(1.5));
    }
    Ok(())
}

/// The memory that a handler's [`User`] takes: the guard runs on a new request, which holds no
/// earlier result.
async fn to_a_user(signed: &Signed, figures: &mut Figures) -> Result<(), Failed> {
    let fairing = signed.auth.clone().into_fairing();
    let figment = rocket::Config::figment().merge(("log_level", "off"));
    let client = Client::untracked(rocket::custom(figment).attach(fairing));
    let client = client.await.map_err(failed)?;
    let request = client
        .get("/")
        .header(Header::new("Authorization", format!("Bearer {}", signed.token())));
    let mut user = None;
    let counted = measure(|| user = User::<AppRole>::from_request(request.inner()).now_or_never());
    if !user.is_some_and(|user| user.is_success()) {
        return Err(Failed("the guard refuses a good token".to_owned()));
    }
    figures.print("allocations to a User", counted.count_total as f64, AtMost(3.0));
    Ok(())
}

/// What one call takes.
#[derive(Clone, Copy)]
struct Took {
    time: f64,
    allocations: f64,
}

/// Prints the median of each, and how many times the first one's it is.
fn compare(mut contestants: Vec<Contestant<'_>>, calls: u32) -> Vec<Took> {
    let took = medians(&mut contestants, ROUNDS, calls);
    let first = took.first().copied().unwrap_or(1.0);
    let all = contestants.iter_mut().zip(took).map(|(contestant, time)| {
        let (ratio, allocations) = (time / first, measure(&mut contestant.work).count_total);
        println!(
            "  {:<42}{time:>7.0} ns{ratio:>7.2}{allocations:>4} allocations",
            contestant.name
        );
        let allocations = allocations as f64;
        Took { time, allocations }
    });
    all.collect()
}

/// A server's library, and tokens of users who are signed in.
struct Signed {
    auth: Auth,
    issuer: AccessTokens,
    token_issuer: TokenIssuer,
    tokens: Vec<String>,
    _folder: TempDir,
}

impl Signed {
    async fn by(source: KeySource, remembered: usize) -> Result<Signed, Failed> {
        let folder = tempfile::tempdir()?;
        let store = format!("sqlite://{}", folder.path().join("auth.db").display());
        let figment = Figment::from(rocket::Config::release_default())
            .select("debug")
            .merge(("auth.store", store));
        let mut config = Config::read(&figment, &secrets()?).map_err(failed)?;
        config.tokens.access_keys = vec![KeyConfig::new(source)];
        config.tokens.cache_size = remembered;
        let token_issuer = TokenIssuer {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
        };
        let (issuer, _) = issuers(&config)?;
        let mut signed = Signed {
            issuer,
            auth: build(config).await?,
            token_issuer,
            tokens: Vec::new(),
            _folder: folder,
        };
        for _ in 0..10_000 {
            signed.tokens.push(signed.issue(Duration::ZERO)?);
        }
        Ok(signed)
    }

    /// A token of an admin, issued so long ago.
    fn issue(&self, ago: Duration) -> Result<String, Failed> {
        let (user, now) = (UserId::random(), SystemClock.now().minus(ago));
        let issued = self.issuer.issue(NewAccess {
            user: &user,
            session: SessionId::random(),
            counters: auth_core::__internal::UserCounters::default(),
            roles: RoleSet::from(AppRole::Admin),
            auth_time: now,
            methods: auth_core::session::AuthMethods::NONE,
            now,
            session_end: now.plus(Duration::from_secs(3600)),
            app: None,
        });
        issued.map(|(token, _)| token).map_err(failed)
    }

    fn expired(&self) -> Result<String, Failed> {
        self.issue(Duration::from_secs(2 * 3600))
    }

    fn token(&self) -> &str {
        self.tokens.first().map_or("", String::as_str)
    }

    fn decide(&self, token: &str) {
        let identity = self.auth.verify_access(black_box(token)).expect("a good token");
        let Decision::Rule(rule) = <Editors as AccessRule>::DECISION else {
            unreachable!("it is a rule")
        };
        let ruling = rule.decide(identity.effective_roles(), PolicyAnswers::default());
        assert_eq!(black_box(ruling), Ruling::Pass);
    }

    fn refuse(&self, token: &str) {
        assert!(self.auth.verify_access(black_box(token)).is_err());
    }

    fn plain(&self, algorithm: Algorithm, key: PlainKey) -> Result<PlainVerifier, Failed> {
        Ok(PlainVerifier::of(&PlainSettings {
            algorithm,
            key,
            kid: decode_header(self.token()).map_err(failed)?.kid.unwrap_or_default(),
            issuer: self.token_issuer.issuer.clone(),
            audience: self.token_issuer.audience.clone(),
        }))
    }
}

fn decide_plainly(plain: &PlainVerifier, token: &str) {
    let claims = plain.verify(black_box(token)).expect("a good token");
    assert!(claims.roles.iter().any(|role| role == "admin" || role == "editor"));
}

/// What is signed, and the signature.
fn parts(token: &str) -> Result<(&str, Vec<u8>), Failed> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Failed("no token".to_owned()))?;
    Ok((signed, URL_SAFE_NO_PAD.decode(signature).map_err(failed)?))
}

fn public_key(jwk: &Jwk, algorithm: KeyAlgorithm) -> Result<ParsedPublicKey, Failed> {
    let jwk = serde_json::to_value(jwk).map_err(failed)?;
    let coordinate = |name: &str| {
        let text = jwk[name].as_str().unwrap_or_default();
        URL_SAFE_NO_PAD.decode(text).map_err(failed)
    };
    let key = match algorithm {
        KeyAlgorithm::EdDsa => ParsedPublicKey::new(&ED25519, coordinate("x")?),
        _ => ParsedPublicKey::new(
            &ECDSA_P256_SHA256_FIXED,
            [vec![4], coordinate("x")?, coordinate("y")?].concat(),
        ),
    };
    key.map_err(failed)
}
