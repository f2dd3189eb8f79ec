use std::fmt;

use super::{RoleSet, RoleTerm, ScopedTerm};

/// The access decision of a handler; every guarded route has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Every caller, signed in or not. The author of the handler wrote the reason.
    Public {
        /// Why a caller does not need to sign in here.
        reason: &'static str,
    },
    /// Every signed-in user, with any roles or none.
    Authenticated,
    /// Users who meet the rule.
    Rule(Rule),
    /// Callers whom a request guard of the application lets pass. The term has its type as text.
    Guard(PolicyTerm),
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
    /// A function of the application decides; it is called only when the roles do not.
    Policy(PolicyTerm),
    /// The user holds this role in the scope that the path names. The server reads the memberships
    /// only when the roles do not decide.
    RoleIn(&'static ScopedTerm),
}

impl Rule {
    /// Calls `see` with each role in a scope that the rule names, from left to right, and with
    /// whether the rule asks for it: not so inside `not(…)`.
    pub(crate) fn each_scoped(&self, see: &mut dyn FnMut(&'static ScopedTerm, bool)) {
        self.walk_scoped(true, see);
    }

    fn walk_scoped(&self, asked_for: bool, see: &mut dyn FnMut(&'static ScopedTerm, bool)) {
        match self {
            Rule::RoleIn(term) => see(term, asked_for),
            Rule::Any(terms) | Rule::All(terms) => {
                terms.rules().iter().for_each(|rule| rule.walk_scoped(asked_for, see));
            }
            Rule::Not(rule) => rule.walk_scoped(!asked_for, see),
            Rule::Role(_) | Rule::Policy(_) => {}
        }
    }

    /// Whether the rule names a role in a scope.
    pub(crate) const fn is_scoped(&self) -> bool {
        match self {
            Rule::RoleIn(_) => true,
            Rule::Any(terms) | Rule::All(terms) => {
                let mut index = 0;
                while index < terms.rules.len() {
                    if terms.rules[index].is_scoped() {
                        return true;
                    }
                    index += 1;
                }
                false
            }
            Rule::Not(rule) => rule.is_scoped(),
            Rule::Role(_) | Rule::Policy(_) => false,
        }
    }
}

/// A call of a policy inside a [`Rule`]: which one, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyTerm {
    pub(super) index: u32,
    text: &'static str,
}

impl PolicyTerm {
    /// The policy that the macro wrote at `index` (from 0 to 63), called as `text` says.
    #[doc(hidden)]
    pub const fn new(index: u32, text: &'static str) -> PolicyTerm {
        PolicyTerm { index, text }
    }

    /// The call as written: `owns_report(id)`.
    pub const fn text(self) -> &'static str {
        self.text
    }
}

/// The terms of an `any(…)` or `all(…)`, prepared: two masks hold its single roles, required or
/// refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    rules: &'static [Rule],
    /// The roles among the terms.
    held: RoleSet,
    /// The roles among the terms as `not(role)`.
    lacked: RoleSet,
    /// Whether a term is neither.
    nested: bool,
}

impl Terms {
    /// Prepares a list of terms; evaluated by the compiler in what the macros generate.
    pub const fn of(rules: &'static [Rule]) -> Terms {
        let (mut held, mut lacked, mut nested) = (RoleSet::EMPTY, RoleSet::EMPTY, false);
        let mut index = 0;
        while index < rules.len() {
            match Single::of(&rules[index]) {
                Some(Single::Held(bit)) => held = held.with_bit(bit),
                Some(Single::Lacked(bit)) => lacked = lacked.with_bit(bit),
                None => nested = true,
            }
            index += 1;
        }
        Terms {
            rules,
            held,
            lacked,
            nested,
        }
    }

    /// The terms as written.
    pub const fn rules(&self) -> &'static [Rule] {
        self.rules
    }

    /// Whether one of the single roles lets these roles pass.
    #[inline(always)]
    pub(super) const fn one_holds(&self, roles: RoleSet) -> bool {
        roles.bits() & self.held.bits() | !roles.bits() & self.lacked.bits() != 0
    }

    /// Whether one of the single roles does not.
    #[inline(always)]
    pub(super) const fn one_fails(&self, roles: RoleSet) -> bool {
        !roles.bits() & self.held.bits() | roles.bits() & self.lacked.bits() != 0
    }

    /// The terms that the masks do not cover.
    #[inline(always)]
    pub(super) fn nested(&self) -> impl Iterator<Item = &'static Rule> {
        let rules = if self.nested { self.rules } else { &[] };
        rules.iter().filter(|rule| Single::of(rule).is_none())
    }
}

/// A term that a mask can hold.
enum Single {
    Held(u32),
    Lacked(u32),
}

impl Single {
    /// `None` for a role without a bit: no user holds such a role, and a mask would drop it.
    #[inline(always)]
    const fn of(rule: &Rule) -> Option<Single> {
        match rule {
            Rule::Role(term) if term.bit() < u64::BITS => Some(Single::Held(term.bit())),
            Rule::Not(Rule::Role(term)) if term.bit() < u64::BITS => Some(Single::Lacked(term.bit())),
            _ => None,
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
            Rule::Role(term) => f.write_str(term.name()),
            Rule::Any(terms) => list(f, "any", terms.rules()),
            Rule::All(terms) => list(f, "all", terms.rules()),
            Rule::Not(rule) => write!(f, "not({rule})"),
            Rule::Policy(policy) => f.write_str(policy.text),
            Rule::RoleIn(term) => term.fmt(f),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Public { reason } => write!(f, "public: {reason}"),
            Decision::Authenticated => f.write_str("authenticated"),
            Decision::Rule(rule) => rule.fmt(f),
            Decision::Guard(guard) => write!(f, "guarded by {}", guard.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyAnswers, Ruling};
    use super::*;

    #[derive(crate::Role, Clone, Copy)]
    enum Two {
        A,
        B,
    }

    const A: Rule = Rule::Role(RoleTerm::of(Two::A, 0));
    const B: Rule = Rule::Role(RoleTerm::of(Two::B, 1));
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
    fn the_text_of_a_rule_is_canonical() {
        assert_eq!(RULE.to_string(), "all(any(a, b), not(b))");
        assert_eq!(Rule::Any(Terms::of(&[A])).to_string(), "a");
        assert_eq!(Decision::Public { reason: "health" }.to_string(), "public: health");
    }
}
