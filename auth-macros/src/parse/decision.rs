use proc_macro2::{Span, TokenStream};
use syn::LitStr;

use super::{Word, term};
use crate::diagnostics::Diagnostics;
use crate::model::{Decision, Rule};

/// The decision that the attribute `word` states with `arguments`.
///
/// With a mistake in the arguments, what is left of the decision: it lets nobody in, and the compile
/// fails anyway.
pub(crate) fn decision(word: Word, arguments: TokenStream, diagnostics: &mut Diagnostics) -> Decision {
    match word {
        Word::RequireRole => Decision::Rule(require_role(arguments, diagnostics)),
        Word::Authenticated => authenticated(&arguments, diagnostics),
        Word::Public => public(arguments, diagnostics),
    }
}

fn require_role(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Rule {
    if arguments.is_empty() {
        diagnostics.error_at(
            Span::call_site(),
            "`#[require_role]` names no role: write `#[require_role(YourRole::Admin)]`, or \
             `#[authenticated]` for everyone who is signed in",
        );
        return Rule::nobody();
    }
    let terms = term::terms(arguments, diagnostics);
    Rule::of(terms, diagnostics)
}

fn authenticated(arguments: &TokenStream, diagnostics: &mut Diagnostics) -> Decision {
    if arguments.is_empty() {
        return Decision::Authenticated;
    }
    diagnostics.error(
        arguments,
        "`#[authenticated]` takes no arguments: to ask for roles write `#[require_role(…)]` instead",
    );
    Decision::Rule(Rule::nobody())
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
