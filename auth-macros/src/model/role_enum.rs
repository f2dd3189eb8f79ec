use std::collections::HashMap;

use syn::Ident;
use syn::ext::IdentExt;

use crate::diagnostics::Diagnostics;
use crate::parse::{RoleVariant, Scope, WrittenRoles};

/// An enum of roles, with its hierarchy worked out.
pub(crate) struct RoleEnum {
    pub(crate) ident: Ident,
    /// Where the roles hold; `None` for roles of the application.
    pub(crate) scope: Option<Scope>,
    pub(crate) variants: Vec<RoleVariant>,
    /// The name of each variant in tokens.
    pub(crate) names: Vec<String>,
    /// For each variant, the bits of itself and of all that it includes, transitively.
    pub(crate) closure: Vec<u64>,
    /// Whether `as` makes a number of a variant; not so when one has data, which is reported.
    pub(crate) castable: bool,
}

impl RoleEnum {
    /// Checks names and hierarchy of the variants.
    pub(crate) fn of(written: WrittenRoles, diagnostics: &mut Diagnostics) -> RoleEnum {
        let WrittenRoles {
            ident,
            scope,
            variants,
            castable,
        } = written;
        let names = names(&variants, diagnostics);
        let edges = edges(&ident, &variants, diagnostics);
        let direct: Vec<Vec<usize>> = edges
            .iter()
            .map(|edges| edges.iter().map(|(target, _)| *target).collect())
            .collect();
        if let Some(cycle) = cycle(&direct) {
            report_cycle(&cycle, &variants, &edges, diagnostics);
        }
        let closure = closure(&direct);
        RoleEnum {
            ident,
            scope,
            variants,
            names,
            closure,
            castable,
        }
    }
}

/// The names in tokens; two variants of one name are reported.
fn names(variants: &[RoleVariant], diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut first: HashMap<String, &Ident> = HashMap::new();
    variants
        .iter()
        .map(|variant| {
            let name = snake_case(&variant.ident.unraw().to_string());
            match first.get(&name) {
                Some(other) => diagnostics.error(
                    &variant.ident,
                    format!(
                        "`{other}` and `{}` are both called `{name}` in tokens: rename one",
                        variant.ident
                    ),
                ),
                None => {
                    first.insert(name.clone(), &variant.ident);
                }
            }
            name
        })
        .collect()
}

/// For each variant, the indices of those it includes and where it names them.
fn edges<'a>(
    role_enum: &Ident,
    variants: &'a [RoleVariant],
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<(usize, &'a Ident)>> {
    let mut all = Vec::with_capacity(variants.len());
    for variant in variants {
        let mut edges: Vec<(usize, &Ident)> = Vec::new();
        for include in &variant.includes {
            match variants.iter().position(|other| other.ident == *include) {
                None => diagnostics.error(include, unknown_variant(role_enum, include, variants)),
                Some(_) if *include == variant.ident => {
                    diagnostics.error(include, format!("`{include}` includes itself already: remove it here"));
                }
                Some(target) if edges.iter().any(|(known, _)| *known == target) => diagnostics.error(
                    include,
                    format!("`{}` includes `{include}` twice: remove one", variant.ident),
                ),
                Some(target) => edges.push((target, include)),
            }
        }
        all.push(edges);
    }
    all
}

fn unknown_variant(role_enum: &Ident, include: &Ident, variants: &[RoleVariant]) -> String {
    let known: Vec<String> = variants.iter().map(|variant| format!("`{}`", variant.ident)).collect();
    format!("`{role_enum}` has no variant `{include}`, it has {}", known.join(", "))
}

/// Points at the `includes` that closes a cycle.
fn report_cycle(
    cycle: &[usize],
    variants: &[RoleVariant],
    edges: &[Vec<(usize, &Ident)>],
    diagnostics: &mut Diagnostics,
) {
    let (Some(first), Some(last)) = (cycle.first(), cycle.last()) else {
        return;
    };
    let closing = edges
        .get(*last)
        .and_then(|edges| edges.iter().find(|(target, _)| target == first));
    let Some((_, closing)) = closing else { return };
    let path: Vec<String> = cycle
        .iter()
        .chain([first])
        .filter_map(|index| variants.get(*index))
        .map(|variant| format!("`{}`", variant.ident))
        .collect();
    diagnostics.error(
        closing,
        format!(
            "roles include each other in a circle: {}; remove one of these `includes`",
            path.join(" → ")
        ),
    );
}

/// A circle in the graph `direct`, as the nodes in order; `None` if there is none.
fn cycle(direct: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; direct.len()];
    (0..direct.len()).find_map(|start| visit(start, direct, &mut Vec::new(), &mut done))
}

fn visit(node: usize, direct: &[Vec<usize>], path: &mut Vec<usize>, done: &mut [bool]) -> Option<Vec<usize>> {
    if let Some(start) = path.iter().position(|seen| *seen == node) {
        return Some(path.split_off(start));
    }
    if done.get(node).copied().unwrap_or(true) {
        return None;
    }
    path.push(node);
    let targets = direct.get(node).map(Vec::as_slice).unwrap_or_default();
    let found = targets.iter().find_map(|target| visit(*target, direct, path, done));
    path.pop();
    if let Some(done) = done.get_mut(node) {
        *done = true;
    }
    found
}

/// For each node, the bits of all nodes that can be reached from it, itself among them.
fn closure(direct: &[Vec<usize>]) -> Vec<u64> {
    let bit = |index: usize| {
        u32::try_from(index)
            .ok()
            .and_then(|index| 1u64.checked_shl(index))
            .unwrap_or(0)
    };
    let mut sets: Vec<u64> = (0..direct.len()).map(bit).collect();
    // Each round follows one more step; it ends when a round adds nothing.
    loop {
        let next: Vec<u64> = sets
            .iter()
            .zip(direct)
            .map(|(set, targets)| {
                targets
                    .iter()
                    .filter_map(|target| sets.get(*target))
                    .fold(*set, |all, more| all | more)
            })
            .collect();
        if next == sets {
            return sets;
        }
        sets = next;
    }
}

/// The name a role has in tokens and JSON: its variant in `snake_case`.
///
/// A word begins at a capital after a small letter or digit, and at the last capital of a row of
/// them: `HTTPAdmin` is `http_admin`.
fn snake_case(variant: &str) -> String {
    let letters: Vec<char> = variant.chars().collect();
    let mut name = String::with_capacity(variant.len() + 4);
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                *before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{snake_case, *};

    #[test]
    fn a_role_includes_itself_and_what_its_includes_include() {
        // 0 → 1 → 2, and 3 alone.
        let direct = [vec![1], vec![2], vec![], vec![]];
        assert_eq!(closure(&direct), [0b0111, 0b0110, 0b0100, 0b1000]);
    }

    #[test]
    fn two_ways_to_one_role_are_no_circle() {
        let diamond = [vec![1, 2], vec![3], vec![3], vec![]];
        assert_eq!(cycle(&diamond), None);
        assert_eq!(closure(&diamond)[0], 0b1111);
    }

    #[test]
    fn a_circle_is_found_without_the_way_to_it() {
        assert_eq!(cycle(&[vec![1], vec![2], vec![3], vec![1]]), Some(vec![1, 2, 3]));
    }

    #[test]
    fn the_64th_role_has_the_highest_bit() {
        let direct = vec![Vec::new(); 64];
        assert_eq!(closure(&direct)[63], 1 << 63);
    }

    #[test]
    fn the_closure_of_a_circle_is_the_circle() {
        assert_eq!(closure(&[vec![1], vec![0]]), [0b11, 0b11]);
    }

    #[test]
    fn a_role_is_named_by_its_variant_in_snake_case() {
        let cases = [
            ("Admin", "admin"),
            ("ReportEditor", "report_editor"),
            ("HTTPAdmin", "http_admin"),
            ("AdminHTTP", "admin_http"),
            ("OAuth", "o_auth"),
            ("Level2Admin", "level2_admin"),
            ("A", "a"),
            ("AB", "ab"),
            ("Already_Split", "already_split"),
            ("Überprüfer", "überprüfer"),
        ];
        for (variant, name) in cases {
            assert_eq!(snake_case(variant), name, "of {variant}");
        }
    }
}
