use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
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
    /// `OrgRole::Owner in org`; the parameter is not yet known to be a name.
    RoleIn { role: Path, parameter: TokenStream },
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

/// The text of tokens as one would write them: to compare it, and to show it.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    // Beside `in`, the blanks stay.
    let parts: Vec<String> = text
        .split(" in ")
        .map(|part| part.replace(' ', "").replace(',', ", "))
        .collect();
    parts.join(" in ")
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Setting> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        Ok(Setting { name, value })
    }
}

/// Whether a path looks like `AppRole::Admin`, and not like a function or a constant.
pub(crate) fn is_variant(path: &Path) -> bool {
    let last = path.segments.last().map(|last| last.ident.to_string());
    path.segments.len() > 1
        && last.is_some_and(|last| last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase))
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

/// What to say about an option that is written otherwise.
pub(crate) const FRESH: &str = "`fresh` is an option with a duration: write `fresh = \"5m\"`";

/// The word that is an option without a value.
pub(crate) const MFA_WORD: &str = "mfa";

/// What to say about that option where it is written otherwise.
pub(crate) const MFA: &str = "`mfa` is an option without a value: write `mfa` beside the terms";

const EXPECTED: &str = "expected a role such as `YourRole::Admin`, a policy such as `owns_report(id)`, or `any(…)`, `all(…)`, `not(…)` around them";

/// The terms of a list; those that cannot be read are reported and left out.
pub(crate) fn terms(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Term> {
    list::split(tokens)
        .into_iter()
        .filter_map(|part| term(part, diagnostics))
        .collect()
}

fn term(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Term> {
    if list::is_comma(&tokens) {
        diagnostics.error(tokens, list::STRAY_COMMA);
        return None;
    }
    let raw = diagnostics.keep(parse_term.parse2(tokens.clone()))?;
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

fn parse_term(input: ParseStream<'_>) -> syn::Result<Raw> {
    if let Some(mistake) = misleading_start(input)? {
        return Err(mistake);
    }
    if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        return Ok(Raw::Done(TermKind::Setting(input.parse()?)));
    }

    let path = path(input)?;
    if input.peek(Token![in]) {
        let word: Token![in] = input.parse()?;
        let parameter: TokenStream = input.parse()?;
        if parameter.is_empty() {
            let message = format!(
                "`in` names the path parameter where the role holds: write `{} in org`",
                text(&path)
            );
            return Err(syn::Error::new_spanned(word, message));
        }
        return Ok(Raw::Done(TermKind::RoleIn { role: path, parameter }));
    }
    let inside = match input.cursor().token_tree() {
        Some((TokenTree::Group(group), _)) if input.peek(syn::token::Paren) => {
            let _: TokenTree = input.parse()?;
            Some(group.stream())
        }
        _ => None,
    };
    if !input.is_empty() {
        return Err(leftover(input, &path, inside.as_ref()));
    }
    let generic = path.segments.iter().find(|segment| !segment.arguments.is_none());
    Ok(match (inside, ListWord::of(&path)) {
        (None, _) => {
            if let Some(generic) = generic {
                let message = "a role enum has no generic arguments: write `YourRole::Admin`";
                return Err(syn::Error::new_spanned(&generic.arguments, message));
            }
            Raw::Done(TermKind::Role(path))
        }
        (Some(inside), Some(word)) => Raw::List(word, inside),
        (Some(inside), None) => Raw::Done(TermKind::Call {
            word: path,
            arguments: list::split(inside),
        }),
    })
}

/// A path in the form that expressions use; only a policy's may have generic arguments.
fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    let start = input.span();
    let ExprPath { qself, path, .. } = input.parse().map_err(|_| syn::Error::new(start, EXPECTED))?;
    match qself {
        Some(_) => Err(syn::Error::new(
            start,
            "a policy is a path such as `owns_report` or `policies::owns_report::<T>`: write a function that calls this one",
        )),
        None => Ok(path),
    }
}

/// What to say about a term that starts with something else than a word.
fn misleading_start(input: ParseStream<'_>) -> syn::Result<Option<syn::Error>> {
    if input.peek(Lit) {
        return Ok(Some(literal(&input.parse()?)));
    }
    let all: TokenStream = input.fork().parse()?;
    let mut tokens = all.clone().into_iter();
    let (first, rest) = (tokens.next(), text(&tokens.collect::<TokenStream>()));
    let message = match &first {
        Some(TokenTree::Punct(sign)) if sign.as_char() == '!' => format!("write `not({rest})` instead of `!{rest}`"),
        Some(TokenTree::Punct(sign)) if sign.as_char() == '&' => format!("a rule borrows nothing: write `{rest}`"),
        Some(TokenTree::Group(group)) => match (group.delimiter(), list::split(group.stream()).as_slice()) {
            (Delimiter::Parenthesis, [one]) => match parse_term.parse2(one.clone()) {
                Ok(_) => format!("a term needs no parentheses: write `{}`", text(one)),
                Err(inside) => return Err(inside),
            },
            (Delimiter::Parenthesis | Delimiter::Bracket, [_, ..]) => {
                format!(
                    "`any(…)` lists terms of which one is enough: write `any({})`",
                    text(&group.stream())
                )
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let _: TokenStream = input.parse()?;
    Ok(Some(syn::Error::new_spanned(all, message)))
}

/// What to say about `"admin"`, `true` or `1`.
fn literal(literal: &Lit) -> syn::Error {
    let message = match literal {
        Lit::Str(text) => format!(
            "roles are not text, but variants of an enum with `#[derive(auth_core::Role, Clone, Copy)]`: write `YourRole::{}`",
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

/// What to say about tokens after a complete term, `path` or `path(inside)`: `Admin || Editor`,
/// `owns(id).await`.
fn leftover(input: ParseStream<'_>, path: &Path, inside: Option<&TokenStream>) -> syn::Error {
    let rest: TokenStream = input.fork().parse().unwrap_or_default();
    let term = match inside {
        Some(inside) => format!("{}({})", text(path), text(inside)),
        None => text(path),
    };
    let sign = sign(&rest);
    let word = ListWord::of(path).filter(|_| inside.is_none());
    let message = if let Some(word) = word {
        let terms = text(&without_delimiters(rest.clone()));
        // Without delimiters, the terms after the first comma are not read here.
        let others = if word == ListWord::Not || is_delimited(&rest) {
            ""
        } else {
            ", …"
        };
        let _: TokenStream = input.parse().unwrap_or_default();
        let word = word.name();
        let message = format!("`{word}` takes parentheses: write `{word}({terms}{others})`");
        return syn::Error::new_spanned(path, message);
    } else if path.is_ident("fresh") {
        String::from(FRESH)
    } else if path.is_ident(MFA_WORD) {
        String::from(MFA)
    } else if input.peek(Token![|]) || input.peek(Token![||]) || next_is(input, "or") {
        format!("write `any({term}, …)` instead of `{sign}`")
    } else if input.peek(Token![&]) || input.peek(Token![&&]) || next_is(input, "and") {
        format!("write `all({term}, …)` instead of `{sign}`")
    } else if input.peek(Token![.]) && input.peek2(Token![await]) {
        format!("the policy is awaited for you: remove `.await`, write `{term}`")
    } else if input.peek(Token![?]) {
        format!("an error of the policy refuses the request: remove `?`, write `{term}`")
    } else if inside.is_none() && input.peek(Token![.]) && input.peek2(Ident) {
        format!(
            "a variant follows `::`: write `{term}::{}`",
            text(&rest).trim_start_matches('.')
        )
    } else if input.peek(Token![in]) {
        String::from("`in` follows a role: write `OrgRole::Owner in org`, inside the list")
    } else if input.peek(Token![<]) {
        format!(
            "generic arguments of a policy follow `::`: write `{term}::{}`, or leave them out",
            text(&rest)
        )
    } else if input.peek(Token![;]) {
        String::from("write `,` instead of `;`")
    } else if input.peek(Ident) || input.peek(Lit) || input.peek(Token![::]) {
        format!(
            "expected `,` between terms: write `{term}, …` if one of them is enough, `all({term}, …)` if each is needed"
        )
    } else {
        format!(
            "`{sign}` is no operator of a rule: write `any({term}, …)` if one of the terms is enough, `all({term}, …)` if each is needed"
        )
    };
    let _: TokenStream = input.parse().unwrap_or_default();
    let first = rest.into_iter().next();
    syn::Error::new_spanned(first.into_token_stream(), message)
}

fn next_is(input: ParseStream<'_>, word: &str) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|next| next == word)
}

/// `Admin, Editor` of `[Admin, Editor]`; anything else as it is.
fn without_delimiters(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) => group.stream(),
        _ => tokens,
    }
}

fn is_delimited(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    matches!((trees.next(), trees.next()), (Some(TokenTree::Group(_)), None))
}

/// The sign at the start, whole: `||` is two tokens.
fn sign(tokens: &TokenStream) -> String {
    let mut trees = tokens.clone().into_iter();
    let mut sign = trees.next().map(|first| first.to_string()).unwrap_or_default();
    if ["|", "&", "="].contains(&sign.as_str())
        && let Some(TokenTree::Punct(second)) = trees.next()
        && sign.contains(second.as_char())
    {
        sign.push(second.as_char());
    }
    sign
}
