//! Who is who in the demo.

use auth_core::Role;

/// The roles of the demo.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// Runs the place; an admin may do all that an editor may do.
    #[role(includes(Editor))]
    Admin,
    /// Writes.
    Editor,
    /// Reads.
    Viewer,
}
