//! An application with users of its own, here in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::mail::MessageKind;
use auth_core::{Account, AccountError, Accounts, SecretString, UserId};
use rocket_app::role::AppRole;
use serde_json::{Value, json};
use tests::own_users::OwnUsers;

use crate::support::{Answer, Mailbox, Server, Session, manual_clock, parts};

const EMAIL: &str = "olga@example.org";
const PASSWORD: &str = "olga's own password";

/// Users who can be out of reach.
struct Users {
    users: OwnUsers,
    asked_for: Mutex<Vec<String>>,
    away: AtomicBool,
}

impl Users {
    /// Olga, number 42, an editor.
    fn with_olga() -> Arc<Users> {
        let hash = bcrypt::hash(PASSWORD, 4).expect("cost 4 is bcrypt's lowest");
        let olga = Account::new(UserId::new("42").expect("an id"), EMAIL, SecretString::new(hash));
        Arc::new(Users {
            users: OwnUsers::new([olga.with_roles([AppRole::Editor])]),
            asked_for: Mutex::default(),
            away: AtomicBool::default(),
        })
    }

    fn change(&self, change: impl FnOnce(&mut Account)) {
        self.users.edit(|accounts| change(&mut accounts[0]));
    }

    fn reachable(&self) -> Result<&OwnUsers, AccountError> {
        if self.away.load(Ordering::SeqCst) {
            Err(AccountError::Unavailable("gone fishing".into()))
        } else {
            Ok(&self.users)
        }
    }
}

#[async_trait]
impl Accounts for Users {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let users = self.reachable()?;
        self.asked_for.lock().expect("no panic").push(email.to_owned());
        users.find_by_email(email).await
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        self.reachable()?.find(id).await
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        self.reachable()?.replace_password_hash(id, current, new).await
    }
}

/// Users whose application takes `olga+anything@example.org` for Olga.
struct Tolerant(Arc<Users>);

#[async_trait]
impl Accounts for Tolerant {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        let (name, domain) = email.split_once('@').unwrap_or((email, ""));
        let name = name.split('+').next().unwrap_or(name);
        self.0.find_by_email(&format!("{name}@{domain}")).await
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        self.0.find(id).await
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        self.0.replace_password_hash(id, current, new).await
    }
}

fn credentials() -> Value {
    json!({ "email": EMAIL, "password": PASSWORD, "delivery": "body" })
}

async fn login(server: &Server, body: &Value) -> Answer {
    server.post("/api/auth/login").json(body).await
}

#[tokio::test]
async fn users_of_the_application_sign_in_and_are_guarded() {
    let users = Users::with_olga();
    let server = Server::options().accounts(users.clone()).start().await;
    let session = Session::of(
        &login(
            &server,
            &json!({ "email": " Olga@Example.ORG ", "password": PASSWORD, "delivery": "body" }),
        )
        .await,
    );
    assert_eq!(
        *users.asked_for.lock().expect("no panic"),
        [EMAIL],
        "trimmed and in lower case"
    );
    let me = server.me(&session.access).await.ok().json();
    assert_eq!(
        (&me["id"], &me["email"], &me["roles"]),
        (&json!("42"), &json!(EMAIL), &json!(["editor"]))
    );
    server.get("/api/editor").bearer(&session.access).await.ok();
    server
        .get("/api/admin")
        .bearer(&session.access)
        .await
        .refused(403, "insufficient_role");
    login(&server, &json!({ "email": EMAIL, "password": "wrong" }))
        .await
        .refused(401, "invalid_credentials");
    login(&server, &json!({ "email": "nobody@example.org", "password": "wrong" }))
        .await
        .refused(401, "invalid_credentials");
}

#[tokio::test]
async fn roles_are_fresh_at_each_refresh() {
    let users = Users::with_olga();
    let server = Server::options().accounts(users.clone()).start().await;
    let before = Session::of(&login(&server, &credentials()).await);
    users.change(|olga| olga.roles = vec!["admin".to_owned()]);
    let after = Session::of(&server.refresh(&before.refresh).await);
    assert_eq!(parts(&after.access).1["roles"], json!(["admin"]));
    server.get("/api/admin").bearer(&after.access).await.ok();
}

#[tokio::test]
async fn a_disabled_user_does_not_sign_in_and_their_session_ends_at_the_next_refresh() {
    let users = Users::with_olga();
    let server = Server::options().accounts(users.clone()).start().await;
    let session = Session::of(&login(&server, &credentials()).await);
    users.change(|olga| olga.disabled = true);
    login(&server, &credentials()).await.refused(401, "invalid_credentials");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    server.me(&session.access).await.refused(401, "session_revoked");
    // Enabled again, the user may sign in; what ended stays ended.
    users.change(|olga| olga.disabled = false);
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    Session::of(&login(&server, &credentials()).await);
}

#[tokio::test]
async fn a_user_who_is_gone_has_no_session() {
    let users = Users::with_olga();
    let server = Server::options().accounts(users.clone()).start().await;
    let session = Session::of(&login(&server, &credentials()).await);
    users.users.edit(Vec::clear);
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    server.me(&session.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn while_the_accounts_are_away_the_answer_is_503_and_the_client_goes_on_afterwards() {
    let clock = manual_clock();
    let users = Users::with_olga();
    let server = Server::options().clock(&clock).accounts(users.clone()).start().await;
    let session = Session::of(&login(&server, &credentials()).await);
    users.away.store(true, Ordering::SeqCst);
    login(&server, &credentials()).await.refused(503, "unavailable");
    server.refresh(&session.refresh).await.refused(503, "unavailable");
    users.away.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(3600));
    // No answer came, so the token that the client still has is good, an hour later too.
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn a_password_is_changed_in_the_applications_own_users() {
    let users = Users::with_olga();
    let server = Server::options().accounts(users.clone()).start().await;
    let (here, elsewhere) = (
        Session::of(&login(&server, &credentials()).await),
        Session::of(&login(&server, &credentials()).await),
    );
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "olga's next password" });
    let changed = server.post("/api/auth/password").bearer(&here.access).json(&body).await;
    let renewed = Session::of(&changed);
    login(&server, &credentials()).await.refused(401, "invalid_credentials");
    login(&server, &json!({ "email": EMAIL, "password": "olga's next password" }))
        .await
        .ok();
    for old in [&elsewhere, &here] {
        server.me(&old.access).await.refused(401, "session_revoked");
    }
    server.refresh(&here.refresh).await.refused(401, "invalid_token");
    server.me(&renewed.access).await.ok();
    Session::of(&server.refresh(&renewed.refresh).await);
}

#[tokio::test]
async fn logging_out_and_listing_work_as_with_the_built_in_accounts() {
    let server = Server::options().accounts(Users::with_olga()).start().await;
    let (one, other) = (
        Session::of(&login(&server, &credentials()).await),
        Session::of(&login(&server, &credentials()).await),
    );
    let listed = server.get("/api/auth/sessions").bearer(&one.access).await.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    server.post("/api/auth/logout").bearer(&one.access).await.no_content();
    server.me(&one.access).await.refused(401, "session_revoked");
    server
        .post("/api/auth/logout-all")
        .bearer(&other.access)
        .await
        .no_content();
    server.refresh(&other.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn the_limit_on_failures_is_the_users_under_every_spelling_of_the_e_mail() {
    let users = Arc::new(Tolerant(Users::with_olga()));
    let options = Server::options().accounts(users).set("throttle.account_per_minute", 3);
    let server = options.set("throttle.source_per_minute", 0).start().await;
    let attempt = |email: String, password: &'static str| {
        let body = json!({ "email": email, "password": password, "delivery": "body" });
        let server = &server;
        async move { login(server, &body).await }
    };
    for n in 0..3 {
        let answer = attempt(format!("olga+{n}@example.org"), "a wrong password").await;
        answer.refused(401, "invalid_credentials");
    }
    for email in ["olga+9@example.org", EMAIL] {
        attempt(email.to_owned(), PASSWORD)
            .await
            .refused(429, "too_many_attempts");
    }
    let other = attempt("nobody+9@example.org".to_owned(), "a wrong password").await;
    other.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_link_sets_a_new_password_of_an_application_s_own_user_once() {
    let (users, mailbox) = (Users::with_olga(), Mailbox::default());
    let options = Server::options().accounts(users.clone()).courier(mailbox.clone());
    let options = options
        .set("public_url", "https://app.example.com")
        .set("flows.reset", true);
    let server = options.start().await;
    let before = server
        .post("/api/auth/login")
        .json(&json!({ "email": EMAIL, "password": PASSWORD, "delivery": "body" }))
        .await;
    let refresh = before.ok().field("refreshToken");
    server
        .post("/api/auth/password/forgot")
        .json(&json!({ "email": EMAIL }))
        .await;
    let ticket = mailbox.take(MessageKind::PasswordReset, EMAIL).await.ticket();
    let body = json!({ "ticket": ticket, "newPassword": "olga hums violet ferries" });
    server.post("/api/auth/password/reset").json(&body).await.no_content();
    server
        .post("/api/auth/password/reset")
        .json(&body)
        .await
        .refused(401, "invalid_ticket");
    server
        .post("/api/auth/refresh")
        .json(&json!({ "refreshToken": refresh }))
        .await
        .refused(401, "session_revoked");
    let login = |password: &str| json!({ "email": EMAIL, "password": password });
    server
        .post("/api/auth/login")
        .json(&login(PASSWORD))
        .await
        .refused(401, "invalid_credentials");
    server
        .post("/api/auth/login")
        .json(&login("olga hums violet ferries"))
        .await
        .ok();
}

#[tokio::test]
async fn flows_that_change_accounts_need_an_account_store() {
    for flow in ["flows.change_email", "flows.delete_account"] {
        let options = Server::options().accounts(Users::with_olga()).set(flow, true);
        let options = options.set("public_url", "https://app.example.com");
        let failed = options.try_start().await.err().expect("it is refused");
        assert!(
            failed.why.contains(flow) && failed.why.contains("`.account_store(…)`"),
            "{}",
            failed.why
        );
    }
}
