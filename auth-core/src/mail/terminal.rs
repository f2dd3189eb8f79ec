//! Messages on the terminal, for development.

use std::io::{Write, stdout};

use async_trait::async_trait;

use super::courier::{Courier, CourierError};
use super::letter::Message;

/// Prints each message on one line of standard output: the address, the subject and the link. The
/// debug profile has it where there is no other courier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal;

#[async_trait]
impl Courier for Terminal {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        let link = message.link.map(|link| format!(": {link}")).unwrap_or_default();
        let mut out = stdout().lock();
        writeln!(out, "Mail to {}: {}{link}", message.to, message.subject())
            .and_then(|()| out.flush())
            .map_err(CourierError::new)
    }
}
