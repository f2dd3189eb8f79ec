//! Who is who in the demo.

use auth_core::Role;

/// The roles of the demo.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// Runs the place; whatever an editor may do, an admin may do.
    #[role(includes(Editor))]
    Admin,
    /// Writes.
    Editor,
    /// Reads.
    Viewer,
}
