use syn::{Ident, Path};

/// A rule as a tree.
#[derive(Clone)]
pub(crate) enum Expr {
    /// The path of a variant.
    Role(Path),
    /// The role at `index` of the rule's scoped roles, in a scope that the path names.
    RoleIn {
        index: usize,
        role: Path,
        /// The path parameter.
        parameter: String,
    },
    /// A call of the policy at `index` of the rule.
    Policy {
        index: usize,
        text: String,
    },
    Any(Vec<Expr>),
    All(Vec<Expr>),
    Not(Box<Expr>),
}

impl Expr {
    /// The variant of a role, which tells it from the others of its enum.
    pub(crate) fn variant(path: &Path) -> Option<&Ident> {
        path.segments.last().map(|last| &last.ident)
    }
}
