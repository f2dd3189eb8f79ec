//! What users do with their accounts by themselves: signing up, a new password, another e-mail, a
//! link to sign in, deletion.

mod ask;
mod change_email;
mod delete_account;
mod invite;
mod login_link;
mod reauthenticate;
mod reset;
mod sign_up;

use std::time::Duration;

use super::Auth;

pub use self::reauthenticate::FreshAccess;

/// The account flows. [`Auth::account_flows`] makes it.
///
/// The endpoints use it, and an application's own pages can. `auth.flows` turns the endpoints on.
/// Of the methods only [`AccountFlows::complete_sign_up`] reads it.
///
/// Verbs that send a mail answer before anything of the address is known: an unknown, a known and a
/// disabled one are alike.
#[derive(Clone, Copy)]
pub struct AccountFlows<'a> {
    auth: &'a Auth,
}

impl Auth {
    /// The account flows, which users go through by themselves.
    pub fn account_flows(&self) -> AccountFlows<'_> {
        AccountFlows { auth: self }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A flow whose messages have a link.
struct Flow {
    /// The purpose of its tickets.
    purpose: &'static str,
    /// How long they are good.
    lifetime: Duration,
    /// The page of the link, below `auth.public_url`.
    page: &'static str,
}

const SIGN_UP: Flow = Flow {
    purpose: "sign_up",
    lifetime: DAY,
    page: "/sign-up",
};

const INVITATION: Flow = Flow {
    purpose: "invitation",
    lifetime: Duration::from_secs(7 * DAY.as_secs()),
    page: "/sign-up",
};

const RESET: Flow = Flow {
    purpose: "reset",
    lifetime: HOUR,
    page: "/reset-password",
};

const CHANGE_EMAIL: Flow = Flow {
    purpose: "change_email",
    lifetime: DAY,
    page: "/confirm-email",
};

const LOGIN_LINK: Flow = Flow {
    purpose: "login_link",
    lifetime: Duration::from_secs(15 * MINUTE.as_secs()),
    page: "/sign-in-link",
};
