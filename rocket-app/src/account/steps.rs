//! The steps of the account pages: each is one form.

use crate::notice::Notice;

/// A field of a form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// An e-mail address.
    Email,
    /// The link of a mail, or the ticket in it. The script takes it from the page's own address.
    Link,
    /// A new password.
    NewPassword,
    /// The password of the signed-in user.
    Password,
    /// The same, shown only if the sign-in is too long ago.
    PasswordAgain,
}

/// A form, and what comes after it.
pub struct Step {
    /// The last part of the form's path; the script does the same by a verb of `auth.js`.
    pub verb: &'static str,
    /// What the user does.
    pub title: &'static str,
    /// What the user must know first.
    pub text: &'static str,
    /// What the user fills in.
    pub fields: &'static [Field],
    /// What the button says.
    pub button: &'static str,
    /// Whether the button does something that cannot be taken back.
    pub is_final: bool,
    /// What the page says afterwards.
    pub done: Notice,
    /// Where it says so: on the front page, or on this one.
    pub leads_home: bool,
}

/// Asks for a link to sign up with.
pub const SIGN_UP: Step = Step {
    verb: "sign-up",
    title: "Ask for a link",
    text: "We send a link to your e-mail address. It is good for 24 hours.",
    fields: &[Field::Email],
    button: "Send me the link",
    is_final: false,
    done: Notice::MailSent,
    leads_home: false,
};

/// Makes the account.
pub const COMPLETE_SIGN_UP: Step = Step {
    verb: "complete-sign-up",
    title: "Choose a password",
    text: "The link in the mail leads here. With a password your account is complete.",
    fields: &[Field::Link, Field::NewPassword],
    button: "Create the account",
    is_final: false,
    done: Notice::SignedUp,
    leads_home: true,
};

/// Asks for a link to set a new password with.
pub const FORGOT_PASSWORD: Step = Step {
    verb: "forgot-password",
    title: "Ask for a link",
    text: "We send a link to the e-mail address of your account. It is good for an hour.",
    fields: &[Field::Email],
    button: "Send me the link",
    is_final: false,
    done: Notice::MailSent,
    leads_home: false,
};

/// Sets the new password.
pub const RESET_PASSWORD: Step = Step {
    verb: "reset-password",
    title: "Choose a new password",
    text: "You will be signed out in every browser.",
    fields: &[Field::Link, Field::NewPassword],
    button: "Set the password",
    is_final: false,
    done: Notice::PasswordReset,
    leads_home: true,
};

/// Asks for a link that proves a new address.
pub const CHANGE_EMAIL: Step = Step {
    verb: "change-email",
    title: "Your new e-mail",
    text: "We send a link to the new address. Until you use it, you sign in with the present one.",
    fields: &[Field::Email, Field::PasswordAgain],
    button: "Send me the link",
    is_final: false,
    done: Notice::MailSent,
    leads_home: false,
};

/// Changes the address.
pub const CONFIRM_EMAIL: Step = Step {
    verb: "confirm-email",
    title: "Is this your address?",
    text: "From then on you sign in with the new e-mail.",
    fields: &[Field::Link],
    button: "Yes, use this e-mail",
    is_final: false,
    done: Notice::EmailChanged,
    leads_home: true,
};

/// Asks for a link to sign in with.
pub const REQUEST_SIGN_IN_LINK: Step = Step {
    verb: "request-sign-in-link",
    title: "Ask for a link",
    text: "We send a link to the e-mail address of your account. It is good for 15 minutes.",
    fields: &[Field::Email],
    button: "Send me the link",
    is_final: false,
    done: Notice::MailSent,
    leads_home: false,
};

/// Signs in.
pub const SIGN_IN_BY_LINK: Step = Step {
    verb: "sign-in-by-link",
    title: "Use the link",
    text: "The link in the mail leads here. It signs you in once.",
    fields: &[Field::Link],
    button: "Sign in",
    is_final: false,
    done: Notice::SignedIn,
    leads_home: true,
};

/// Deletes the account.
pub const DELETE_ACCOUNT: Step = Step {
    verb: "delete-account",
    title: "Delete it for good",
    text: "You will be signed out in every browser. You cannot get the account back.",
    fields: &[Field::Password],
    button: "Delete my account",
    is_final: true,
    done: Notice::AccountDeleted,
    leads_home: true,
};
