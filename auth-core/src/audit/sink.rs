use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::error;

use super::Event;

/// Where an application wants its security events besides the log: a queue, a table, a detector. Given to
/// [`AuthFairing::audit`](crate::AuthFairing::audit) or [`AuthBuilder::audit`](crate::AuthBuilder::audit).
///
/// Every event is handed over, whatever the level of the log, in the order in which the requests' own steps happen: before
/// the answer, and after what it tells of is committed.
///
/// [`record`](AuditSink::record) is called on the threads that serve requests. It must not block and not wait: put the event
/// into a queue, and drop or count what does not fit.
///
/// ```
/// use std::sync::mpsc::sync_channel;
/// use auth_core::audit::Event;
///
/// let (queue, events) = sync_channel(1024);
/// let sink = move |event: &Event| {
///     // A full queue loses an event rather than holding up a request.
///     let _full = queue.try_send(event.clone());
/// };
/// # #[derive(auth_core::Role, Clone, Copy)] enum AppRole { Admin }
/// let fairing = auth_core::fairing::<AppRole>().audit(sink);
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

/// Hands `event` to `sink`, whose panic is not ours.
pub(super) fn hand(sink: &dyn AuditSink, event: &Event) {
    // What a sink leaves behind when it panics is seen by that sink alone.
    if catch_unwind(AssertUnwindSafe(|| sink.record(event))).is_err() {
        error!(event = event.kind.as_str(), "an audit sink panicked");
    }
}
