//! A `redis://` URL in `auth.store`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::__internal::Environment;
use auth_core::session::{ClientInfo, Credentials, LogoutCredentials, SessionError};
use auth_core::{Account, Auth, BuildError, Config, SecretString, UserId};
use rocket_app::role::AppRole;
use tests::own_users::OwnUsers;
use tests::redis::Server;

const PASSWORD: &str = "olga's own password";

/// Nodes that are to share sessions share their secrets.
struct Nodes {
    url: String,
    environment: Environment,
    users: Arc<OwnUsers>,
}

impl Nodes {
    fn new() -> Nodes {
        let secret = || Some(SecretString::new(format!("{}{}", UserId::random(), UserId::random())));
        let hash = bcrypt::hash(PASSWORD, 4).expect("cost 4 is bcrypt's lowest");
        Nodes {
            url: Server::shared().fresh_database(),
            environment: Environment {
                access_secret: secret(),
                refresh_secret: secret(),
                ..Environment::default()
            },
            users: Arc::new(OwnUsers::new([Account::new(
                UserId::random(),
                "olga@example.org",
                hash,
            )])),
        }
    }

    fn node(&self) -> Config {
        let figment = rocket::Config::figment()
            .merge(("auth.store", &self.url))
            // So rarely that a change came by a notification and not by a poll.
            .merge(("auth.revocation.poll_interval", "60s"));
        let mut config = Config::read(&figment, &self.environment).expect("a configuration");
        // Only the configuration's reader minds a low cost.
        config.passwords.bcrypt_cost = 4;
        config
    }

    async fn build(&self) -> Result<Auth, BuildError> {
        let builder = Auth::builder::<AppRole>().accounts(self.users.clone());
        builder.build(self.node()).await
    }

    async fn start(&self) -> Auth {
        let auth = self.build().await.expect("everything is there");
        auth.follow_revocations();
        auth
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_needs_accounts_of_the_application() {
    let built = Auth::builder::<AppRole>().build(Nodes::new().node()).await;
    let refused = built.map(drop).expect_err("there are no accounts");
    assert!(matches!(refused, BuildError::RedisNeedsAccounts), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("auth.store") && text.contains(".accounts("), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_url_is_named_by_its_setting_and_not_told() {
    let mut nodes = Nodes::new();
    for url in ["rediss://:hunter2@localhost", "redis://:hunter2@localhost/x"] {
        nodes.url = url.to_owned();
        let refused = nodes.build().await;
        let text = refused.map(drop).expect_err("it is wrong").to_string();
        assert!(
            text.starts_with("`auth.store`: ") && !text.contains("hunter2"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_sessions_and_hear_of_a_logout_at_once() {
    let nodes = Nodes::new();
    let (here, there) = (nodes.start().await, nodes.start().await);
    let client = ClientInfo::default();
    let mut waited = Vec::new();
    for _ in 0..20 {
        let credentials = Credentials::new("olga@example.org", SecretString::new(PASSWORD));
        let first = here
            .login_with_password(credentials, &client, None)
            .await
            .expect("she is known");
        let second = there
            .refresh(first.refresh.expose(), &client)
            .await
            .expect("it is good");
        there.verify_access(second.access.expose()).expect("it is good");
        let mut sign_out = LogoutCredentials::default();
        sign_out.refresh.push(second.refresh.expose());
        here.logout(&sign_out, &client).await.expect("the store answers");
        let signed_out = Instant::now();
        while there.verify_access(second.access.expose()).is_ok() {
            assert!(
                signed_out.elapsed() < Duration::from_secs(5),
                "the other node hears of it"
            );
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        waited.push(signed_out.elapsed());
        let refused = there.refresh(second.refresh.expose(), &client).await;
        assert!(matches!(refused, Err(SessionError::SessionRevoked)), "{refused:?}");
    }
    waited.sort();
    println!(
        "heard of within {:?} at the median, {:?} at the most",
        waited[10], waited[19]
    );
}
