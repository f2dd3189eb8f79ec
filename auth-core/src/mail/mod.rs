//! Mails of the account flows: what they say, and who delivers them.
//!
//! An application writes words of its own with a [`Courier`]. Without one, the feature `smtp` sends
//! plain English texts through `auth.smtp.url`, and the debug profile prints each message to the
//! terminal.

mod choose;
mod courier;
mod letter;
mod outbox;
#[cfg(feature = "smtp")]
mod smtp;
mod terminal;
mod texts;

pub(crate) use self::choose::choose;
pub use self::courier::{Courier, CourierError};
pub(crate) use self::letter::Letter;
pub use self::letter::{Message, MessageKind};
pub(crate) use self::outbox::{Outbox, Slot};
#[cfg(feature = "smtp")]
pub use self::smtp::SmtpCourier;
