//! Forged tokens, one step away from one that is accepted, and the one answer that they all get.

use std::sync::Arc;

use auth_core::__internal::ManualClock;

use super::{ANN, Answer, Server, Session, manual_clock};

/// Access and refresh tokens.
pub const BOTH: [Kind; 2] = [Kind::Access, Kind::Refresh];

/// A server whose clock stands still, and a session of ann's on it.
pub struct Bench {
    pub server: Server,
    pub clock: Arc<ManualClock>,
    pub session: Session,
}

/// Which of the two tokens is forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Access,
    Refresh,
}

impl Bench {
    pub async fn new() -> Bench {
        let clock = manual_clock();
        let server = Server::options().clock(&clock).start().await;
        let session = server.sign_in(ANN).await;
        Bench { server, clock, session }
    }

    pub fn token(&self, kind: Kind) -> &str {
        match kind {
            Kind::Access => &self.session.access,
            Kind::Refresh => &self.session.refresh,
        }
    }

    pub fn secret(&self, kind: Kind) -> &str {
        match kind {
            Kind::Access => self.server.access_secret(),
            Kind::Refresh => self.server.refresh_secret(),
        }
    }

    pub async fn present(&self, kind: Kind, token: &str) -> Answer {
        match kind {
            Kind::Access => self.server.me(token).await,
            Kind::Refresh => self.server.refresh(token).await,
        }
    }

    /// Every one of the tokens gets the one answer, and none changes anything.
    pub async fn refuses(&self, kind: Kind, forgeries: Vec<(String, String)>) {
        assert!(!forgeries.is_empty());
        let mut texts = Vec::new();
        for (what, token) in forgeries {
            let answer = self.present(kind, &token).await;
            assert_eq!(answer.status, 401, "{kind:?}, {what}: {answer:?}");
            assert!(answer.text.contains("invalid_token"), "{kind:?}, {what}: {answer:?}");
            answer.refused(401, "invalid_token");
            texts.push(answer.text);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "all alike: {texts:?}");
        self.server.me(&self.session.access).await.ok();
        let sessions = self
            .server
            .get("/api/auth/sessions")
            .bearer(&self.session.access)
            .await
            .json();
        assert_eq!(
            sessions[0]["lastUsedAt"], sessions[0]["createdAt"],
            "nothing was consumed"
        );
    }
}
