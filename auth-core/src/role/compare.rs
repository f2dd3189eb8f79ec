//! Whether one decision lets in a user whom another refuses.

use super::{Decision, RoleSet, RoleTable, Rule, ScopedTerm};

/// More steps than the rules of an application take. Beyond them two rules count as different.
const MOST_STEPS: u32 = 100_000;

/// What a request must meet: all of these decisions, a sign-in within `fresh` seconds, and with
/// `mfa` one with a second factor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) fresh: Option<u32>,
    pub(crate) mfa: bool,
}

impl Demand {
    /// Whether some user meets this and not `other`. A policy may hold or not for any user; two
    /// policies of one text are one.
    pub(crate) fn lets_in_more_than(&self, other: &Demand, table: &RoleTable) -> bool {
        if other.is_public() {
            return false;
        }
        // The anonymous client meets nothing else.
        if self.is_public() {
            return true;
        }
        // A guard of the application may let in a client without an identity.
        if !self.asks_identity() && other.asks_identity() {
            return true;
        }
        let refuses_older = match (other.fresh, self.fresh) {
            (Some(theirs), Some(ours)) => theirs < ours,
            (theirs, _) => theirs.is_some(),
        };
        let refuses_weaker = other.mfa && !self.mfa;
        let mut search = Search {
            ours: self.rules(),
            // A sign-in that is too old or too weak for the other: then any user who meets this one
            // will do.
            others: (!refuses_older && !refuses_weaker).then(|| other.rules()),
            table,
            steps: 0,
        };
        let mut open = Vec::new();
        let others = search.others.iter().flatten();
        search
            .ours
            .iter()
            .chain(others)
            .for_each(|rule| variables(rule, &mut open));
        search.finds(&open, &mut Assumed::default())
    }

    fn is_public(&self) -> bool {
        let public = |decision: &Decision| matches!(decision, Decision::Public { .. });
        self.decisions.iter().all(public)
    }

    fn asks_identity(&self) -> bool {
        let asks = |decision: &Decision| matches!(decision, Decision::Authenticated | Decision::Rule(_));
        self.decisions.iter().any(asks)
    }

    /// The rules among the decisions; the others require nothing of a signed-in user.
    fn rules(&self) -> Vec<Rule> {
        let rule = |decision: &Decision| match decision {
            Decision::Rule(rule) => Some(*rule),
            Decision::Guard(guard) => Some(Rule::Policy(*guard)),
            _ => None,
        };
        self.decisions.iter().filter_map(rule).collect()
    }
}

/// What a rule depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variable {
    Role(u32),
    Policy(&'static str),
    RoleIn(&'static ScopedTerm),
}

fn variables(rule: &Rule, found: &mut Vec<Variable>) {
    let variable = match rule {
        Rule::Role(term) => Variable::Role(term.bit()),
        Rule::Policy(policy) => Variable::Policy(policy.text()),
        Rule::RoleIn(term) => Variable::RoleIn(term),
        Rule::Not(rule) => return variables(rule, found),
        Rule::Any(terms) | Rule::All(terms) => return terms.rules().iter().for_each(|rule| variables(rule, found)),
    };
    if !found.contains(&variable) {
        found.push(variable);
    }
}

/// A user, as far as assumed: roles with all that they include, and what policies say.
#[derive(Default)]
struct Assumed {
    held: RoleSet,
    lacked: RoleSet,
    policies: Vec<(&'static str, bool)>,
    /// Roles in scopes, held or lacked.
    scoped: Vec<(&'static ScopedTerm, bool)>,
}

impl Assumed {
    /// What a rule says of the user; `None` where it depends on more than is assumed.
    fn meets(&self, rule: &Rule) -> Option<bool> {
        match rule {
            // No user holds a role that the enum does not have.
            Rule::Role(term) if term.bit() >= u64::BITS || self.lacked.contains_bit(term.bit()) => Some(false),
            Rule::Role(term) => self.held.contains_bit(term.bit()).then_some(true),
            Rule::Policy(policy) => {
                let said = self.policies.iter().find(|(text, _)| *text == policy.text());
                said.map(|(_, holds)| *holds)
            }
            Rule::RoleIn(term) => self.holds_in_scope(term),
            Rule::Not(rule) => self.meets(rule).map(|meets| !meets),
            Rule::Any(terms) => self.one_is(terms.rules(), true),
            Rule::All(terms) => self.meets_all(terms.rules()),
        }
    }

    /// A role that is held brings those that it includes, and without a role the user lacks those
    /// that include it.
    fn holds_in_scope(&self, term: &ScopedTerm) -> Option<bool> {
        self.scoped.iter().find_map(|(assumed, held)| {
            let decides = assumed.shares_scope_with(term)
                && if *held {
                    assumed.includes(term)
                } else {
                    term.includes(assumed)
                };
            decides.then_some(*held)
        })
    }

    fn meets_all(&self, rules: &[Rule]) -> Option<bool> {
        self.one_is(rules, false)
    }

    /// `decisive` where one rule is; its opposite where all are.
    fn one_is(&self, rules: &[Rule], decisive: bool) -> Option<bool> {
        let mut open = false;
        for rule in rules {
            match self.meets(rule) {
                Some(meets) if meets == decisive => return Some(decisive),
                Some(_) => {}
                None => open = true,
            }
        }
        (!open).then_some(!decisive)
    }
}

/// The search for a user who meets all of `ours` and not all of `others`.
struct Search<'a> {
    ours: Vec<Rule>,
    /// `None`: the user meets not all of them for another reason.
    others: Option<Vec<Rule>>,
    table: &'a RoleTable,
    steps: u32,
}

impl Search<'_> {
    fn finds(&mut self, open: &[Variable], user: &mut Assumed) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return true;
        }
        let ours = user.meets_all(&self.ours);
        let others = self.others.as_ref().map_or(Some(false), |rules| user.meets_all(rules));
        match (ours, others) {
            (Some(false), _) | (_, Some(true)) => false,
            (Some(true), Some(false)) => true,
            _ => open.split_first().is_some_and(|(variable, rest)| {
                self.tries(*variable, true, rest, user) || self.tries(*variable, false, rest, user)
            }),
        }
    }

    /// Goes on with one assumption more, and takes it back.
    fn tries(&mut self, variable: Variable, value: bool, rest: &[Variable], user: &mut Assumed) -> bool {
        let (held, lacked) = (user.held, user.lacked);
        if let Variable::RoleIn(term) = variable
            && user.holds_in_scope(term) == Some(!value)
        {
            return false;
        }
        match variable {
            Variable::RoleIn(term) => user.scoped.push((term, value)),
            Variable::Policy(text) => user.policies.push((text, value)),
            Variable::Role(bit) if value => user.held = self.table.closure(held.with_bit(bit)),
            Variable::Role(bit) => user.lacked = lacked.with_bit(bit),
        }
        // A role brings the roles it includes: a user who holds it cannot lack those.
        let possible = user.held.bits() & user.lacked.bits() == 0;
        let found = possible && self.finds(rest, user);
        match variable {
            Variable::Policy(_) => drop(user.policies.pop()),
            Variable::RoleIn(_) => drop(user.scoped.pop()),
            Variable::Role(_) => {}
        }
        (user.held, user.lacked) = (held, lacked);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyTerm, RoleTerm, Terms};
    use super::*;

    #[derive(crate::Role, Clone, Copy)]
    enum Staff {
        #[role(includes(Editor))]
        Admin,
        Editor,
        Viewer,
    }

    const ADMIN: Rule = Rule::Role(RoleTerm::of(Staff::Admin, 0));
    const EDITOR: Rule = Rule::Role(RoleTerm::of(Staff::Editor, 1));
    const VIEWER: Rule = Rule::Role(RoleTerm::of(Staff::Viewer, 2));
    const OWNS: Rule = Rule::Policy(PolicyTerm::new(0, "owns(id)"));
    const READS: Rule = Rule::Policy(PolicyTerm::new(0, "reads(id)"));
    const PUBLIC: Decision = Decision::Public { reason: "news" };

    #[derive(crate::Role, Clone, Copy)]
    #[role(within = i64)]
    enum Org {
        #[role(includes(Member))]
        Owner,
        Member,
    }

    const OWNER: Rule = Rule::RoleIn(&ScopedTerm::of(Org::Owner, 0, 0, 1, "org"));
    const MEMBER: Rule = Rule::RoleIn(&ScopedTerm::of(Org::Member, 1, 0, 1, "org"));
    const MEMBER_OF_ID: Rule = Rule::RoleIn(&ScopedTerm::of(Org::Member, 1, 3, 1, "id"));
    const MEMBER_ELSEWHERE: Rule = Rule::RoleIn(&ScopedTerm::of(Org::Member, 1, 0, 2, "org"));

    fn any(rules: &'static [Rule]) -> Decision {
        Decision::Rule(Rule::Any(Terms::of(rules)))
    }

    fn all(rules: &'static [Rule]) -> Decision {
        Decision::Rule(Rule::All(Terms::of(rules)))
    }

    fn demand(decisions: &[Decision], fresh: Option<u32>) -> Demand {
        Demand {
            decisions: decisions.to_vec(),
            fresh,
            mfa: false,
        }
    }

    #[test]
    fn a_decision_lets_in_more_where_some_user_meets_it_alone() {
        use Decision::{Authenticated, Rule as By};
        let table = RoleTable::of::<Staff>();
        // Whether the first lets in more than the second, and the second more than the first.
        for (first, second, expected) in [
            (PUBLIC, Authenticated, (true, false)),
            (PUBLIC, Decision::Public { reason: "other" }, (false, false)),
            (Authenticated, By(ADMIN), (true, false)),
            (By(EDITOR), By(ADMIN), (true, false)),
            (By(EDITOR), By(VIEWER), (true, true)),
            (any(&[ADMIN, EDITOR]), By(EDITOR), (false, false)),
            (any(&[EDITOR, ADMIN]), any(&[ADMIN, EDITOR]), (false, false)),
            (all(&[EDITOR, VIEWER]), By(EDITOR), (false, true)),
            (By(Rule::Not(&EDITOR)), By(Rule::Not(&ADMIN)), (false, true)),
            (By(OWNS), Authenticated, (false, true)),
            (By(OWNS), By(READS), (true, true)),
            (By(OWNS), By(ADMIN), (true, true)),
            (any(&[ADMIN, OWNS]), any(&[OWNS, ADMIN]), (false, false)),
            (any(&[ADMIN, OWNS]), By(ADMIN), (true, false)),
            (By(MEMBER), By(OWNER), (true, false)),
            (By(MEMBER), By(MEMBER_OF_ID), (false, false)),
            (By(MEMBER), By(MEMBER_ELSEWHERE), (true, true)),
            (any(&[ADMIN, OWNER]), By(OWNER), (true, false)),
            (all(&[OWNER, MEMBER]), By(OWNER), (false, false)),
            (all(&[OWNER, Rule::Not(&MEMBER)]), By(ADMIN), (false, true)),
            (any(&[MEMBER, Rule::Not(&OWNER)]), Authenticated, (false, false)),
            (all(&[Rule::Not(&OWNS), OWNS]), PUBLIC, (false, true)),
            (all(&[Rule::Not(&OWNS), OWNS]), By(ADMIN), (false, true)),
        ] {
            let (one, other) = (demand(&[first], None), demand(&[second], None));
            let found = (
                one.lets_in_more_than(&other, &table),
                other.lets_in_more_than(&one, &table),
            );
            assert_eq!(found, expected, "{first} and {second}");
        }
    }

    #[test]
    fn an_older_sign_in_is_met_by_the_decision_that_asks_for_less() {
        let table = RoleTable::of::<Staff>();
        let admin = |fresh| demand(&[Decision::Rule(ADMIN)], fresh);
        for (one, other, more) in [
            (None, Some(300), true),
            (Some(300), None, false),
            (Some(300), Some(60), true),
            (Some(60), Some(300), false),
            (Some(60), Some(60), false),
        ] {
            assert_eq!(
                admin(one).lets_in_more_than(&admin(other), &table),
                more,
                "{one:?} {other:?}"
            );
        }
        let with_factor = Demand {
            mfa: true,
            ..admin(None)
        };
        assert!(admin(None).lets_in_more_than(&with_factor, &table));
        assert!(!with_factor.lets_in_more_than(&admin(None), &table));
        // No user meets the first rule, however old the sign-in may be.
        let nobody = demand(&[all(&[ADMIN, Rule::Not(&EDITOR)])], None);
        assert!(!nobody.lets_in_more_than(&admin(Some(60)), &table));
    }

    #[test]
    fn two_decisions_at_once_let_in_who_meets_both() {
        let table = RoleTable::of::<Staff>();
        let both = demand(
            &[Decision::Authenticated, Decision::Rule(EDITOR), Decision::Rule(VIEWER)],
            None,
        );
        let written = demand(&[all(&[EDITOR, VIEWER])], None);
        assert!(!both.lets_in_more_than(&written, &table) && !written.lets_in_more_than(&both, &table));
    }

    #[test]
    fn long_lists_are_compared_without_trying_every_user() {
        const OWN: [&str; 40] = {
            let mut texts = ["a"; 40];
            let bytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
            let mut index = 0;
            while index < 40 {
                texts[index] = bytes.split_at(index).1.split_at(1).0;
                index += 1;
            }
            texts
        };
        let policies = |texts: &mut dyn Iterator<Item = &&'static str>| -> Demand {
            let rules: Vec<Rule> = (0..)
                .zip(texts)
                .map(|(index, text)| Rule::Policy(PolicyTerm::new(index, text)))
                .collect();
            demand(&[any(Vec::leak(rules))], None)
        };
        let table = RoleTable::of::<Staff>();
        let (forth, back) = (policies(&mut OWN.iter()), policies(&mut OWN.iter().rev()));
        assert!(!forth.lets_in_more_than(&back, &table));
        assert!(forth.lets_in_more_than(&policies(&mut OWN.iter().skip(1)), &table));
    }
}
