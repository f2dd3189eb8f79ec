//! Rules on roles and policies, against a table of truth.
//!
//! The input is a rule in prefix notation. `a` to `d` are roles, `0` to `2` policies, `!` is `not`.
//! `|` and `&` are `any` and `all` up to a `.`. Missing text at the end is left out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use auth_core::__internal::{PolicyAnswers, PolicyTerm, RoleTerm, Rule, Ruling, Terms};
use auth_core::RoleSet;

use super::server::FuzzRole;

/// Deeper rules are left out: applications do not write them, and the stack has an end.
const DEPTH: usize = 8;

const POLICIES: u32 = 3;

enum Tree {
    Role(u32),
    Policy(u32),
    Not(Box<Tree>),
    Any(Vec<Tree>),
    All(Vec<Tree>),
}

pub fn run(data: &[u8]) {
    if data.len() > 64 {
        return;
    }
    let mut letters = data.iter().copied();
    let Some(tree) = read(&mut letters, DEPTH) else { return };
    let rule = rule(&tree);
    for held in 0..16 {
        // Every possible set of answers so far, by number in base four. A policy was not called
        // yet, holds, does not hold, or failed.
        for state in 0..4u32.pow(POLICIES) {
            let of = |index: u32| state / 4u32.pow(index) % 4;
            let known = |index: u32| matches!(of(index), 1 | 2).then_some(of(index) == 1);
            let answers = (0..POLICIES).fold(PolicyAnswers::default(), |answers, index| match of(index) {
                0 => answers,
                3 => answers.with_failure(index),
                answer => answers.with(index, answer == 1),
            });
            let expected = truth(&tree, held, &known);
            match rule.decide(RoleSet::from_bits(held), answers) {
                Ruling::Pass => assert_eq!(expected, Some(true), "{rule} for {held:04b}"),
                Ruling::Refuse => assert_eq!(expected, Some(false), "{rule} for {held:04b}"),
                Ruling::Ask(index) => {
                    assert_eq!(expected, None, "{rule} for {held:04b}");
                    assert_eq!(of(index), 0, "{rule} asks for what it knows");
                }
                Ruling::Unanswered => {
                    assert_eq!(expected, None, "{rule} for {held:04b}");
                    assert!((0..POLICIES).any(|index| of(index) == 3), "{rule} and no failure");
                }
            }
        }
    }
}

/// Kleene's logic of three values: what is open is open unless the rest decides.
fn truth(tree: &Tree, held: u64, known: &dyn Fn(u32) -> Option<bool>) -> Option<bool> {
    let count = |trees: &[Tree], value| trees.iter().filter(|tree| truth(tree, held, known) == value).count();
    match tree {
        Tree::Role(bit) => Some(held >> bit & 1 == 1),
        Tree::Policy(index) => known(*index),
        Tree::Not(tree) => truth(tree, held, known).map(|holds| !holds),
        Tree::Any(trees) if count(trees, Some(true)) > 0 => Some(true),
        Tree::Any(trees) => (count(trees, None) == 0).then_some(false),
        Tree::All(trees) if count(trees, Some(false)) > 0 => Some(false),
        Tree::All(trees) => (count(trees, None) == 0).then_some(true),
    }
}

fn read(letters: &mut dyn Iterator<Item = u8>, depth: usize) -> Option<Tree> {
    let depth = depth.checked_sub(1)?;
    Some(match letters.next()? {
        letter @ b'a'..=b'd' => Tree::Role(u32::from(letter - b'a')),
        digit @ b'0'..=b'2' => Tree::Policy(u32::from(digit - b'0')),
        b'!' => Tree::Not(Box::new(read(letters, depth)?)),
        b'|' => Tree::Any(list(letters, depth)),
        b'&' => Tree::All(list(letters, depth)),
        _ => return None,
    })
}

/// The terms up to what is none.
fn list(letters: &mut dyn Iterator<Item = u8>, depth: usize) -> Vec<Tree> {
    std::iter::from_fn(|| read(&mut *letters, depth)).collect()
}

fn rule(tree: &Tree) -> Rule {
    const ROLES: [FuzzRole; 4] = [FuzzRole::A, FuzzRole::B, FuzzRole::C, FuzzRole::D];
    match tree {
        Tree::Role(bit) => Rule::Role(RoleTerm::from(ROLES[*bit as usize])),
        Tree::Policy(index) => Rule::Policy(PolicyTerm::new(*index, "policy()")),
        Tree::Not(tree) => Rule::Not(&kept(vec![rule(tree)])[0]),
        Tree::Any(trees) => Rule::Any(Terms::of(kept(trees.iter().map(rule).collect()))),
        Tree::All(trees) => Rule::All(Terms::of(kept(trees.iter().map(rule).collect()))),
    }
}

/// The list for as long as the process runs, as the rules of handlers are; equal ones are kept once.
fn kept(rules: Vec<Rule>) -> &'static [Rule] {
    static KEPT: Mutex<Option<HashMap<String, &'static [Rule]>>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    kept.entry(format!("{rules:?}")).or_insert_with(|| Vec::leak(rules))
}
