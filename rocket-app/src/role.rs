//! Who is who in the demo.

use auth_core::{Role, RoleTable, UnknownRole};

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

/// The roles as they stand in claims, each once.
///
/// # Errors
///
/// [`UnknownRole`] names the first that is none.
pub fn canonical(typed: &[String]) -> Result<Vec<String>, UnknownRole> {
    let table = RoleTable::of::<AppRole>();
    let mut roles: Vec<String> = Vec::new();
    for name in typed {
        let name = table.parse(name)?;
        if !roles.iter().any(|role| role == name) {
            roles.push(name.to_owned());
        }
    }
    Ok(roles)
}
