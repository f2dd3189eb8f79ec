use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{ExprPath, Ident, Lit, LitStr, Path, Token};

use super::list;
use crate::diagnostics::Diagnostics;

/// One part of the list in `#[require_role(…)]`, as written.
pub(crate) struct Term {
    /// All of it, to point at.
    pub(crate) tokens: TokenStream,
    pub(crate) kind: TermKind,
}

/// The forms a term can have.
pub(crate) enum TermKind {
    /// `AppRole::Admin`; not yet known to be a role.
    Role(Path),
    /// `any(…)`, `all(…)` or `not(…)`.
    List { word: ListWord, terms: Vec<Term> },
    /// Any other `word(…)`: a policy with its arguments.
    Call { word: Path, arguments: Vec<TokenStream> },
    /// An option.
    Setting(Setting),
}

/// An option: `fresh = "5m"`.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: TokenStream,
}

/// The words that combine terms, as in `#[cfg]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListWord {
    Any,
    All,
    Not,
}

impl ListWord {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ListWord::Any => "any",
            ListWord::All => "all",
            ListWord::Not => "not",
        }
    }

    pub(crate) fn of(word: &Path) -> Option<ListWord> {
        let word = word.get_ident()?.to_string();
        [ListWord::Any, ListWord::All, ListWord::Not]
            .into_iter()
            .find(|known| word == known.name())
    }
}

const EXPECTED: &str = "expected a role such as `YourRole::Admin`, a policy such as `owns_report(id)`, or `any(…)`, `all(…)`, `not(…)` around them";

/// The terms of a list; those that cannot be read are reported and left out.
pub(crate) fn terms(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Term> {
    list::split(tokens)
        .into_iter()
        .filter_map(|part| term(part, diagnostics))
        .collect()
}

fn term(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Term> {
    let parser = |input: ParseStream<'_>| parse_term(input, &tokens);
    let raw = diagnostics.keep(parser.parse2(tokens.clone()))?;
    let kind = match raw {
        Raw::Done(kind) => kind,
        Raw::List(word, inside) => TermKind::List {
            word,
            terms: terms(inside, diagnostics),
        },
    };
    Some(Term { tokens, kind })
}

/// A term whose inner list is not read yet, so that every mistake in it can be collected.
enum Raw {
    Done(TermKind),
    List(ListWord, TokenStream),
}

fn parse_term(input: ParseStream<'_>, all: &TokenStream) -> syn::Result<Raw> {
    if input.peek(Lit) {
        return Err(literal(&input.parse()?));
    }
    if input.peek(Token![!]) {
        let _: TokenStream = input.parse()?;
        return Err(syn::Error::new_spanned(all, "write `not(…)` instead of `!…`"));
    }
    if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        return Ok(Raw::Done(TermKind::Setting(Setting { name, value })));
    }

    let path = path(input)?;
    let inside = match input.cursor().token_tree() {
        Some((TokenTree::Group(group), _)) if input.peek(syn::token::Paren) => {
            let _: TokenTree = input.parse()?;
            Some(group.stream())
        }
        _ => None,
    };
    if !input.is_empty() {
        return Err(leftover(input));
    }
    Ok(match (inside, ListWord::of(&path)) {
        (None, _) => Raw::Done(TermKind::Role(path)),
        (Some(inside), Some(word)) => Raw::List(word, inside),
        (Some(inside), None) => Raw::Done(TermKind::Call {
            word: path,
            arguments: list::split(inside),
        }),
    })
}

/// A path in the form that expressions use, without generic arguments.
fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    let start = input.span();
    let ExprPath { qself, path, .. } = input.parse().map_err(|_| syn::Error::new(start, EXPECTED))?;
    match path.segments.iter().find(|segment| !segment.arguments.is_none()) {
        Some(generic) => Err(syn::Error::new_spanned(
            &generic.arguments,
            "a role enum has no generic arguments: write `YourRole::Admin`",
        )),
        None if qself.is_some() => Err(syn::Error::new(start, EXPECTED)),
        None => Ok(path),
    }
}

/// What to say about `"admin"`, `true` or `1`.
fn literal(literal: &Lit) -> syn::Error {
    let message = match literal {
        Lit::Str(text) => format!(
            "roles are variants of your enum, checked by the compiler: write `YourRole::{}` without quotes",
            variant_like(text),
        ),
        _ => EXPECTED.to_owned(),
    };
    syn::Error::new_spanned(literal, message)
}

/// The variant that `"admin"` or `"report_editor"` probably means; `Admin` if it cannot be guessed.
fn variant_like(text: &LitStr) -> String {
    let text = text.value();
    let name: String = text
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect();
    match syn::parse_str::<Ident>(&name) {
        Ok(ident) => ident.to_string(),
        Err(_) => String::from("Admin"),
    }
}

/// What to say about tokens after a complete term: `Admin || Editor`, `Admin Editor`.
fn leftover(input: ParseStream<'_>) -> syn::Error {
    let message = if input.peek(Token![|]) || input.peek(Token![||]) {
        "write `any(…, …)` instead of `|`"
    } else if input.peek(Token![&]) || input.peek(Token![&&]) {
        "write `all(…, …)` instead of `&`"
    } else {
        "expected `,` between terms"
    };
    let rest: TokenStream = input.parse().unwrap_or_default();
    let first = rest.into_iter().next();
    syn::Error::new_spanned(first.into_token_stream(), message)
}
