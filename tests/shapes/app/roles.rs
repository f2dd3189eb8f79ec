//! The roles of the application, which are there without us too.

#[derive(auth_core::Role)]
/// What a user may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppRole {
    /// May do everything.
    #[role(includes(Editor))] // auth_core
    Admin,
    /// May write.
    Editor,
}

impl AppRole {
    pub(crate) const ALL: [AppRole; 2] = [AppRole::Admin, AppRole::Editor];
}
