//! The library's rules against the naive ones, on every combination of roles and answers.

use auth_core::__internal::{PolicyAnswers, PolicyTerm, RoleTerm, Rule, Ruling, ScopedTerm, Terms};
use auth_core::{Role, RoleSet};

use crate::naive::Naive;

#[derive(Role, Clone, Copy)]
enum Four {
    A,
    B,
    C,
    D,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    Owner,
}

/// What is asked at index 0: a policy, and a role in a scope. Both are decided alike.
const ASKED: [Rule; 2] = [
    Rule::Policy(PolicyTerm::new(0, "policy()")),
    Rule::RoleIn(&ScopedTerm::of(OrgRole::Owner, OrgRole::Owner as i128, 0, 1, "org")),
];

/// How many random rules are tried, besides all of depth two.
const RANDOM: usize = 120_000;

/// Compares `rule` with `naive` for all sets of four roles: before the policy is called, and after
/// each of its answers.
pub fn compare(rule: &Rule, naive: &Naive) {
    let none = PolicyAnswers::default();
    for held in 0..16 {
        let decide = |answers| match rule.decide(RoleSet::from_bits(held), answers) {
            Ruling::Pass => Some(true),
            Ruling::Refuse => Some(false),
            Ruling::Ask(0) => None,
            Ruling::Ask(other) => panic!("{rule} asks for policy {other}, which it does not have"),
            Ruling::Unanswered => panic!("{rule} has a policy that failed, and none did"),
        };
        assert_eq!(decide(none), naive.passes(held, None), "{rule} for {held:04b}, unasked");
        for answer in [false, true] {
            let decided = decide(none.with(0, answer));
            assert_eq!(
                decided,
                naive.passes(held, Some(answer)),
                "{rule} for {held:04b}, answered {answer}"
            );
            assert!(decided.is_some(), "{rule} asks for what it knows");
        }
    }
}

// security: Authorization: A rule decides as it is written
#[test]
fn every_rule_of_depth_two_decides_as_one_would_expect() {
    let atoms: Vec<Naive> = (0..4).map(Naive::Role).chain([Naive::Policy]).collect();
    let terms: Vec<Naive> = atoms
        .iter()
        .cloned()
        .chain(atoms.iter().map(|atom| Naive::Not(Box::new(atom.clone()))))
        .collect();
    let mut count = 0;
    for first in &terms {
        for second in &terms {
            for third in &terms {
                let list = || vec![first.clone(), second.clone(), third.clone()];
                for naive in [Naive::Any(list()), Naive::All(list())] {
                    let opposite = Naive::Not(Box::new(naive.clone()));
                    for asked in ASKED {
                        compare(&rule(&naive, asked), &naive);
                        compare(&rule(&opposite, asked), &opposite);
                        count += 2;
                    }
                }
            }
        }
    }
    assert_eq!(count, 8000);
}

#[test]
fn random_rules_of_depth_three_decide_as_one_would_expect() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..RANDOM {
        let naive = expression(&mut random, 3);
        for asked in ASKED {
            compare(&rule(&naive, asked), &naive);
        }
    }
}

/// The library's rule, with `asked` for the policy; it lives as long as the test.
fn rule(naive: &Naive, asked: Rule) -> Rule {
    let list =
        |rules: &[Naive]| -> &'static [Rule] { Vec::leak(rules.iter().map(|naive| rule(naive, asked)).collect()) };
    match naive {
        Naive::Role(bit) => Rule::Role(RoleTerm::from(Four::ALL[*bit as usize])),
        Naive::Policy => asked,
        Naive::Any(rules) => Rule::Any(Terms::of(list(rules))),
        Naive::All(rules) => Rule::All(Terms::of(list(rules))),
        Naive::Not(inner) => Rule::Not(Box::leak(Box::new(rule(inner, asked)))),
    }
}

fn expression(random: &mut Random, depth: u32) -> Naive {
    let leaf = depth == 0 || random.below(5) == 0;
    match if leaf { 0 } else { 1 + random.below(3) } {
        0 => match random.below(5) {
            4 => Naive::Policy,
            bit => Naive::Role(bit),
        },
        1 => Naive::Not(Box::new(expression(random, depth - 1))),
        word => {
            let terms = (0..random.below(4)).map(|_| expression(random, depth - 1)).collect();
            if word == 2 {
                Naive::Any(terms)
            } else {
                Naive::All(terms)
            }
        }
    }
}

/// Xorshift: the same rules in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap_or(0)
    }
}
