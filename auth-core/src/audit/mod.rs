//! Security events: what happened, to whom, from where and in which request.
//!
//! Each event is one `tracing` event under the target `auth_core::audit` (without a subscriber it goes to Rocket's log), and is
//! given to every [`AuditSink`] of the application. `docs/events.md` lists them with their fields.
//!
//! No field ever holds a password, a token, a cookie, a secret or an e-mail: ids, roles and addresses are of our own making
//! or checked, and an account that somebody tried to sign in to is named by its [`AccountTag`].

mod escape;
mod event;
mod request_id;
mod sink;
mod tag;

use std::sync::Arc;

use tracing::{Level, error, field, info, warn};

pub use event::{Event, EventKind};
pub use request_id::RequestId;
pub use sink::AuditSink;
pub use tag::AccountTag;

pub(crate) use escape::Escaped;
pub(crate) use event::verdict_as_str;

use crate::metrics;
use crate::secret::{NoEntropy, SecretString};
use tag::TagKey;

/// Where events go: the log, and the application's sinks.
#[derive(Clone)]
pub struct Audit {
    sinks: Vec<Arc<dyn AuditSink>>,
    tags: TagKey,
}

impl Audit {
    /// With these sinks. Account tags are made with `key`; without one, with a random key that dies with this process.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when there are no random numbers.
    pub fn new(key: Option<&SecretString>, sinks: Vec<Arc<dyn AuditSink>>) -> Result<Audit, NoEntropy> {
        let tags = TagKey::new(key)?;
        Ok(Audit { sinks, tags })
    }

    /// The tag that stands for the account of `email` (normalised, as it is looked up).
    pub(crate) fn tag(&self, email: &str) -> AccountTag {
        self.tags.tag(email)
    }

    /// Writes the event, counts it where it is one that is counted, and hands it to the sinks.
    pub(crate) fn emit(&self, event: &Event) {
        write(event);
        if let (EventKind::SessionRevoked, Some(why)) = (event.kind, event.why) {
            metrics::count(metrics::SESSIONS_ENDED, Some(why.as_str()));
        }
        self.sinks.iter().for_each(|sink| sink::hand(&**sink, event));
    }
}

/// One `tracing` event. Fields that an event does not have are not there. Text is recorded as text, which whoever prints it
/// escapes; the rest is of our own making and printable.
fn write(event: &Event) {
    macro_rules! write_as {
        ($level:ident) => {
            $level!(
                target: "auth_core::audit",
                event = event.kind.as_str(),
                user = event.user.as_ref().map(field::display),
                session = event.session.map(field::display),
                source = event.source.map(field::display),
                request = event.request.as_ref().map(field::display),
                account = event.account.map(field::display),
                verdict = event.verdict.map(event::verdict_as_str),
                why = event.why.map(|why| why.as_str()),
                code = event.code,
                route = event.route.as_deref(),
            )
        };
    }
    match event.kind.level() {
        Level::ERROR => write_as!(error),
        Level::WARN => write_as!(warn),
        _ => write_as!(info),
    }
}
