//! The library beside the servers: it makes accounts, sessions and tickets in their database.

use std::time::Duration;

use auth_core::__internal::{
    Environment, KeyRings, NewAccount, NewSession, NewTicket, RefreshTokens, SecretHash, SessionSecret, TicketKey,
    TicketOwner, TokenIssuer,
};
use auth_core::{Auth, Config, SecretString, SessionId, UserId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::figment::Figment;
use rocket_app::role::AppRole;
use tests::process::Place;

/// How long the tickets are good: longer than any scenario takes.
const TICKETS_LIVE: Duration = Duration::from_secs(60 * 60);

/// The library on the database of a site, with the keys of its nodes.
pub struct Library {
    auth: Auth,
    tokens: RefreshTokens,
}

/// A ticket as its mail has it, and how the table names it.
#[derive(Clone)]
pub struct Ticket {
    /// The text behind the `#ticket=` of a link.
    pub text: String,
    /// The column `secret_hash`, in hexadecimal digits.
    pub hash: String,
}

impl Library {
    /// Opens the database of a place.
    pub async fn at(place: &Place) -> Library {
        let secret = |name| place.variable(name).map(SecretString::new);
        let environment = Environment {
            access_secret: secret("JWT_ACCESS_SECRET"),
            refresh_secret: secret("JWT_REFRESH_SECRET"),
            database_url: secret("DATABASE_URL"),
            ..Environment::default()
        };
        let figment = Figment::from(rocket::Config::debug_default()).select("debug");
        let config = Config::read(&figment, &environment).expect("a good configuration");
        let token_issuer = TokenIssuer {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
        };
        let rings = KeyRings::from_config(&config).expect("good keys");
        let tokens = RefreshTokens::new(rings.refresh, token_issuer);
        let auth = Auth::builder::<AppRole>()
            .for_operator()
            .build(config)
            .await
            .expect("the database opens");
        Library { auth, tokens }
    }

    /// Adds an account of an editor.
    pub async fn account(&self, email: &str, password_hash: &str) -> UserId {
        let accounts = self.auth.managed_accounts().expect("the built-in ones");
        let account = NewAccount {
            email: email.to_owned(),
            password_hash: SecretString::new(password_hash),
            roles: vec!["editor".to_owned()],
            demo: false,
        };
        accounts.create(account).await.expect("an account")
    }

    /// Makes a session as a sign-in does, but without its hash; answers with its refresh token.
    pub async fn session(&self, user: &UserId) -> String {
        let secret = SessionSecret::random().expect("randomness");
        let sessions = &self.auth.config().sessions;
        let new = NewSession {
            id: SessionId::random(),
            user: user.clone(),
            epoch: 0,
            methods: auth_core::session::AuthMethods::PASSWORD,
            max_per_user: 100,
            secret: SecretHash::of(&secret),
            lifetime: sessions.max_age,
            idle: sessions.idle_timeout,
            user_agent: None,
            ip: None,
            replaces: None,
        };
        let made = self.auth.store().create(new).await.expect("the database answers");
        let session = made.expect("the account is open").session;
        self.tokens.issue(&session, &secret).expect("it signs")
    }

    /// Makes a ticket to sign up with, as `POST /register` does.
    pub async fn sign_up_ticket(&self, email: &str) -> Ticket {
        self.ticket("sign_up", None, email, Some(email.to_owned())).await
    }

    /// Makes a ticket to set a new password with, as `POST /password/forgot` does.
    pub async fn reset_ticket(&self, user: &UserId, email: &str) -> Ticket {
        let owner = TicketOwner {
            user: user.clone(),
            epoch: 0,
        };
        self.ticket("reset", Some(owner), email, None).await
    }

    async fn ticket(&self, purpose: &str, owner: Option<TicketOwner>, to: &str, data: Option<String>) -> Ticket {
        let secret = SessionSecret::random().expect("randomness");
        let hash = SecretHash::of(&secret);
        let new = NewTicket {
            key: TicketKey {
                purpose: purpose.to_owned(),
                secret: hash,
            },
            owner,
            sent_to: Some(to.to_owned()),
            data,
            lifetime: TICKETS_LIVE,
        };
        let made = self.auth.store().issue_ticket(new).await;
        assert!(made.expect("the database answers"), "the account has changed");
        Ticket {
            text: URL_SAFE_NO_PAD.encode(secret.expose()),
            hash: hash.0.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
