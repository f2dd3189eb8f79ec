//! A server that nothing is sent to: it makes the requests that targets look at.

use std::sync::{Arc, OnceLock};

use auth_core::__internal::{Environment, ManualClock};
use auth_core::{Auth, Config, Role, Timestamp};
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;
use tokio::runtime::Runtime;

pub const ACCESS_SECRET: &str = "Zx7-qPw3_access_Kd92LmVt0RgYh5JsBnUe";
pub const REFRESH_SECRET: &str = "Vt5-hQm8_refresh_Lb31XcPz7TfWk4NrGyAo";
pub const KID: &str = "fuzz";

/// The time of all targets, in the year 2096. `jsonwebtoken` looks at the system's clock, which has not come that far: what
/// is not expired here is not expired there.
pub const NOW: i64 = 4_000_000_000;

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FuzzRole {
    #[role(includes(B))]
    A,
    B,
    C,
    D,
}

pub struct Server {
    pub client: Client,
    pub config: Config,
    // Its threads keep the server's tasks going.
    _runtime: Runtime,
}

/// The one server, with access tokens in cookies too, and with cookies as a release names them.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (client, config) = runtime.block_on(start());
        Server {
            client,
            config,
            _runtime: runtime,
        }
    })
}

async fn start() -> (Client, Config) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let key = |secret: &str| rocket::figment::util::map!["kid" => KID.to_owned(), "secret" => secret.to_owned()];
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("auth.store", format!("sqlite://{}/fuzz.db", folder.path().display())))
        .merge(("ip_header", "X-Forwarded-For"))
        .merge(("auth.trusted_proxies", vec!["127.0.0.0/8"]))
        .merge(("auth.cookie.secure", true))
        .merge(("auth.token_sources", vec!["header", "cookie"]))
        .merge(("auth.tokens.access_keys", vec![key(ACCESS_SECRET)]))
        .merge(("auth.tokens.refresh_keys", vec![key(REFRESH_SECRET)]));
    let config = Config::read(&figment, &Environment::default()).expect("a good configuration");
    let auth = Auth::builder::<FuzzRole>()
        .clock(Arc::new(ManualClock::at(Timestamp::from_secs(NOW))))
        .build(config.clone())
        .await
        .expect("a good configuration");
    let rocket = rocket::custom(figment).attach(auth.into_fairing());
    let client = Client::untracked(rocket).await.expect("a server");
    // The folder goes: what is open stays open, and no target reads the database.
    (client, config)
}
