use std::fmt;

use super::{Role, RoleSet};

/// What a handler decided about access; every guarded route has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Anyone, signed in or not; the reason was written by the handler's author.
    Public {
        /// Why nobody needs to sign in here.
        reason: &'static str,
    },
    /// Anyone who is signed in, whatever their roles.
    Authenticated,
    /// Whoever meets the rule.
    Rule(Rule),
}

/// Who may pass, as data: roles combined with `any`, `all` and `not`.
///
/// The macros write rules as constants; [`Rule::decide`] walks them without allocating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The user holds this role, or one that includes it.
    Role(RoleTerm),
    /// At least one of these holds.
    Any(&'static [Rule]),
    /// All of these hold.
    All(&'static [Rule]),
    /// This does not hold.
    Not(&'static Rule),
}

/// One role inside a [`Rule`]: its bit, and its name for the rule's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleTerm {
    bit: u32,
    name: &'static str,
}

impl RoleTerm {
    /// The term of the variant whose discriminant is `discriminant`; evaluated by the compiler in
    /// what the macros generate, so that a rule never names a role by a string.
    #[doc(hidden)]
    pub const fn of<R: Role>(discriminant: i128) -> RoleTerm {
        let mut bit = 0;
        while bit < R::DISCRIMINANTS.len() {
            if R::DISCRIMINANTS[bit] == discriminant {
                return RoleTerm {
                    bit: bit as u32,
                    name: R::NAMES[bit],
                };
            }
            bit += 1;
        }
        // No variant has this value: a role that nobody can hold. `#[derive(Role)]` lists every
        // discriminant, so this is out of reach; it fails closed all the same.
        RoleTerm {
            bit: u32::MAX,
            name: "never",
        }
    }

    /// The role's name in claims and in the rule's text.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl Rule {
    /// Whether a user with these roles passes. `roles` is the closure of what the user holds
    /// (see [`RoleSet::closure`]).
    pub fn decide(&self, roles: RoleSet) -> bool {
        match self {
            Rule::Role(term) => roles.contains_bit(term.bit),
            Rule::Any(rules) => rules.iter().any(|rule| rule.decide(roles)),
            Rule::All(rules) => rules.iter().all(|rule| rule.decide(roles)),
            Rule::Not(rule) => !rule.decide(roles),
        }
    }
}

impl fmt::Display for Rule {
    /// The canonical text, as it would be written in the attribute: `any(admin, editor)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, rules: &[Rule]| {
            write!(f, "{word}(")?;
            for (index, rule) in rules.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                write!(f, "{separator}{rule}")?;
            }
            f.write_str(")")
        };
        match self {
            Rule::Role(term) => f.write_str(term.name),
            Rule::Any([only]) | Rule::All([only]) => only.fmt(f),
            Rule::Any(rules) => list(f, "any", rules),
            Rule::All(rules) => list(f, "all", rules),
            Rule::Not(rule) => write!(f, "not({rule})"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Public { reason } => write!(f, "public: {reason}"),
            Decision::Authenticated => f.write_str("authenticated"),
            Decision::Rule(rule) => rule.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn term(bit: u32, name: &'static str) -> Rule {
        Rule::Role(RoleTerm { bit, name })
    }

    const A: Rule = term(0, "a");
    const B: Rule = term(1, "b");
    const RULE: Rule = Rule::All(&[Rule::Any(&[A, B]), Rule::Not(&B)]);

    #[test]
    fn a_rule_is_decided_by_bits() {
        let passes = |bits| RULE.decide(RoleSet::from_bits(bits));
        assert!(passes(0b01));
        assert!(!passes(0b00) && !passes(0b10) && !passes(0b11));
    }

    #[test]
    fn an_empty_any_lets_nobody_pass_and_an_empty_all_everybody() {
        assert!(!Rule::Any(&[]).decide(RoleSet::from_bits(u64::MAX)));
        assert!(Rule::All(&[]).decide(RoleSet::EMPTY));
    }

    #[test]
    fn the_text_of_a_rule_is_canonical() {
        assert_eq!(RULE.to_string(), "all(any(a, b), not(b))");
        assert_eq!(Rule::Any(&[A]).to_string(), "a");
        assert_eq!(Decision::Public { reason: "health" }.to_string(), "public: health");
    }
}
