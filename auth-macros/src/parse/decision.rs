use proc_macro2::{Span, TokenStream};
use syn::LitStr;

use super::term::{Setting, Term, TermKind, terms};
use super::{Parameters, Word};
use crate::diagnostics::Diagnostics;
use crate::model::{Decision, Options, Rule, Statement};

/// What the attribute `word` states with `arguments`, on an item with these parameters.
///
/// With a mistake in the arguments, what is left of it: it lets nobody in, and the compile fails anyway.
pub(crate) fn decision(
    word: Word,
    arguments: TokenStream,
    parameters: &Parameters,
    diagnostics: &mut Diagnostics,
) -> Statement {
    match word {
        Word::RequireRole => require_role(arguments, parameters, diagnostics),
        Word::Authenticated => authenticated(arguments, diagnostics),
        Word::Public => Statement {
            decision: public(arguments, diagnostics),
            options: Options::default(),
        },
    }
}

fn require_role(arguments: TokenStream, parameters: &Parameters, diagnostics: &mut Diagnostics) -> Statement {
    let before = diagnostics.count();
    let (settings, terms) = split(terms(arguments, diagnostics));
    let options = Options::of(settings, diagnostics);
    let nothing_said = terms.is_empty() && diagnostics.count() == before;
    if nothing_said {
        let otherwise = if options.fresh.is_some() {
            "`#[authenticated(fresh = \"5m\")]` for everyone who signed in lately"
        } else {
            "`#[authenticated]` for everyone who is signed in"
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
    }
}

fn authenticated(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Statement {
    let before = diagnostics.count();
    let (settings, terms) = split(terms(arguments.clone(), diagnostics));
    if terms.is_empty() && diagnostics.count() == before {
        return Statement {
            decision: Decision::Authenticated,
            options: Options::of(settings, diagnostics),
        };
    }
    // Whatever the roles look like, they are out of place.
    diagnostics.forget_from(before);
    diagnostics.error(
        arguments,
        "`#[authenticated]` names no roles, only options such as `fresh = \"5m\"`: to ask for roles write \
         `#[require_role(…)]` instead",
    );
    Statement::nobody()
}

/// The options of a list, and the terms of its rule.
fn split(terms: Vec<Term>) -> (Vec<Setting>, Vec<Term>) {
    let mut settings = Vec::new();
    let mut rule = Vec::with_capacity(terms.len());
    for term in terms {
        match term.kind {
            TermKind::Setting(setting) => settings.push(setting),
            _ => rule.push(term),
        }
    }
    (settings, rule)
}

fn public(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Decision {
    const SAY_WHY: &str = "say why nobody needs to sign in here: write `#[public(\"health check\")]`";

    if arguments.is_empty() {
        diagnostics.error_at(Span::call_site(), SAY_WHY);
        return Decision::Rule(Rule::nobody());
    }
    match syn::parse2::<LitStr>(arguments.clone()) {
        Ok(reason) if !reason.value().trim().is_empty() => Decision::Public { reason },
        Ok(_) | Err(_) => {
            diagnostics.error(arguments, SAY_WHY);
            Decision::Rule(Rule::nobody())
        }
    }
}
