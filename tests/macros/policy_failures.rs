//! Policies that fail, as a third value beside yes and no: each rule against a reference that calls
//! every policy.

use auth_core::__internal::{PolicyAnswers, PolicyTerm, RoleTerm, Rule, Ruling, Terms};
use auth_core::{Role, RoleSet};
use proptest::prelude::*;

#[derive(Role, Clone, Copy)]
enum Three {
    A,
    B,
    C,
}

/// A rule whose policies are numbered as they are written.
#[derive(Clone, Debug)]
enum Tree {
    Role(u32),
    Policy(u32),
    Not(Box<Tree>),
    Any(Vec<Tree>),
    All(Vec<Tree>),
}

impl Tree {
    /// What the rule decides when every policy was called. Any term that passes decides `any`, and
    /// any term that refuses decides `all`. `None` means that a failure leaves the rule open.
    fn says(&self, held: u64, answers: &[Option<bool>]) -> Option<bool> {
        let one_says = |trees: &[Tree], value| trees.iter().any(|tree| tree.says(held, answers) == value);
        match self {
            Tree::Role(bit) => Some(held >> bit & 1 == 1),
            Tree::Policy(index) => answers[*index as usize],
            Tree::Not(tree) => tree.says(held, answers).map(|says| !says),
            Tree::Any(trees) if one_says(trees, Some(true)) => Some(true),
            Tree::Any(trees) => (!one_says(trees, None)).then_some(false),
            Tree::All(trees) if one_says(trees, Some(false)) => Some(false),
            Tree::All(trees) => (!one_says(trees, None)).then_some(true),
        }
    }

    /// Numbers the policies from `next` on, from left to right.
    fn number(&mut self, next: &mut u32) {
        match self {
            Tree::Role(_) => {}
            Tree::Policy(index) => {
                *index = *next;
                *next += 1;
            }
            Tree::Not(tree) => tree.number(next),
            Tree::Any(trees) | Tree::All(trees) => trees.iter_mut().for_each(|tree| tree.number(next)),
        }
    }

    /// The same with the terms of each list the other way round; policies keep their numbers.
    fn reversed(&self) -> Tree {
        let list = |trees: &[Tree]| trees.iter().rev().map(Tree::reversed).collect();
        match self {
            Tree::Not(tree) => Tree::Not(Box::new(tree.reversed())),
            Tree::Any(trees) => Tree::Any(list(trees)),
            Tree::All(trees) => Tree::All(list(trees)),
            leaf => leaf.clone(),
        }
    }

    /// The library's rule; it lives as long as the test.
    fn rule(&self) -> Rule {
        let list = |trees: &[Tree]| Terms::of(Vec::leak(trees.iter().map(Tree::rule).collect()));
        match self {
            Tree::Role(bit) => Rule::Role(RoleTerm::from(Three::ALL[*bit as usize])),
            Tree::Policy(index) => Rule::Policy(PolicyTerm::new(*index, "policy()")),
            Tree::Not(tree) => Rule::Not(Box::leak(Box::new(tree.rule()))),
            Tree::Any(trees) => Rule::Any(list(trees)),
            Tree::All(trees) => Rule::All(list(trees)),
        }
    }
}

/// A rule of at most 27 policies.
fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (0u32..3).prop_map(Tree::Role),
        Just(Tree::Policy(0)),
        Just(Tree::Policy(0))
    ];
    let nested = leaf.prop_recursive(3, 27, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::Any),
            prop::collection::vec(inner, 1..4).prop_map(Tree::All),
        ]
    });
    nested.prop_map(|mut tree| {
        tree.number(&mut 0);
        tree
    })
}

/// Calls policies as a request does, and returns the ruling and the policies in the order of their
/// calls.
fn ask(rule: &Rule, held: u64, answers: &[Option<bool>]) -> (Ruling, Vec<u32>) {
    let mut asked = Vec::new();
    let mut given = PolicyAnswers::default();
    loop {
        match rule.decide(RoleSet::from_bits(held), given) {
            Ruling::Ask(index) => {
                assert!(!asked.contains(&index), "{rule} asks for policy {index} twice");
                asked.push(index);
                given = match answers[index as usize] {
                    Some(holds) => given.with(index, holds),
                    None => given.with_failure(index),
                };
            }
            ruling => return (ruling, asked),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_failed_policy_decides_nothing_and_the_order_of_terms_changes_nothing(
        tree in tree(),
        held in 0u64..8,
        answers in prop::collection::vec(prop::option::of(any::<bool>()), 27),
    ) {
        let expected = match tree.says(held, &answers) {
            Some(true) => Ruling::Pass,
            Some(false) => Ruling::Refuse,
            None => Ruling::Unanswered,
        };
        let (ruling, asked) = ask(&tree.rule(), held, &answers);
        prop_assert_eq!(ruling, expected);
        prop_assert!(asked.is_sorted(), "asked as written, from left to right: {:?}", asked);
        prop_assert_eq!(ask(&tree.reversed().rule(), held, &answers).0, expected);

        // What the roles decide alone is decided without a policy.
        let unasked = vec![None; answers.len()];
        if tree.says(held, &unasked).is_some() {
            prop_assert!(asked.is_empty(), "{:?} was asked", asked);
        }
    }
}

#[test]
fn any_passes_with_whichever_policy_lets_in_and_all_refuses_with_whichever_does_not() {
    let policies = |answers: &[Option<bool>]| -> Vec<Tree> {
        (0u32..).zip(answers).map(|(index, _)| Tree::Policy(index)).collect()
    };
    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);
    const FAILS: Option<bool> = None;
    for (answers, any, all) in [
        ([FAILS, YES], Ruling::Pass, Ruling::Unanswered),
        ([YES, FAILS], Ruling::Pass, Ruling::Unanswered),
        ([FAILS, NO], Ruling::Unanswered, Ruling::Refuse),
        ([NO, FAILS], Ruling::Unanswered, Ruling::Refuse),
        ([FAILS, FAILS], Ruling::Unanswered, Ruling::Unanswered),
    ] {
        let decided = |tree: Tree| ask(&tree.rule(), 0, &answers).0;
        assert_eq!(decided(Tree::Any(policies(&answers))), any, "any of {answers:?}");
        assert_eq!(decided(Tree::All(policies(&answers))), all, "all of {answers:?}");
    }
}
