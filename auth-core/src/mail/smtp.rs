//! Messages by SMTP.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::courier::{Courier, CourierError};
use super::letter::Message;
use crate::secret::SecretString;

/// How long the server may take for each step.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the default texts through a mail server, as `auth.smtp` says.
pub struct SmtpCourier {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpCourier {
    /// Of a URL such as `smtps://user:password@mail.example.com`, or
    /// `smtp://mail.example.com?tls=required` for STARTTLS. `from` is the sender: `App
    /// <no-reply@example.com>`, or the address alone.
    ///
    /// # Errors
    ///
    /// What is wrong, without the URL.
    pub fn new(url: &SecretString, from: &str) -> Result<SmtpCourier, CourierError> {
        let from = from
            .parse()
            .map_err(|_| CourierError::new("the sender is no address"))?;
        // The error may quote the URL.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| CourierError::new("the URL cannot be used"))?;
        Ok(SmtpCourier {
            transport: transport.timeout(Some(TIMEOUT)).build(),
            from,
        })
    }
}

#[async_trait]
impl Courier for SmtpCourier {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        let to: Address = message
            .to
            .parse()
            .map_err(|_| CourierError::new("the address is none that SMTP knows"))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject())
            .header(ContentType::TEXT_PLAIN)
            .body(message.text())
            .map_err(CourierError::new)?;
        let sent = self.transport.send(mail).await;
        // What a server says may quote the address.
        sent.map(drop).map_err(|error| {
            CourierError::new(match error.status() {
                Some(code) => format!("the mail server answered {code}"),
                None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
                None if error.is_tls() => "the mail server's TLS cannot be used".to_owned(),
                None => "the mail server cannot be reached".to_owned(),
            })
        })
    }
}

impl std::fmt::Debug for SmtpCourier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpCourier").finish_non_exhaustive()
    }
}
