//! A small provider on loopback: as strict as the standards ask, and one that can be told to be
//! wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use auth_core::__internal::{KeyRing, TokenType};
use auth_core::config::{KeyConfig, KeySource};
use auth_core::keys::{KeyAlgorithm, generate_key};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, State, get, post, routes};
use serde_json::{Map, Value, json};

pub const CLIENT_ID: &str = "app";
pub const CLIENT_SECRET: &str = "a-secret-of-the-application";

/// A key pair of the provider's.
#[derive(Clone)]
pub struct Key {
    header: Header,
    private: EncodingKey,
    public: Value,
}

impl Key {
    pub fn new(kid: &str) -> Key {
        let private = generate_key(KeyAlgorithm::EdDsa).expect("a key");
        let named = KeyConfig::new(KeySource::Pem(private.clone())).with_kid(kid);
        let ring = KeyRing::from_keys(TokenType::Access, "keys", &[named]).expect("a ring");
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid.to_owned());
        Key {
            header,
            private: EncodingKey::from_ed_pem(private.expose().as_bytes()).expect("a key"),
            public: serde_json::to_value(ring.jwks()).expect("JSON"),
        }
    }

    /// What signs with the public half of this key, as if it were a shared secret.
    pub fn as_secret(&self) -> Key {
        let public = self.public["keys"][0]["x"].as_str().expect("a public key");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = self.header.kid.clone();
        Key {
            header,
            private: EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public).expect("base64url")),
            public: self.public.clone(),
        }
    }

    /// The same key, in tokens that do not name it.
    pub fn unnamed(mut self) -> Key {
        self.header.kid = None;
        self
    }
}

/// A code that was given out, and what for.
struct Given {
    challenge: String,
    nonce: String,
    redirect_uri: String,
}

/// How the provider is at the moment.
pub struct Mood {
    /// Members of the ID token that are not as they should be; `null` leaves one out.
    pub claims: Map<String, Value>,
    /// What ID tokens are signed with.
    pub signs: Key,
    /// What is published.
    pub publishes: Key,
    /// More of what it sends the browser back with.
    pub back: String,
    /// Sends the browser back with this error in place of a code.
    pub error: Option<&'static str>,
    /// What the token endpoint answers with in place of tokens.
    pub token_status: Option<Status>,
}

/// The provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    mood: Mutex<Mood>,
    codes: Mutex<HashMap<String, Given>>,
    codes_given: AtomicUsize,
    keys_read: AtomicUsize,
}

impl Default for Provider {
    fn default() -> Provider {
        let key = Key::new("first");
        let mood = Mood {
            claims: Map::new(),
            signs: key.clone(),
            publishes: key,
            back: String::new(),
            error: None,
            token_status: None,
        };
        Provider(Arc::new(Inner {
            mood: Mutex::new(mood),
            codes: Mutex::default(),
            codes_given: AtomicUsize::new(0),
            keys_read: AtomicUsize::new(0),
        }))
    }
}

impl Provider {
    /// Its server.
    pub fn rocket(&self, port: u16) -> Rocket<Build> {
        rocket::custom(super::stage::figment(port))
            .manage(self.clone())
            .manage(Issuer(format!("http://127.0.0.1:{port}")))
            .mount("/", routes![authorize, token, jwks])
    }

    /// Changes how it is.
    pub fn mood(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.0.mood.lock().expect("no panic"));
    }

    /// How often its keys were requested.
    pub fn keys_read(&self) -> usize {
        self.0.keys_read.load(Ordering::SeqCst)
    }
}

struct Issuer(String);

#[derive(FromForm)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    nonce: String,
    response_type: String,
    scope: String,
}

/// Does not ask for a password: the ID token says "alice", unless the test sets another name.
#[get("/authorize?<asked..>")]
fn authorize(asked: Asked, provider: &State<Provider>) -> Result<Redirect, Status> {
    let mood = provider.0.mood.lock().expect("no panic");
    let how = [asked.code_challenge_method, asked.response_type, asked.scope];
    if asked.client_id != CLIENT_ID || how != ["S256", "code", "openid"] {
        return Err(Status::BadRequest);
    }
    let mut codes = provider.0.codes.lock().expect("no panic");
    // Never a number twice: other sign-ins' codes are used up in the meantime.
    let code = format!("code-{}", provider.0.codes_given.fetch_add(1, Ordering::Relaxed));
    let what = match mood.error {
        Some(error) => format!("error={error}&error_description=%3Cb%3Eso%3C/b%3E"),
        None => format!("code={code}"),
    };
    let back = format!("{}?{what}&state={}{}", asked.redirect_uri, asked.state, mood.back);
    let given = Given {
        challenge: asked.code_challenge,
        nonce: asked.nonce,
        redirect_uri: asked.redirect_uri,
    };
    codes.insert(code, given);
    Ok(Redirect::to(back))
}

#[derive(FromForm)]
struct Exchange {
    grant_type: String,
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

/// The application, by HTTP Basic authentication.
struct Application;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Application {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Application, ()> {
        let wanted = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        match request.headers().get_one("Authorization") {
            Some(given) if given == wanted => Outcome::Success(Application),
            _ => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

/// A code is good once, for a client that knows the verifier of its challenge (RFC 7636 §4.6).
#[post("/token", data = "<form>")]
fn token(
    _application: Application,
    form: Form<Exchange>,
    provider: &State<Provider>,
    issuer: &State<Issuer>,
) -> Result<Json<Value>, (Status, Json<Value>)> {
    let refused = || (Status::BadRequest, Json(json!({ "error": "invalid_grant" })));
    let mood = provider.0.mood.lock().expect("no panic");
    if let Some(status) = mood.token_status {
        return Err((status, Json(json!({}))));
    }
    let given = provider.0.codes.lock().expect("no panic").remove(&form.code);
    let given = given.ok_or_else(refused)?;
    let proven = URL_SAFE_NO_PAD.encode(digest(&SHA256, form.code_verifier.as_bytes()));
    let how = (form.grant_type.as_str(), &form.redirect_uri);
    if proven != given.challenge || how != ("authorization_code", &given.redirect_uri) {
        return Err(refused());
    }
    let now = get_current_timestamp();
    let mut claims = json!({
        "iss": issuer.0, "aud": CLIENT_ID, "sub": "alice", "nonce": given.nonce, "iat": now, "exp": now + 60,
        "email": "alice@example.com",
    });
    for (name, value) in &mood.claims {
        claims[name] = value.clone();
    }
    let members = claims.as_object_mut().expect("an object");
    members.retain(|_, value| !value.is_null());
    let id_token = encode(&mood.signs.header, &claims, &mood.signs.private).expect("signed");
    Ok(Json(
        json!({ "access_token": "none", "token_type": "Bearer", "id_token": id_token }),
    ))
}

#[get("/jwks")]
fn jwks(provider: &State<Provider>) -> Json<Value> {
    provider.0.keys_read.fetch_add(1, Ordering::SeqCst);
    Json(provider.0.mood.lock().expect("no panic").publishes.public.clone())
}
