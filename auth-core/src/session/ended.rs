use std::time::Duration;

use super::{Auth, Identity};
use crate::clock::Timestamp;

/// How long to wait before the next look at the session where the store does not answer.
const AGAIN: Duration = Duration::from_secs(5);

impl Auth {
    /// Resolves when the session of `identity` has ended: for what outlives a request, such as a
    /// WebSocket or a stream.
    ///
    /// The session ends when it is signed out or revoked, on any server of the store; when all of
    /// the user's sessions end, as by a new password or by disabling the account; and when it is
    /// idle for too long or reaches its absolute end. A new password also ends what the session
    /// that changed it had open, as it ends that session's older tokens. The end of the access
    /// token ends nothing, and neither does a change of roles.
    ///
    /// ```
    /// use auth_core::{Auth, Role, User, authenticated};
    /// use rocket::response::stream::TextStream;
    /// use rocket::tokio::{pin, select};
    /// use rocket::{State, get};
    /// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Viewer }
    /// # async fn next_news() -> String { String::new() }
    ///
    /// #[authenticated]
    /// #[get("/news")]
    /// fn news(user: &User<AppRole>, auth: &State<Auth>) -> TextStream![String + 'static] {
    ///     let ended = auth.until_ended(user.identity());
    ///     TextStream! {
    ///         pin!(ended);
    ///         loop {
    ///             let news = select! {
    ///                 () = &mut ended => break,
    ///                 news = next_news() => news,
    ///             };
    ///             yield news;
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// On the server that ends the session it resolves at once, and on the others when they learn
    /// of it: with the next poll (`auth.revocation.poll_interval`, 1 second by default), and on
    /// PostgreSQL and Redis within milliseconds. Once per `auth.tokens.access_ttl`, and at the ends
    /// of the session, it reads the session's row. It needs the fairing, or another caller of
    /// [`Auth::follow_revocations`], and resolves only after a new poll if the store is down.
    pub fn until_ended(&self, identity: &Identity) -> impl Future<Output = ()> + Send + use<> {
        let (auth, identity) = (self.clone(), identity.clone());
        async move {
            // Before the first look, so that no end falls between them.
            let mut ends = auth.0.revocations.follow();
            let mut look_at = identity.expires_at();
            loop {
                if auth.is_noted_as_ended(&identity) {
                    return;
                }
                let left = look_at.since(auth.now());
                tokio::select! {
                    _ = ends.changed() => {}
                    () = tokio::time::sleep(left.max(Duration::from_millis(1))) => {
                        match auth.next_look(&identity).await {
                            Some(next) => look_at = next,
                            None => return,
                        }
                    }
                }
            }
        }
    }

    /// Whether this node knows that the session has ended.
    fn is_noted_as_ended(&self, identity: &Identity) -> bool {
        let counters = self.0.revocations.counters(identity.user());
        self.0.revocations.is_revoked(identity.session())
            || counters.is_some_and(|counters| identity.epoch() < counters.epoch)
    }

    /// Reads the session: when to read it again, or `None` where it has ended.
    async fn next_look(&self, identity: &Identity) -> Option<Timestamp> {
        let now = self.now();
        let read = async {
            let epoch = self.0.store.counters(identity.user()).await?.epoch;
            Ok::<_, crate::store::StoreError>((epoch, self.0.store.find(identity.session()).await?))
        };
        let Ok((epoch, session)) = read.await else {
            return Some(now.plus(AGAIN));
        };
        let session = session.filter(|session| session.revoked_at.is_none() && identity.epoch() >= epoch)?;
        let end = session.expires_at.min(session.idle_until);
        (now < end).then(|| end.min(now.plus(self.0.config.tokens.access_ttl)))
    }
}
