//! The page for people without JavaScript: guarded by the access cookie.

use askama::Template;
use auth_core::store::Session;
use auth_core::{Auth, AuthError, Role, User, authenticated};
use rocket::{State, get};

use crate::page::Page;
use crate::role::AppRole;

/// What the page shows.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct Dashboard {
    email: String,
    roles: Vec<&'static str>,
    sessions: Vec<SessionRow>,
    may_edit: bool,
    may_administer: bool,
}

struct SessionRow {
    last_used: String,
    ip: String,
    user_agent: String,
    current: bool,
}

/// Who am I, and where am I signed in?
#[authenticated]
#[get("/dashboard")]
pub async fn dashboard(auth: &State<Auth>, user: &User<AppRole>) -> Result<Page<Dashboard>, AuthError> {
    let account = auth.account(user.id()).await?;
    let sessions = auth.sessions(user.id()).await?;
    Ok(Page(Dashboard {
        email: account.email,
        roles: user.roles().map(Role::name).collect(),
        sessions: sessions.into_iter().map(|session| row(session, user)).collect(),
        may_edit: user.has(AppRole::Editor),
        may_administer: user.has(AppRole::Admin),
    }))
}

fn row(session: Session, user: &User<AppRole>) -> SessionRow {
    SessionRow {
        last_used: session.head_at.to_string(),
        current: session.id == user.session_id(),
        ip: session.ip.unwrap_or_default(),
        user_agent: session.user_agent.unwrap_or_default(),
    }
}
