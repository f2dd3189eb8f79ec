//! What terms say together: found by trying every combination of the roles and policies they name.

use std::collections::BTreeSet;

use super::expr::Expr;
use super::scoped;
use crate::parse::ListWord;

/// Something wrong about the term at an index of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The same as an earlier term.
    Repeats(usize),
    /// With it, no combination of roles and answers passes.
    NobodyPasses(usize),
    /// With it, every combination of roles and answers passes.
    EverybodyPasses(usize),
    /// The list means the same without it.
    ChangesNothing(usize),
}

/// With more roles and policies than this in one list, only repeated ones are looked for: the table
/// would be too big.
const MOST_ATOMS: usize = 10;

/// What is wrong with the terms of a list. Hierarchy is not considered: the macro cannot see the
/// enum.
pub(crate) fn check(word: ListWord, terms: &[Expr]) -> Vec<Finding> {
    if word == ListWord::Not || terms.len() < 2 {
        return Vec::new();
    }
    let mut atoms = BTreeSet::new();
    for term in terms {
        collect(term, &mut atoms);
    }
    let atoms: Vec<String> = atoms.into_iter().collect();
    if atoms.len() > MOST_ATOMS {
        return repeats(terms);
    }

    let tables: Vec<Table> = terms.iter().map(|term| table(term, &atoms)).collect();
    if let Some(finding) = constant(word, &tables) {
        return vec![finding];
    }
    superfluous(word, &tables)
}

/// Whether a rule passes, for each combination of atoms; the atom at index `n` is bit `n` of the
/// combination.
type Table = Vec<bool>;

fn table(term: &Expr, atoms: &[String]) -> Table {
    (0..1usize << atoms.len())
        .map(|held| passes(term, atoms, held))
        .collect()
}

fn passes(term: &Expr, atoms: &[String], held: usize) -> bool {
    match term {
        Expr::Role(_) | Expr::RoleIn { .. } | Expr::Policy { .. } => {
            let name = name(term);
            atoms
                .iter()
                .enumerate()
                .any(|(bit, atom)| *atom == name && held >> bit & 1 == 1)
        }
        Expr::Any(terms) => terms.iter().any(|term| passes(term, atoms, held)),
        Expr::All(terms) => terms.iter().all(|term| passes(term, atoms, held)),
        Expr::Not(term) => !passes(term, atoms, held),
    }
}

fn collect(term: &Expr, atoms: &mut BTreeSet<String>) {
    match term {
        Expr::Role(_) | Expr::RoleIn { .. } | Expr::Policy { .. } => {
            atoms.insert(name(term));
        }
        Expr::Any(terms) | Expr::All(terms) => terms.iter().for_each(|term| collect(term, atoms)),
        Expr::Not(term) => collect(term, atoms),
    }
}

/// The text that tells an atom from the others. For a role it is the variant, as all roles of a
/// rule are of one enum. For a role in a scope it is the enum, the variant and the parameter. For a
/// policy it is its call, whose parentheses no variant has.
fn name(term: &Expr) -> String {
    match term {
        Expr::Role(path) => Expr::variant(path).map(ToString::to_string).unwrap_or_default(),
        Expr::RoleIn { role, parameter, .. } => scoped::name(role, parameter),
        Expr::Policy { text, .. } => text.clone(),
        Expr::Any(_) | Expr::All(_) | Expr::Not(_) => String::new(),
    }
}

/// The list's own table: its terms' tables under its word.
fn combined<'a>(word: ListWord, tables: impl IntoIterator<Item = &'a Table>) -> Option<Table> {
    tables.into_iter().cloned().reduce(|all, table| {
        let pairs = all.into_iter().zip(table);
        match word {
            ListWord::All => pairs.map(|(a, b)| a && b).collect(),
            ListWord::Any | ListWord::Not => pairs.map(|(a, b)| a || b).collect(),
        }
    })
}

/// The first term that makes the list true for every user, or false for every user.
fn constant(word: ListWord, tables: &[Table]) -> Option<Finding> {
    (1..tables.len()).find_map(|index| {
        let table = combined(word, tables.get(..=index)?)?;
        if table.iter().all(|passes| *passes) {
            Some(Finding::EverybodyPasses(index))
        } else if table.iter().all(|passes| !passes) {
            Some(Finding::NobodyPasses(index))
        } else {
            None
        }
    })
}

/// Terms without which the list means the same; of two that do, the later.
fn superfluous(word: ListWord, tables: &[Table]) -> Vec<Finding> {
    let whole = combined(word, tables);
    let mut kept = vec![true; tables.len()];
    let mut findings = Vec::new();
    for index in (0..tables.len()).rev() {
        let others = tables.iter().zip(&kept).enumerate();
        let others = others
            .filter(|(other, (_, kept))| *other != index && **kept)
            .map(|(_, (table, _))| table);
        if combined(word, others) != whole {
            continue;
        }
        if let Some(kept) = kept.get_mut(index) {
            *kept = false;
        }
        let repeats = tables
            .get(index)
            .is_some_and(|this| tables.iter().take(index).any(|earlier| earlier == this));
        findings.push(if repeats {
            Finding::Repeats(index)
        } else {
            Finding::ChangesNothing(index)
        });
    }
    findings.reverse();
    findings
}

fn repeats(terms: &[Expr]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let atoms = terms
        .iter()
        .enumerate()
        .filter(|(_, term)| matches!(term, Expr::Role(_) | Expr::RoleIn { .. } | Expr::Policy { .. }));
    atoms
        .filter(|(_, term)| !seen.insert(name(term)))
        .map(|(index, _)| Finding::Repeats(index))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Diagnostics;
    use crate::parse::{Parameters, terms};

    /// What is found in the outermost list, read as the arguments of `any(…)` or `all(…)`.
    fn found(word: ListWord, text: &str) -> Vec<Finding> {
        let mut diagnostics = Diagnostics::default();
        let terms = terms(text.parse().unwrap_or_default(), &mut diagnostics);
        let exprs: Vec<Expr> = terms
            .into_iter()
            .map(|term| super::super::Rule::of(vec![term], &Parameters::Unknown, &mut diagnostics).expr)
            .collect();
        assert_eq!(diagnostics.messages(), [""; 0]);
        check(word, &exprs)
    }

    #[test]
    fn different_roles_are_fine() {
        assert_eq!(found(ListWord::Any, "R::A, R::B, all(R::C, R::D)"), []);
        assert_eq!(found(ListWord::All, "any(R::A, R::B), any(R::B, R::C), not(R::D)"), []);
    }

    #[test]
    fn of_two_equal_terms_the_second_repeats() {
        assert_eq!(found(ListWord::Any, "R::A, R::B, R::A"), [Finding::Repeats(2)]);
        assert_eq!(
            found(ListWord::All, "any(R::A, R::B), any(R::B, R::A)"),
            [Finding::Repeats(1)]
        );
    }

    #[test]
    fn a_role_and_its_opposite_contradict() {
        assert_eq!(found(ListWord::All, "R::A, not(R::A)"), [Finding::NobodyPasses(1)]);
        assert_eq!(
            found(ListWord::All, "R::A, R::B, not(any(R::A, R::C))"),
            [Finding::NobodyPasses(2)]
        );
        assert_eq!(found(ListWord::Any, "R::A, not(R::A)"), [Finding::EverybodyPasses(1)]);
    }

    #[test]
    fn a_term_that_another_swallows_changes_nothing() {
        assert_eq!(
            found(ListWord::Any, "all(R::A, R::B), R::A"),
            [Finding::ChangesNothing(0)]
        );
        assert_eq!(
            found(ListWord::All, "R::A, any(R::A, R::B)"),
            [Finding::ChangesNothing(1)]
        );
    }

    #[test]
    fn a_policy_is_held_against_the_others_like_a_role() {
        assert_eq!(found(ListWord::Any, "R::A, owns(id), owns(other), owns()"), []);
        assert_eq!(found(ListWord::Any, "owns(id), R::A, owns(id)"), [Finding::Repeats(2)]);
        assert_eq!(
            found(ListWord::All, "owns(id), R::A, not(owns(id))"),
            [Finding::NobodyPasses(2)]
        );
        assert_eq!(
            found(ListWord::Any, "owns(id), all(R::A, owns(id))"),
            [Finding::ChangesNothing(1)]
        );
    }

    #[test]
    fn a_role_in_a_scope_is_told_from_others_by_enum_variant_and_parameter() {
        assert_eq!(
            found(
                ListWord::Any,
                "O::A in org, O::B in org, O::A in team, P::A in org, R::A"
            ),
            []
        );
        assert_eq!(
            found(ListWord::Any, "O::A in org, R::A, O::A in org"),
            [Finding::Repeats(2)]
        );
        assert_eq!(
            found(ListWord::All, "O::A in org, not(O::A in org)"),
            [Finding::NobodyPasses(1)]
        );
    }

    #[test]
    fn in_a_long_list_repeated_roles_are_found_still() {
        let roles: Vec<String> = (0..20).map(|n| format!("R::V{n}")).collect();
        assert_eq!(found(ListWord::Any, &roles.join(", ")), []);
        assert_eq!(
            found(ListWord::Any, &format!("{}, R::V3", roles.join(", "))),
            [Finding::Repeats(20)]
        );
    }
}
