use std::fmt;
use std::time::Duration;

use crate::secret::SecretString;

/// The kinds of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// A link to choose a password and begin. It goes to an address without an account.
    SignUp,
    /// Says that the address has an account already. No link.
    AccountExists,
    /// A link to accept an invitation.
    Invitation,
    /// A link to set a new password.
    PasswordReset,
    /// A link to confirm a new address. It goes to that address.
    EmailChange,
    /// Reports a request to change the address. No link. It goes to the present address.
    EmailChangeNotice,
    /// A link to sign in.
    LoginLink,
    /// Reports that an authenticator app was added. No link, as in those below.
    FactorAdded,
    /// Reports that the authenticator app and the recovery codes were removed in a session.
    FactorRemoved,
    /// Reports that there are other recovery codes.
    RecoveryCodesReplaced,
    /// Reports that a recovery code was used; [`Message::recovery_codes_left`] says how many are
    /// left.
    RecoveryCodeUsed,
    /// Reports that an operator removed the second factor.
    FactorReset,
}

impl MessageKind {
    /// The name of this kind in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageKind::SignUp => "sign_up",
            MessageKind::AccountExists => "account_exists",
            MessageKind::Invitation => "invitation",
            MessageKind::PasswordReset => "reset",
            MessageKind::EmailChange => "change_email",
            MessageKind::EmailChangeNotice => "change_email_notice",
            MessageKind::LoginLink => "login_link",
            MessageKind::FactorAdded => "factor_added",
            MessageKind::FactorRemoved => "factor_removed",
            MessageKind::RecoveryCodesReplaced => "recovery_codes_replaced",
            MessageKind::RecoveryCodeUsed => "recovery_code_used",
            MessageKind::FactorReset => "factor_reset",
        }
    }
}

/// A message to deliver. Its `Debug` shows neither the link nor the address.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The address that it goes to.
    pub to: &'a str,
    /// The link, of a message that has one. Who has it can do what the message is about: never log
    /// it.
    pub link: Option<&'a str>,
    /// How long the link is good.
    pub expires_in: Option<Duration>,
    /// How many recovery codes are left, in [`MessageKind::RecoveryCodeUsed`].
    pub recovery_codes_left: Option<u32>,
    /// The client's first language, such as `de-CH`, if the client named one.
    pub language: Option<&'a str>,
    /// The host of `auth.public_url`, or `auth.issuer` where there is none.
    pub site: &'a str,
}

impl Message<'_> {
    /// The ticket alone, of a message with a link: for a person to type where a page cannot read it
    /// from its address.
    pub fn ticket(&self) -> Option<&str> {
        self.link
            .and_then(|link| link.split_once("#ticket="))
            .map(|(_, ticket)| ticket)
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A message that waits for its delivery.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) kind: MessageKind,
    pub(crate) to: SecretString,
    pub(crate) link: Option<SecretString>,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) recovery_codes_left: Option<u32>,
    pub(crate) language: Option<String>,
    pub(crate) site: String,
}

impl Letter {
    pub(crate) fn message(&self) -> Message<'_> {
        Message {
            kind: self.kind,
            to: self.to.expose(),
            link: self.link.as_ref().map(SecretString::expose),
            expires_in: self.expires_in,
            recovery_codes_left: self.recovery_codes_left,
            language: self.language.as_deref(),
            site: &self.site,
        }
    }
}
