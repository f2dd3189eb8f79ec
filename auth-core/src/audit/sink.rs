use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::{Level, error, field, info, warn};

use super::event::{Event, EventKind};
use super::pseudonym::{AccountPseudonym, PseudonymKey};
use crate::metrics;
use crate::secret::{NoEntropy, SecretString};
use crate::store::RotationOutcome;

/// Sends events to the log and to the application's sinks.
#[derive(Clone)]
pub struct Audit {
    sinks: Vec<Arc<dyn AuditSink>>,
    pseudonyms: PseudonymKey,
}

impl Audit {
    /// With these sinks. Account pseudonyms are made with `key`; without one, with a random key
    /// that dies with this process.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when there are no random numbers.
    pub fn new(key: Option<&SecretString>, sinks: Vec<Arc<dyn AuditSink>>) -> Result<Audit, NoEntropy> {
        let pseudonyms = PseudonymKey::new(key)?;
        Ok(Audit { sinks, pseudonyms })
    }

    /// The application's own.
    #[cfg(feature = "testing")]
    pub(crate) fn sinks(&self) -> &[Arc<dyn AuditSink>] {
        &self.sinks
    }

    /// The pseudonym that stands for the account of `email` (normalised, as it is looked up).
    pub(crate) fn pseudonym(&self, email: &str) -> AccountPseudonym {
        self.pseudonyms.pseudonym(email)
    }

    /// Writes the event, counts it where it is one that is counted, and hands it to the sinks.
    pub(crate) fn emit(&self, event: &Event) {
        write(event);
        if let (EventKind::SessionRevoked, Some(why)) = (event.kind, event.why) {
            metrics::count(metrics::SESSIONS_ENDED, Some(why.as_str()));
        }
        self.sinks.iter().for_each(|sink| deliver(&**sink, event));
    }
}

/// Writes one `tracing` event, without the fields that `event` does not have. Text is recorded as
/// text, and the subscriber that prints it escapes it. This library makes all other values, and
/// they are printable.
fn write(event: &Event) {
    macro_rules! write_as {
        ($level:ident) => {
            $level!(
                target: "auth_core::audit",
                event = event.kind.as_str(),
                user = event.user.as_ref().map(field::display),
                session = event.session.map(field::display),
                source = event.source.map(field::display),
                user_agent = event.user_agent.as_deref(),
                request = event.request.as_ref().map(field::display),
                account = event.account.map(field::display),
                outcome = event.outcome.map(RotationOutcome::as_str),
                why = event.why.map(|why| why.as_str()),
                code = event.code,
                route = event.route.as_deref(),
                purpose = event.purpose,
            )
        };
    }
    match event.kind.level() {
        Level::ERROR => write_as!(error),
        Level::WARN => write_as!(warn),
        _ => write_as!(info),
    }
}

/// A destination for security events besides the log: a queue, a table, a detector. Pass it to
/// [`AuthBuilder::audit`](crate::AuthBuilder::audit).
///
/// The sink gets every event at every log level, in the order of the request's own steps. An event
/// comes after the change that it reports is committed, and before the answer.
///
/// [`record`](AuditSink::record) is called on the threads that serve requests. It must not block
/// and not wait: put the event into a queue, and drop or count what does not fit.
///
/// ```
/// use std::sync::mpsc::sync_channel;
/// use auth_core::Auth;
/// use auth_core::audit::Event;
///
/// let (queue, events) = sync_channel(1024);
/// let sink = move |event: &Event| {
///     // A full queue loses an event rather than holding up a request.
///     let _full = queue.try_send(event.clone());
/// };
/// # #[derive(auth_core::Role, Clone, Copy)] enum AppRole { Admin }
/// let fairing = Auth::builder::<AppRole>().audit(sink).fairing();
/// # drop((fairing, events));
/// ```
///
/// A panic in it is caught and logged; the request goes on.
pub trait AuditSink: Send + Sync + 'static {
    /// Takes note of an event, at once.
    fn record(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> AuditSink for F {
    fn record(&self, event: &Event) {
        self(event);
    }
}

impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &Event) {
        (**self).record(event);
    }
}

/// Hands `event` to `sink`, whose panic is not ours.
pub(super) fn deliver(sink: &dyn AuditSink, event: &Event) {
    // What a sink leaves behind when it panics is seen by that sink alone.
    if catch_unwind(AssertUnwindSafe(|| sink.record(event))).is_err() {
        error!(event = event.kind.as_str(), "an audit sink panicked");
    }
}
