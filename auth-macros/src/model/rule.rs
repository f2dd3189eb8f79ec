use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Ident, Path};

use super::expr::Expr;
use super::policy::{self, MOST_POLICIES, Policy};
use super::redundancy::{self, Finding};
use super::scoped::{self, ScopedRole};
use crate::diagnostics::Diagnostics;
use crate::parse::{FRESH, ListWord, MFA, MFA_WORD, Parameters, Term, TermKind, is_variant, text};

/// The rule of one `#[require_role(…)]`: roles of one enum, roles in scopes and policies, combined.
pub(crate) struct Rule {
    /// The path of the enum, as the first term writes it; `None` if no term is left to say.
    pub(crate) role_enum: Option<Path>,
    pub(crate) expr: Expr,
    /// Each policy once, in the order of first mention; [`Expr::Policy`] names them by their index.
    pub(crate) policies: Vec<Policy>,
    /// Each role in a scope once, in the order of first mention. Their answers have their places
    /// after those of the policies.
    pub(crate) scoped: Vec<ScopedRole>,
}

impl Rule {
    /// A rule that lets no user in. It replaces a rule with mistakes.
    pub(crate) fn nobody() -> Rule {
        Rule {
            role_enum: None,
            expr: Expr::Any(Vec::new()),
            policies: Vec::new(),
            scoped: Vec::new(),
        }
    }

    /// The roles in scopes that the rule asks for: not those inside `not(…)`.
    pub(super) fn scopes_asked_for(&self) -> Vec<&ScopedRole> {
        let mut found = Vec::new();
        self.collect_asked_for(&self.expr, true, &mut found);
        found
    }

    fn collect_asked_for<'a>(&'a self, expr: &Expr, asked_for: bool, found: &mut Vec<&'a ScopedRole>) {
        match expr {
            Expr::RoleIn { index, .. } => found.extend(self.scoped.get(*index).filter(|_| asked_for)),
            Expr::Any(exprs) | Expr::All(exprs) => {
                exprs
                    .iter()
                    .for_each(|expr| self.collect_asked_for(expr, asked_for, found));
            }
            Expr::Not(expr) => self.collect_asked_for(expr, !asked_for, found),
            Expr::Role(_) | Expr::Policy { .. } => {}
        }
    }

    /// Whether the rule lets users in by terms that say nothing about the path's `segment`. Roles
    /// of the application count for every segment.
    pub(super) fn passes_without(&self, segment: usize) -> bool {
        self.expr_passes_without(&self.expr, segment)
    }

    fn expr_passes_without(&self, expr: &Expr, segment: usize) -> bool {
        match expr {
            Expr::Role(_) => false,
            Expr::RoleIn { index, .. } => self.scoped.get(*index).is_some_and(|role| role.segment != segment),
            Expr::Policy { index, .. } => {
                let arguments = self.policies.get(*index).and_then(|policy| policy.arguments.as_ref());
                arguments.is_some_and(|given| given.iter().all(|argument| argument.segment != segment))
            }
            Expr::Any(exprs) => exprs.iter().any(|expr| self.expr_passes_without(expr, segment)),
            Expr::All(exprs) => exprs.iter().all(|expr| self.expr_passes_without(expr, segment)),
            Expr::Not(_) => true,
        }
    }

    /// The rule that a list of terms says: any of them. Wrong terms are reported and left out.
    pub(crate) fn of(terms: Vec<Term>, parameters: &Parameters, diagnostics: &mut Diagnostics) -> Rule {
        let mut builder = Builder {
            role_enum: enum_of_first(&terms),
            policies: Vec::new(),
            scoped: Vec::new(),
            names: Vec::new(),
            parameters,
            diagnostics,
        };
        let mut expr = builder.list(ListWord::Any, terms);
        // One term alone needs no list around it.
        if let Expr::Any(only) = &mut expr
            && only.len() == 1
            && let Some(term) = only.pop()
        {
            expr = term;
        }
        Rule {
            role_enum: builder.role_enum,
            expr,
            policies: builder.policies,
            scoped: builder.scoped,
        }
    }
}

/// The enum that the first term with one names; the others are held against it.
fn enum_of_first(terms: &[Term]) -> Option<Path> {
    terms.iter().find_map(|term| match &term.kind {
        TermKind::Role(path) => enum_of(path),
        TermKind::List { terms, .. } => enum_of_first(terms),
        // A role in a scope is of an enum of its own.
        TermKind::RoleIn { .. } | TermKind::Call { .. } | TermKind::Setting(_) => None,
    })
}

/// `crate::AppRole` of `crate::AppRole::Admin`; `None` of a bare `Admin`, and of `Self::Admin`.
fn enum_of(variant: &Path) -> Option<Path> {
    let mut path = variant.clone();
    path.segments.pop();
    path.segments.pop_punct();
    let named = !path.segments.is_empty() && !path.is_ident("Self");
    named.then_some(path)
}

struct Builder<'a> {
    role_enum: Option<Path>,
    policies: Vec<Policy>,
    scoped: Vec<ScopedRole>,
    /// The text of each of `scoped`.
    names: Vec<String>,
    parameters: &'a Parameters,
    diagnostics: &'a mut Diagnostics,
}

impl Builder<'_> {
    fn term(&mut self, term: Term) -> Option<Expr> {
        match term.kind {
            TermKind::Role(path) => self.role(path),
            TermKind::RoleIn { role, parameter } => self.role_in(role, &parameter, &term.tokens),
            TermKind::List { word, terms } => self.nested(word, terms, &term.tokens),
            TermKind::Call { word, arguments } => self.policy(word, &arguments, &term.tokens),
            TermKind::Setting(setting) => {
                let name = setting.name;
                self.diagnostics.error(
                    &name,
                    format!("`{name}` is an option of the whole rule: write it beside the terms, `#[require_role(…, {name} = …)]`"),
                );
                None
            }
        }
    }

    /// The name of the enum to show in what to write instead.
    fn enum_name(&self) -> String {
        self.role_enum.as_ref().map_or_else(|| String::from("YourRole"), text)
    }

    fn role(&mut self, path: Path) -> Option<Expr> {
        let variant = path.segments.last()?.ident.clone();
        let expected = self.role_enum.as_ref().map(text);
        match enum_of(&path) {
            None => {
                let (this, role_enum) = (text(&path), self.enum_name());
                let message = if this == "fresh" {
                    String::from(FRESH)
                } else if this == MFA_WORD {
                    String::from(
                        "`mfa` is an option of the whole rule: write it beside the terms, `#[require_role(…, mfa)]`",
                    )
                } else if let Some(word) = ListWord::of(&path) {
                    let word = word.name();
                    format!("`{word}` combines roles: write `{word}({role_enum}::Admin)`")
                } else if this.starts_with(char::is_lowercase) {
                    let call = policy::example(&path, None, self.parameters);
                    format!("`{this}` is no role: write `{role_enum}::Admin`, or, if it is a policy, call it: `{call}`")
                } else {
                    format!("`{this}` does not say which enum it belongs to: write `{role_enum}::{variant}`")
                };
                self.diagnostics.error(&path, message);
                None
            }
            Some(named) if expected.as_ref().is_some_and(|expected| *expected != text(&named)) => {
                let (expected, named_text) = (expected.unwrap_or_default(), text(&named));
                self.diagnostics.error(
                    &named,
                    format!(
                        "`{named_text}::{variant}` is of another enum, but a rule names roles of one: add `{variant}` to `{expected}`, or, if it \
                         holds within something, write `{named_text}::{variant} in org`"
                    ),
                );
                None
            }
            Some(_) => Some(Expr::Role(path)),
        }
    }

    /// A role in a scope: a new one, or one that the rule knows already.
    fn role_in(&mut self, role: Path, parameter: &TokenStream, tokens: &TokenStream) -> Option<Expr> {
        let Some(role_enum) = enum_of(&role) else {
            let this = text(&role);
            self.diagnostics.error(
                &role,
                format!("`{this}` does not say which enum it belongs to: write `OrgRole::{this} in …`"),
            );
            return None;
        };
        let (parameter, segment, ty) = scoped::parameter(&role, parameter, self.parameters, self.diagnostics)?;
        let parameter_name = parameter.unraw().to_string();
        let name = scoped::name(&role, &parameter_name);
        let known = self.names.iter().position(|known| *known == name);
        if known.is_none() && self.policies.len() + self.scoped.len() == MOST_POLICIES {
            self.diagnostics.error(tokens, too_many());
            return None;
        }
        let index = known.unwrap_or(self.scoped.len());
        let expr = Expr::RoleIn {
            index,
            role,
            parameter: parameter_name,
        };
        if known.is_none() {
            self.names.push(name);
            self.scoped.push(ScopedRole {
                role_enum,
                parameter,
                segment,
                ty,
            });
        }
        Some(expr)
    }

    fn nested(&mut self, word: ListWord, terms: Vec<Term>, tokens: &TokenStream) -> Option<Expr> {
        if terms.is_empty() {
            // A list of mistakes is empty too by now, but not as written.
            if is_written_empty(tokens) {
                let name = word.name();
                self.diagnostics.error(
                    tokens,
                    format!("`{name}()` is empty: write roles or policies in it, or remove it"),
                );
            }
            return None;
        }
        if word == ListWord::Not && terms.len() > 1 {
            self.diagnostics
                .error(tokens, "`not(…)` takes one term: write `not(any(…))` or `not(all(…))`");
            return None;
        }
        Some(self.list(word, terms))
    }

    /// The terms under one word, each held against the others.
    fn list(&mut self, word: ListWord, terms: Vec<Term>) -> Expr {
        let before = self.diagnostics.count();
        let mut exprs = Vec::with_capacity(terms.len());
        let mut written = Vec::with_capacity(terms.len());
        for term in terms {
            let tokens = term.tokens.clone();
            if let Some(expr) = self.term(term) {
                exprs.push(expr);
                written.push(tokens);
            }
        }
        // A mistake inside would come out a second time as a contradiction around it.
        if self.diagnostics.count() == before {
            self.compare(word, &exprs, &written);
        }
        match (word, exprs.pop()) {
            (ListWord::Not, Some(only)) => Expr::Not(Box::new(only)),
            (ListWord::Not | ListWord::Any, last) => Expr::Any(exprs.into_iter().chain(last).collect()),
            (ListWord::All, last) => Expr::All(exprs.into_iter().chain(last).collect()),
        }
    }

    /// Reports terms that repeat, contradict or swallow each other.
    fn compare(&mut self, word: ListWord, exprs: &[Expr], written: &[TokenStream]) {
        for finding in redundancy::check(word, exprs) {
            let (Finding::Repeats(index)
            | Finding::NobodyPasses(index)
            | Finding::EverybodyPasses(index)
            | Finding::ChangesNothing(index)) = finding;
            let Some(tokens) = written.get(index) else {
                continue;
            };
            let term = text(tokens);
            let message = match finding {
                Finding::Repeats(_) => format!("`{term}` stands here twice: remove one"),
                Finding::NobodyPasses(_) => {
                    format!(
                        "no user can pass: `{term}` contradicts the terms before it in `all(…)`; remove the `not(…)`"
                    )
                }
                Finding::EverybodyPasses(_) => format!(
                    "every signed-in user passes, by `{term}` or by what stands before it: \
                     write `#[authenticated]` if that is meant"
                ),
                Finding::ChangesNothing(_) if word == ListWord::All => {
                    format!("`{term}` is redundant: the other terms already ask for it; remove `{term}`")
                }
                Finding::ChangesNothing(_) => {
                    format!("`{term}` is redundant: the other terms let the same users pass; remove `{term}`")
                }
            };
            self.diagnostics.error(tokens, message);
        }
    }

    /// A call of a policy: a new one, or one that the rule knows already.
    fn policy(&mut self, path: Path, arguments: &[TokenStream], tokens: &TokenStream) -> Option<Expr> {
        if let Some(message) = misspelled(&path, arguments) {
            self.diagnostics.error(&path, message);
            return None;
        }
        let names: Vec<String> = arguments.iter().map(text).collect();
        let text = format!("{}({})", text(&path), names.join(", "));
        let known = self.policies.iter().position(|policy| policy.text == text);
        if known.is_none() && self.policies.len() + self.scoped.len() == MOST_POLICIES {
            self.diagnostics.error(tokens, too_many());
            return None;
        }
        let index = known.unwrap_or(self.policies.len());
        if known.is_none() {
            let arguments = policy::arguments(&path, arguments, self.parameters, self.diagnostics);
            self.policies.push(Policy {
                path,
                text: text.clone(),
                arguments,
            });
        }
        Some(Expr::Policy { index, text })
    }
}

fn too_many() -> String {
    format!("a rule asks at most {MOST_POLICIES} policies: write one function that asks several of them")
}

/// What to say about `or(AppRole::Admin, …)`: a call that cannot be meant as a policy's.
fn misspelled(word: &Path, arguments: &[TokenStream]) -> Option<String> {
    let name = text(word);
    if name == "fresh" {
        return Some(String::from(FRESH));
    }
    if name == MFA_WORD {
        return Some(String::from(MFA));
    }
    if is_variant(word) {
        return Some(format!("a role takes no parentheses: write `{name}`"));
    }
    let all_names = arguments
        .iter()
        .all(|argument| syn::parse2::<Ident>(argument.clone()).is_ok());
    let known = match name.to_lowercase().as_str() {
        "any" | "or" | "either" | "one_of" => Some("any"),
        "all" | "and" | "both" => Some("all"),
        "not" | "none" | "except" | "unless" => Some("not"),
        _ => None,
    };
    match known {
        Some(known) if !all_names => Some(format!("unknown word `{name}` in a rule: write `{known}(…)`")),
        _ => None,
    }
}

/// Whether the group at the end of `any()` has nothing in it.
fn is_written_empty(tokens: &TokenStream) -> bool {
    match tokens.clone().into_iter().last() {
        Some(proc_macro2::TokenTree::Group(group)) => group.stream().is_empty(),
        _ => false,
    }
}
