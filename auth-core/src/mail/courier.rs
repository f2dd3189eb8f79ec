use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;

use super::letter::Message;

/// Delivers the messages of the account flows. Given to
/// [`AuthBuilder::courier`](crate::AuthBuilder::courier).
///
/// It is called after the request was answered. An error is tried again three times, after 1, 3 and
/// 9 seconds; then the event `mail_failed` says so. A call that takes longer than 30 seconds is
/// given up and counts as failed.
///
/// ```
/// use async_trait::async_trait;
/// use auth_core::mail::{Courier, CourierError, Message, MessageKind};
///
/// struct Queue;
///
/// #[async_trait]
/// impl Courier for Queue {
///     async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
///         let subject = match message.kind {
///             MessageKind::PasswordReset => "Dein neues Passwort".to_owned(),
///             _ => message.subject(),
///         };
///         send(message.to, &subject, &message.text()).await.map_err(CourierError::new)
///     }
/// }
/// # async fn send(_: &str, _: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// ```
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Delivers the message.
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError>;
}

#[async_trait]
impl<C: Courier + ?Sized> Courier for Arc<C> {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        C::deliver(self, message).await
    }
}

/// Why a message was not delivered. The text goes to the log: it must hold neither the link nor the
/// address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CourierError(#[source] Box<dyn Error + Send + Sync>);

impl CourierError {
    /// For an error of what delivers, or a text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> CourierError {
        CourierError(cause.into())
    }
}
