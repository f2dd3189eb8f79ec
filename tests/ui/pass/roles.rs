// Enums of roles, and what the derive makes of them.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use auth_core::{Role, RoleSet};

/// With numbers of their own, an old variant, and a hierarchy.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum AppRole {
    /// Includes all others, one of them only through another.
    #[role(includes(ReportEditor, HTTPAdmin))]
    Admin = 200,
    /// Includes the viewer.
    #[role(includes(Viewer))]
    ReportEditor = 7,
    /// Has an acronym in its name.
    HTTPAdmin,
    /// Includes no role.
    Viewer = 1,
    /// Is not given any more.
    #[deprecated]
    Guest,
}

mod inner {
    #[derive(auth_core::Role, Clone, Copy)]
    pub(super) enum Only {
        One,
    }
}

#[test]
fn compiles() {
    assert_eq!(
        AppRole::NAMES,
        ["admin", "report_editor", "http_admin", "viewer", "guest"]
    );
    assert_eq!(
        AppRole::ALL.iter().map(|role| role.bit()).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(AppRole::HTTPAdmin.name(), "http_admin");

    let everything = RoleSet::from(AppRole::Admin).closure(AppRole::INCLUDES);
    assert_eq!(everything, RoleSet::from_bits(0b01111));
    let editor = RoleSet::from(AppRole::ReportEditor).closure(AppRole::INCLUDES);
    assert!(editor.contains(AppRole::Viewer) && !editor.contains(AppRole::Admin));

    assert_eq!(inner::Only::One.name(), "one");
}
