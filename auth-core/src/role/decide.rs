//! How a [`Rule`] is decided: by masks of bits where it can, and else term by term.

use super::rule::{Rule, Terms};
use super::set::RoleSet;

/// The answers of policies so far, while a rule is decided. Whether the user holds a role in a
/// scope is such an answer too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyAnswers {
    /// The policies that answered.
    known: u64,
    /// Of those that answered: the ones that hold. Of the others: the ones that failed.
    holds: u64,
}

/// The result of a rule for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The user passes.
    Pass,
    /// The user does not.
    Refuse,
    /// It depends on the policy, or on the role in a scope, of this index: ask, and decide again.
    Ask(u32),
    /// It depends on policies that failed, and every other policy was called. Nothing lets the user
    /// in.
    Unanswered,
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

    /// These answers, and that the policy at `index` was called and failed. An index of 64 and
    /// above changes nothing.
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

    /// What they say of the policy, or of the role in a scope, at `index`.
    #[inline(always)]
    const fn ruling(self, index: u32) -> Ruling {
        match 1u64.checked_shl(index) {
            Some(bit) if (self.known | self.holds) & bit == 0 => Ruling::Ask(index),
            Some(bit) if self.known & bit == 0 => Ruling::Unanswered,
            Some(bit) if self.holds & bit != 0 => Ruling::Pass,
            // An index out of range could never be answered: it fails closed.
            _ => Ruling::Refuse,
        }
    }
}

impl Ruling {
    #[inline(always)]
    const fn negated(self) -> Ruling {
        match self {
            Ruling::Pass => Ruling::Refuse,
            Ruling::Refuse => Ruling::Pass,
            open @ (Ruling::Ask(_) | Ruling::Unanswered) => open,
        }
    }
}

impl Rule {
    /// Decides for a user with these roles. `roles` is the closure of what the user holds (see
    /// [`RoleSet::closure`]).
    ///
    /// The roles decide first. A policy is called only if the roles and the answers so far leave
    /// the rule open. In `any(A, policy(x))` that is not so for a user who holds A; in `all(A,
    /// policy(x))` only for one who does. Policies are called from left to right.
    ///
    /// A policy that failed counts as unknown. The other policies are still called, and their order
    /// makes no difference: `any` passes with any term that passes, and `all` refuses with any term
    /// that refuses. Otherwise the result is [`Ruling::Unanswered`].
    pub fn decide(&self, roles: RoleSet, answers: PolicyAnswers) -> Ruling {
        match self {
            Rule::Role(term) if roles.contains_bit(term.bit()) => Ruling::Pass,
            Rule::Role(_) => Ruling::Refuse,
            Rule::Policy(policy) => answers.ruling(policy.index),
            Rule::RoleIn(term) => answers.ruling(term.index),
            Rule::Not(rule) => rule.decide(roles, answers).negated(),
            Rule::Any(terms) if terms.one_holds(roles) => Ruling::Pass,
            Rule::Any(terms) => decide_nested(terms, roles, answers, Ruling::Pass),
            Rule::All(terms) if terms.one_fails(roles) => Ruling::Refuse,
            Rule::All(terms) => decide_nested(terms, roles, answers, Ruling::Refuse),
        }
    }

    /// The first policy from the left that made the rule refuse, of those that `is_wanted` picks.
    ///
    /// A policy is a reason only if the rule depends on it. In `all(any(p, q), r)` the policy `p`
    /// is none where `q` holds. In `not(p)` it is none, since its "no" speaks for the user.
    pub fn first_reason(&self, roles: RoleSet, answers: PolicyAnswers, is_wanted: &dyn Fn(u32) -> bool) -> Option<u32> {
        let ruling = self.decide(roles, answers);
        match self {
            Rule::Role(_) | Rule::RoleIn(_) => None,
            Rule::Policy(policy) => Some(policy.index).filter(|index| ruling == Ruling::Refuse && is_wanted(*index)),
            Rule::Not(rule) => rule.first_reason(roles, answers, is_wanted),
            Rule::Any(terms) | Rule::All(terms) => {
                let mut causes = terms.nested().filter(|term| term.decide(roles, answers) == ruling);
                causes.find_map(|term| term.first_reason(roles, answers, is_wanted))
            }
        }
    }
}

/// A list in which no single role decides. The first term that is `decisive` decides it. Else the
/// first open policy must be called. Else a policy that failed leaves the list unanswered. Else all
/// terms were the opposite.
fn decide_nested(terms: &Terms, roles: RoleSet, answers: PolicyAnswers, decisive: Ruling) -> Ruling {
    let mut so_far = decisive.negated();
    for rule in terms.nested() {
        let ruling = rule.decide(roles, answers);
        if ruling == decisive {
            return decisive;
        }
        if matches!(ruling, Ruling::Ask(_) | Ruling::Unanswered) && !matches!(so_far, Ruling::Ask(_)) {
            so_far = ruling;
        }
    }
    so_far
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyTerm, Role, RoleTerm};
    use super::*;

    #[derive(crate::Role, Clone, Copy)]
    enum Last {
        A,
    }

    /// The term of a role that no enum has.
    const NOBODYS: Rule = Rule::Role(RoleTerm::of(Last::A, 1));

    /// One variant more than there are bits, as no derived enum has.
    #[derive(Clone, Copy)]
    struct Many;

    impl Role for Many {
        const ALL: &'static [Many] = &[Many; 65];
        const NAMES: &'static [&'static str] = &["many"; 65];
        const INCLUDES: &'static [RoleSet] = &[RoleSet::EMPTY; 65];
        const DISCRIMINANTS: &'static [i128] = &{
            let mut all = [0; 65];
            all[64] = 64;
            all
        };

        fn bit(self) -> u32 {
            0
        }
    }

    const BEYOND: Rule = Rule::Role(RoleTerm::of(Many, 64));

    #[test]
    fn a_role_that_no_enum_has_is_not_forgotten_in_a_list() {
        const HAS: Rule = Rule::Role(RoleTerm::of(Last::A, 0));
        let decide = |rule: &Rule| rule.decide(RoleSet::from_bits(u64::MAX), PolicyAnswers::default());
        assert_eq!(decide(&Rule::Any(Terms::of(&[NOBODYS]))), Ruling::Refuse);
        assert_eq!(decide(&Rule::All(Terms::of(&[HAS, NOBODYS]))), Ruling::Refuse);
        assert_eq!(decide(&Rule::All(Terms::of(&[HAS, Rule::Not(&NOBODYS)]))), Ruling::Pass);
        assert_eq!(decide(&Rule::Any(Terms::of(&[Rule::Not(&NOBODYS)]))), Ruling::Pass);
    }

    #[test]
    fn a_role_beyond_the_last_bit_is_nobodys_and_not_forgotten_in_a_list() {
        let decide = |rule: &Rule| rule.decide(RoleSet::from_bits(u64::MAX), PolicyAnswers::default());
        assert_eq!(decide(&Rule::Any(Terms::of(&[BEYOND]))), Ruling::Refuse);
        assert_eq!(decide(&Rule::All(Terms::of(&[BEYOND]))), Ruling::Refuse);
        assert_eq!(decide(&Rule::All(Terms::of(&[Rule::Not(&BEYOND)]))), Ruling::Pass);
        assert_eq!(decide(&Rule::Any(Terms::of(&[Rule::Not(&BEYOND)]))), Ruling::Pass);
    }

    #[test]
    fn a_list_is_decided_by_whichever_term_decides_it_and_else_asks_for_the_first_that_is_open() {
        use Ruling::{Ask, Pass, Refuse};

        const A: Rule = Rule::Role(RoleTerm::of(Last::A, 0));
        const NESTED: Rule = Rule::Any(Terms::of(&[A]));
        const FIRST: Rule = Rule::Policy(PolicyTerm::new(0, "first()"));
        const SECOND: Rule = Rule::Policy(PolicyTerm::new(1, "second()"));
        let decide = |list: fn(Terms) -> Rule, terms, bits| {
            list(Terms::of(terms)).decide(RoleSet::from_bits(bits), PolicyAnswers::default())
        };
        // Any of them and all of them: each first for a user who has A, then for a user who does
        // not.
        for (terms, any, all) in [
            (&[A] as &[Rule], [Pass, Refuse], [Pass, Refuse]),
            (&[Rule::Not(&A)], [Refuse, Pass], [Refuse, Pass]),
            (&[FIRST, SECOND], [Ask(0), Ask(0)], [Ask(0), Ask(0)]),
            (&[NESTED, SECOND], [Pass, Ask(1)], [Ask(1), Refuse]),
            (&[FIRST, NESTED], [Pass, Ask(0)], [Ask(0), Refuse]),
        ] {
            assert_eq!(
                [1, 0].map(|bits| decide(Rule::Any, terms, bits)),
                any,
                "any of {terms:?}"
            );
            assert_eq!(
                [1, 0].map(|bits| decide(Rule::All, terms, bits)),
                all,
                "all of {terms:?}"
            );
        }
    }
}
