use std::fmt;

use super::decide::{self, Terms};
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
    Any(Terms),
    /// All of these hold.
    All(Terms),
    /// This does not hold.
    Not(&'static Rule),
    /// A function of the application says so; asked only when the roles do not decide.
    Policy(PolicyTerm),
}

/// A call of a policy inside a [`Rule`]: which one, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyTerm {
    index: u32,
    text: &'static str,
}

/// What policies have answered so far, while a rule is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyAnswers {
    /// The policies that answered.
    known: u64,
    /// Of those that answered: the ones that hold. Of the others: the ones that failed.
    holds: u64,
}

/// What can be said of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The user passes.
    Pass,
    /// The user does not.
    Refuse,
    /// It depends on the policy of this index; ask it, and decide again.
    Ask(u32),
    /// It depends on policies that failed, and every other policy was asked. Nothing lets the user in.
    Unanswered,
}

impl PolicyTerm {
    /// The policy that the macro wrote at `index` (from 0 to 63), called as `text` says.
    #[doc(hidden)]
    pub const fn new(index: u32, text: &'static str) -> PolicyTerm {
        PolicyTerm { index, text }
    }

    /// How it is called: `owns_report(id)`.
    pub const fn text(self) -> &'static str {
        self.text
    }
}

impl PolicyAnswers {
    /// These answers and one more. An index of 64 and above does not exist and changes nothing.
    #[must_use]
    pub const fn with(self, index: u32, holds: bool) -> PolicyAnswers {
        match 1u64.checked_shl(index) {
            Some(bit) => PolicyAnswers {
                known: self.known | bit,
                holds: if holds { self.holds | bit } else { self.holds & !bit },
            },
            None => self,
        }
    }

    /// These answers, and that the policy at `index` was asked and failed. An index of 64 and above changes nothing.
    #[must_use]
    pub const fn with_failure(self, index: u32) -> PolicyAnswers {
        match 1u64.checked_shl(index) {
            Some(bit) => PolicyAnswers {
                known: self.known & !bit,
                holds: self.holds | bit,
            },
            None => self,
        }
    }

    /// What they say of a policy.
    #[inline(always)]
    pub(super) const fn ruling(self, policy: PolicyTerm) -> Ruling {
        match 1u64.checked_shl(policy.index) {
            Some(bit) if (self.known | self.holds) & bit == 0 => Ruling::Ask(policy.index),
            Some(bit) if self.known & bit == 0 => Ruling::Unanswered,
            Some(bit) if self.holds & bit != 0 => Ruling::Pass,
            // An index out of range could never be answered: it fails closed.
            _ => Ruling::Refuse,
        }
    }
}

/// One role inside a [`Rule`]: its bit, and its name for the rule's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleTerm {
    bit: u32,
    name: &'static str,
}

impl RoleTerm {
    /// The term of a variant, whose discriminant is `discriminant`; evaluated by the compiler in
    /// what the macros generate, so that a rule never names a role by a string.
    ///
    /// The variant itself is there for its type: without it, any constant of the enum would do.
    #[doc(hidden)]
    pub const fn of<R: Role>(_variant: R, discriminant: i128) -> RoleTerm {
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

    /// The role's bit: its index in the enum.
    pub const fn bit(self) -> u32 {
        self.bit
    }

    /// The role's name in claims and in the rule's text.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<R: Role> From<R> for RoleTerm {
    fn from(role: R) -> RoleTerm {
        RoleTerm {
            bit: role.bit(),
            name: role.name(),
        }
    }
}

impl Rule {
    /// What can be said of a user with these roles. `roles` is the closure of what the user holds
    /// (see [`RoleSet::closure`]).
    ///
    /// The roles decide first. A policy is asked for only where they, and the answers there are, leave the rule open: in
    /// `any(A, policy(x))` not for a user who holds A, in `all(A, policy(x))` only for one who does. Policies are asked for
    /// as they are written, from left to right.
    ///
    /// A policy that failed counts as unknown. The other policies are asked all the same, and their order makes no
    /// difference: `any` passes with any term that passes, and `all` refuses with any term that refuses. What is left is
    /// [`Ruling::Unanswered`].
    pub fn decide(&self, roles: RoleSet, answers: PolicyAnswers) -> Ruling {
        decide::decide(self, roles, answers)
    }
}

impl Ruling {
    #[inline(always)]
    pub(super) const fn negated(self) -> Ruling {
        match self {
            Ruling::Pass => Ruling::Refuse,
            Ruling::Refuse => Ruling::Pass,
            open @ (Ruling::Ask(_) | Ruling::Unanswered) => open,
        }
    }
}

impl fmt::Display for Rule {
    /// The canonical text, as it would be written in the attribute: `any(admin, editor)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, rules: &[Rule]| {
            if let [only] = rules {
                return only.fmt(f);
            }
            write!(f, "{word}(")?;
            for (index, rule) in rules.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                write!(f, "{separator}{rule}")?;
            }
            f.write_str(")")
        };
        match self {
            Rule::Role(term) => f.write_str(term.name),
            Rule::Any(terms) => list(f, "any", terms.rules()),
            Rule::All(terms) => list(f, "all", terms.rules()),
            Rule::Not(rule) => write!(f, "not({rule})"),
            Rule::Policy(policy) => f.write_str(policy.text),
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

    /// Discriminants that are no indices.
    #[derive(Clone, Copy)]
    enum Three {
        A,
        B,
        C,
    }

    impl Role for Three {
        const ALL: &'static [Three] = &[Three::A, Three::B, Three::C];
        const NAMES: &'static [&'static str] = &["a", "b", "c"];
        const INCLUDES: &'static [RoleSet] = &[RoleSet::from_bits(1), RoleSet::from_bits(2), RoleSet::from_bits(4)];
        const DISCRIMINANTS: &'static [i128] = &[7, -1, 40];

        fn bit(self) -> u32 {
            self as u32
        }
    }

    const fn term(bit: u32, name: &'static str) -> Rule {
        Rule::Role(RoleTerm { bit, name })
    }

    const A: Rule = term(0, "a");
    const B: Rule = term(1, "b");
    const RULE: Rule = Rule::All(Terms::of(&[Rule::Any(Terms::of(&[A, B])), Rule::Not(&B)]));

    #[test]
    fn a_rule_is_decided_by_bits() {
        let passes = |bits| RULE.decide(RoleSet::from_bits(bits), PolicyAnswers::default()) == Ruling::Pass;
        assert!(passes(0b01));
        assert!(!passes(0b00) && !passes(0b10) && !passes(0b11));
    }

    #[test]
    fn an_empty_any_lets_nobody_pass_and_an_empty_all_everybody() {
        let decide = |rule: Rule, bits| rule.decide(RoleSet::from_bits(bits), PolicyAnswers::default());
        assert_eq!(decide(Rule::Any(Terms::of(&[])), u64::MAX), Ruling::Refuse);
        assert_eq!(decide(Rule::All(Terms::of(&[])), 0), Ruling::Pass);
    }

    #[test]
    fn a_policy_is_asked_only_when_the_roles_do_not_decide() {
        const OWNS: Rule = Rule::Policy(PolicyTerm::new(0, "owns(id)"));
        let decide = |rule: &Rule, bits, answers| rule.decide(RoleSet::from_bits(bits), answers);
        let none = PolicyAnswers::default();
        for (rule, bits, ruling) in [
            (Rule::Any(Terms::of(&[OWNS, A])), 0b01, Ruling::Pass),
            (Rule::Any(Terms::of(&[OWNS, A])), 0b10, Ruling::Ask(0)),
            (Rule::All(Terms::of(&[OWNS, A])), 0b01, Ruling::Ask(0)),
            (Rule::All(Terms::of(&[OWNS, A])), 0b10, Ruling::Refuse),
            (Rule::Not(&OWNS), 0, Ruling::Ask(0)),
        ] {
            assert_eq!(decide(&rule, bits, none), ruling, "{rule} {bits:b}");
        }
        assert_eq!(decide(&OWNS, 0, none.with(0, true)), Ruling::Pass);
        assert_eq!(decide(&OWNS, 0, none.with(0, false)), Ruling::Refuse);
        assert_eq!(decide(&Rule::Not(&OWNS), 0, none.with(0, false)), Ruling::Pass);
        assert_eq!(
            decide(&Rule::Policy(PolicyTerm::new(64, "no such")), 0, none.with(64, true)),
            Ruling::Refuse
        );
    }

    #[test]
    fn the_last_answer_of_a_policy_counts_and_leaves_the_others_as_they_are() {
        let decide = |index, answers| Rule::Policy(PolicyTerm::new(index, "p")).decide(RoleSet::EMPTY, answers);
        let first = PolicyAnswers::default().with(0, true);
        for (answers, rulings) in [
            (first, [Ruling::Pass, Ruling::Ask(1)]),
            (first.with(0, true), [Ruling::Pass, Ruling::Ask(1)]),
            (first.with(0, false), [Ruling::Refuse, Ruling::Ask(1)]),
            (first.with(1, false), [Ruling::Pass, Ruling::Refuse]),
            (first.with(1, false).with(1, true), [Ruling::Pass, Ruling::Pass]),
        ] {
            assert_eq!([0, 1].map(|index| decide(index, answers)), rulings, "{answers:?}");
        }
    }

    #[test]
    fn a_term_is_found_by_its_discriminant_and_without_one_is_held_by_nobody() {
        for (discriminant, role, bit, name) in [(7, Three::A, 0, "a"), (-1, Three::B, 1, "b"), (40, Three::C, 2, "c")] {
            let term = RoleTerm::of(role, discriminant);
            assert_eq!((term.bit(), term.name()), (bit, name));
            assert_eq!(term, RoleTerm::from(role));
        }
        let none = RoleTerm::of(Three::A, 0);
        assert_eq!(none.name(), "never");
        let everything = RoleSet::from_bits(u64::MAX);
        assert_eq!(
            Rule::Role(none).decide(everything, PolicyAnswers::default()),
            Ruling::Refuse
        );
    }

    #[test]
    fn the_text_of_a_rule_is_canonical() {
        assert_eq!(RULE.to_string(), "all(any(a, b), not(b))");
        assert_eq!(Rule::Any(Terms::of(&[A])).to_string(), "a");
        assert_eq!(Decision::Public { reason: "health" }.to_string(), "public: health");
    }
}
