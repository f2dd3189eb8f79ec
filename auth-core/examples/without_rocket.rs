//! Accounts, sessions and tokens without Rocket, as a worker or a service on another framework uses
//! them.
//!
//! `cargo run -p auth-core --example without_rocket --no-default-features --features sqlite`

use std::error::Error;

use auth_core::config::KeyConfig;
use auth_core::keys::generate_secret;
use auth_core::session::ClientInfo;
use auth_core::verifier::VerifierOptions;
use auth_core::{Auth, Config, Role, SecretString, Verifier};

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    Editor,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let access_key = KeyConfig::from_secret(generate_secret()?);
    let mut config = Config::default();
    config.store = Some(SecretString::new(format!(
        "sqlite://{}",
        folder.path().join("auth.db").display()
    )));
    config.tokens.access_keys = vec![access_key.clone()];
    config.tokens.refresh_keys = vec![KeyConfig::from_secret(generate_secret()?)];
    let verifier = Verifier::new(&[access_key], VerifierOptions::new::<AppRole>("auth-core", "auth-core"))?;
    let auth = Auth::builder::<AppRole>().build(config).await?;

    let password = SecretString::new("purple monkey dishwasher");
    let ann = auth
        .accounts()
        .create("ann@example.com", password, [AppRole::Admin])
        .await?;
    let pair = auth.login_as(&ann, &ClientInfo::default(), None).await?;
    let identity = auth.verify_access(pair.access.expose())?;
    assert_eq!(identity.user(), &ann);

    // Another service knows the key and nothing else.
    let claims = verifier.verify(pair.access.expose())?;
    assert!(verifier.effective_roles(&claims).contains(AppRole::Editor));

    let client = ClientInfo::default();
    let next = auth.refresh(pair.refresh.expose(), &client).await?;
    auth.logout_all(&ann, &client).await?;
    assert!(
        auth.verify_access(next.access.expose()).is_err(),
        "the session has ended"
    );
    println!("signed in, refreshed and signed out, without Rocket");
    auth.close().await;
    Ok(())
}
