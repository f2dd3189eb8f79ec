use proc_macro2::{Span, TokenStream};
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, Path, Type, TypePath};

use super::options::Options;
use super::rule::Rule;
use super::scoped::{self, WithinParameter};
use crate::diagnostics::Diagnostics;
use crate::parse;
use crate::parse::{MFA_WORD, Parameters, Setting, Term, TermKind, Word, is_variant, terms, text};

/// What one of the four attributes states.
pub(crate) struct Statement {
    pub(crate) decision: Decision,
    pub(crate) options: Options,
    /// The handler's parameters that are proofs of the rule.
    pub(crate) withins: Vec<WithinParameter>,
}

impl Statement {
    /// What the attribute `word` states with `arguments`, on an item with these parameters.
    ///
    /// With a mistake in the arguments, what is left of it: it lets no request in, and the compile
    /// fails anyway.
    pub(crate) fn of(
        word: Word,
        arguments: TokenStream,
        parameters: &Parameters,
        diagnostics: &mut Diagnostics,
    ) -> Statement {
        let before = diagnostics.count();
        let mut statement = match word {
            Word::RequireRole => require_role(arguments, parameters, diagnostics),
            Word::Authenticated => authenticated(arguments, diagnostics),
            Word::GuardedBy => Statement {
                decision: guarded_by(arguments, diagnostics),
                ..Statement::nobody()
            },
            Word::Public => Statement {
                decision: public(arguments, diagnostics),
                ..Statement::nobody()
            },
        };
        // A mistake in the rule leaves out the term that a parameter is the proof of.
        if diagnostics.count() == before {
            let rule = match &statement.decision {
                Decision::Rule(rule) => Some(rule),
                Decision::Public { .. } | Decision::Authenticated | Decision::Guard(_) => None,
            };
            let asked_for = rule.map(Rule::scopes_asked_for).unwrap_or_default();
            let passes_without = |segment| rule.is_some_and(|rule| rule.passes_without(segment));
            let withins = scoped::withins(parameters, &asked_for, passes_without, diagnostics);
            if diagnostics.count() > before {
                return Statement::nobody();
            }
            statement.withins = withins;
        }
        statement
    }

    /// A statement that lets no user in. It replaces a statement with mistakes.
    pub(crate) fn nobody() -> Statement {
        Statement {
            decision: Decision::Rule(Rule::nobody()),
            options: Options::default(),
            withins: Vec::new(),
        }
    }
}

/// Who may pass, as one of the four attributes says it.
pub(crate) enum Decision {
    /// Any constant expression of type `&'static str`.
    Public {
        reason: Expr,
    },
    Authenticated,
    Rule(Rule),
    /// A request guard of the application.
    Guard(Type),
}

fn require_role(arguments: TokenStream, parameters: &Parameters, diagnostics: &mut Diagnostics) -> Statement {
    let before = diagnostics.count();
    let (settings, words, terms) = split(terms(arguments, diagnostics));
    let options = Options::of(settings, words, diagnostics);
    let nothing_said = terms.is_empty() && diagnostics.count() == before;
    if nothing_said {
        let otherwise = if options.mfa {
            "`#[authenticated(mfa)]` for users who signed in with a second factor"
        } else if options.fresh.is_some() {
            "`#[authenticated(fresh = \"5m\")]` for users who signed in recently"
        } else {
            "`#[authenticated]` for every signed-in user"
        };
        diagnostics.error_at(
            Span::call_site(),
            format!("`#[require_role]` names no role: write `#[require_role(YourRole::Admin)]`, or {otherwise}"),
        );
    }
    let rule = if terms.is_empty() {
        Rule::nobody()
    } else {
        Rule::of(terms, parameters, diagnostics)
    };
    Statement {
        decision: Decision::Rule(rule),
        options,
        withins: Vec::new(),
    }
}

fn authenticated(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Statement {
    let before = diagnostics.count();
    let (settings, words, terms) = split(terms(arguments.clone(), diagnostics));
    if terms.is_empty() && diagnostics.count() == before {
        return Statement {
            decision: Decision::Authenticated,
            options: Options::of(settings, words, diagnostics),
            withins: Vec::new(),
        };
    }
    // Roles are wrong here, so mistakes within them do not matter.
    diagnostics.forget_from(before);
    diagnostics.error(
        arguments,
        "`#[authenticated]` takes no roles, only `mfa` and `fresh = \"5m\"`: to ask for roles write `#[require_role(…)]`",
    );
    Statement::nobody()
}

/// The options of a list, and the terms of its rule.
fn split(terms: Vec<Term>) -> (Vec<Setting>, Vec<Ident>, Vec<Term>) {
    let (mut settings, mut words) = (Vec::new(), Vec::new());
    let mut rule = Vec::with_capacity(terms.len());
    for term in terms {
        match term.kind {
            TermKind::Setting(setting) => settings.push(setting),
            TermKind::Role(ref path) if path.is_ident(MFA_WORD) => words.extend(path.get_ident().cloned()),
            _ => rule.push(term),
        }
    }
    (settings, words, rule)
}

fn public(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Decision {
    let before = diagnostics.count();
    let mut reason = None;
    for part in parse::split(arguments) {
        match self::reason(&part, reason.is_some()) {
            Ok(constant) => reason = Some(constant),
            Err(message) => diagnostics.error(part, message),
        }
    }
    match reason {
        Some(reason) => Decision::Public { reason },
        None => {
            if diagnostics.count() == before {
                diagnostics.error_at(Span::call_site(), SAY_WHY);
            }
            Decision::Rule(Rule::nobody())
        }
    }
}

const NAME_GUARD: &str = "name one request guard: write `#[guarded_by(YourGuard)]`";

fn guarded_by(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Decision {
    match syn::parse2(arguments.clone()) {
        Ok(Type::Path(TypePath { path, .. })) if is_variant(&path) && path.segments.len() == 2 && is_enum(&path) => {
            let role = text(&path);
            diagnostics.error(
                arguments,
                format!("`#[guarded_by]` takes a request guard: to ask for a role write `#[require_role({role})]`"),
            );
        }
        Ok(guard @ (Type::Path(_) | Type::Reference(_))) => match lets_all_in(&guard) {
            Some(name) => diagnostics.error(
                arguments,
                format!(
                    "`{name}` lets every request pass: name a guard that refuses some, or write `#[public(\"health check\")]`"
                ),
            ),
            None => return Decision::Guard(guard),
        },
        _ if arguments.is_empty() => diagnostics.error_at(Span::call_site(), NAME_GUARD),
        _ => diagnostics.error(arguments, NAME_GUARD),
    }
    Decision::Rule(Rule::nobody())
}

/// The name of a guard that refuses no request, or hardly any.
fn lets_all_in(guard: &Type) -> Option<String> {
    const NAMES: [&str; 7] = ["Option", "Result", "Outcome", "State", "CookieJar", "Method", "IpAddr"];
    match guard {
        Type::Reference(reference) => lets_all_in(&reference.elem),
        Type::Path(path) => {
            let name = path.path.segments.last()?.ident.to_string();
            NAMES.contains(&name.as_str()).then_some(name)
        }
        _ => None,
    }
}

/// Whether the first segment is a type and no module: `AppRole::Admin`.
fn is_enum(path: &Path) -> bool {
    let first = path.segments.first().map(|first| first.ident.to_string());
    first.is_some_and(|first| first.starts_with(char::is_uppercase))
}

const SAY_WHY: &str = "say why this needs no sign-in: write `#[public(\"health check\")]`";

/// The reason that an argument of `#[public(…)]` is, or what to say about it.
fn reason(part: &TokenStream, has_reason: bool) -> Result<Expr, String> {
    if parse::is_comma(part) {
        return Err(String::from(parse::STRAY_COMMA));
    }
    let is_word = syn::parse2::<Ident>(part.clone()).is_ok_and(|word| word == MFA_WORD);
    if is_word || syn::parse2::<Setting>(part.clone()).is_ok_and(|setting| setting.name == MFA_WORD) {
        return Err(String::from(
            "`#[public]` asks no user to sign in: remove this, or write `#[authenticated(mfa)]`",
        ));
    }
    if let Ok(Setting { name, value }) = syn::parse2(part.clone()) {
        return Err(if name == "fresh" {
            format!("`#[public]` asks no user to sign in: remove this, or write `#[authenticated({name} = {value})]`")
        } else {
            format!("`#[public]` has no option `{name}`: write the reason alone, `#[public(\"health check\")]`")
        });
    }
    if has_reason {
        return Err(String::from("`#[public]` has one reason: write it as one text"));
    }
    match syn::parse2(part.clone()) {
        Ok(Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        })) if text.value().trim().is_empty() => Err(String::from(SAY_WHY)),
        Ok(Expr::Lit(ExprLit { lit, .. })) if !matches!(lit, Lit::Str(_)) => Err(String::from(SAY_WHY)),
        Ok(Expr::Path(ExprPath { path, .. })) if is_variant(&path) => {
            let role = text(&path);
            Err(format!(
                "`#[public]` takes no role: write `#[require_role({role})]`, or say why this needs no sign-in"
            ))
        }
        Ok(reason) => Ok(reason),
        Err(_) => Err(String::from(SAY_WHY)),
    }
}
