//! Signing in with another service: OpenID Connect with PKCE, state and nonce, and then a session
//! of this application.
//!
//! `login` leads the browser there and back; `attempt` is what the browser keeps meanwhile;
//! `provider` speaks with the service, by `http`, and believes what `id_token` has checked; `users`
//! are who came back.

mod attempt;
mod http;
mod id_token;
mod login;
mod provider;
mod settings;
mod users;

use auth_core::{Auth, Role, User, authenticated, guarded_routes, require_role};
use rocket::figment::Figment;
use rocket::{Build, Rocket, get};

pub use provider::Provider;
pub use settings::{Settings, SettingsError};
pub use users::Users;

/// What people are here.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// May change what other users wrote. The operator decides who gets this role.
    #[role(includes(Guest))]
    Editor,
    /// May read. Every user who signs in gets this role.
    Guest,
}

#[authenticated]
#[get("/")]
fn home(user: &User<Member>) -> String {
    format!("signed in as {}", user.id())
}

#[require_role(Member::Editor)]
#[get("/drafts")]
fn drafts() -> &'static str {
    "drafts"
}

/// The application, as `figment` has it: Rocket's own settings, `auth` of the library and `login`
/// of [`Settings`].
///
/// # Errors
///
/// A setting that is missing or will not do, or users that cannot be opened.
pub fn app(figment: Figment) -> Result<Rocket<Build>, Box<dyn std::error::Error + Send + Sync>> {
    let settings: Settings = figment.extract_inner("login")?;
    let users = Users::open(&settings.users)?;
    Ok(rocket::custom(figment)
        .manage(Provider::new(settings)?)
        .manage(users.clone())
        .attach(Auth::builder::<Member>().accounts(users).fairing())
        .mount("/", guarded_routes![home, drafts, login::start, login::callback]))
}
