use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Token, Visibility};

use super::{Guard, Handler, Parameters, Word, fragments, guard, handler};
use crate::diagnostics::Diagnostics;

/// The item below an attribute.
pub(crate) enum Item {
    /// A free function.
    Handler(Handler),
    /// A struct that becomes a request guard.
    Guard(Guard),
    /// Something that cannot have a decision; reported, and given back as it came.
    Other(TokenStream),
}

impl Item {
    /// What a policy can be given here.
    pub(crate) fn parameters(&self) -> &Parameters {
        match self {
            Item::Handler(handler) => &handler.parameters,
            Item::Guard(_) => &Parameters::Struct,
            Item::Other(_) => &Parameters::Unknown,
        }
    }
}

/// Reads the item on which the attribute `word` stands.
pub(crate) fn item(word: Word, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Item {
    let start = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let kind = kind(input);
        let rest: TokenStream = input.parse()?;
        Ok((attributes, visibility, kind, rest))
    };
    let (head, block) = without_block(tokens.clone());
    let Some((attributes, visibility, kind, rest)) = diagnostics.keep(start.parse2(head)) else {
        return Item::Other(tokens);
    };

    let attributes = only_decision(word, attributes, diagnostics);
    let name = word.name();
    match kind {
        Kind::Function => handler::parse(word, attributes, visibility, &rest, block, diagnostics)
            .map_or_else(Item::Other, Item::Handler),
        Kind::Struct => guard::parse(word, quote!(#(#attributes)* #visibility #rest #block), diagnostics)
            .map_or_else(Item::Other, Item::Guard),
        Kind::Other(what) => {
            let message = format!("`#[{name}]` cannot stand on {what}");
            let hint = match word {
                Word::Public | Word::GuardedBy => "write it above the `#[get(…)]` of each handler",
                _ => "write it above the `#[get(…)]` of each handler, or on a struct that becomes a request guard",
            };
            diagnostics.error(first(&rest), format!("{message}: {hint}"));
            Item::Other(quote!(#(#attributes)* #visibility #rest #block))
        }
    }
}

/// The item without the `{ … }` at its end, and that. A parser would go through all of a function's
/// body before it starts, to no use.
fn without_block(tokens: TokenStream) -> (TokenStream, Option<Group>) {
    let mut head: Vec<TokenTree> = tokens.into_iter().collect();
    let last = head.pop();
    match last.clone().and_then(fragments::block) {
        Some(block) => (head.into_iter().collect(), Some(block)),
        None => (head.into_iter().chain(last).collect(), None),
    }
}

/// What sort of item starts here.
enum Kind {
    Function,
    Struct,
    Other(&'static str),
}

fn kind(input: ParseStream<'_>) -> Kind {
    if input.peek(Token![struct]) {
        Kind::Struct
    } else if input.peek(Token![enum]) {
        Kind::Other("an enum")
    } else if input.peek(Token![impl]) || (input.peek(Token![unsafe]) && input.peek2(Token![impl])) {
        Kind::Other("an `impl` block")
    } else if input.peek(Token![trait]) || (input.peek(Token![unsafe]) && input.peek2(Token![trait])) {
        Kind::Other("a trait")
    } else if input.peek(Token![mod]) {
        Kind::Other("a module")
    } else if is_function(input) {
        Kind::Function
    } else {
        Kind::Other("this item")
    }
}

/// Whether `fn` follows, after any of `const async unsafe extern "C"`.
fn is_function(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let qualified = |input: ParseStream<'_>| -> syn::Result<()> {
        input.parse::<Option<Token![const]>>()?;
        input.parse::<Option<Token![async]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Option<syn::Abi>>()?;
        input.parse::<Token![fn]>().map(drop)
    };
    qualified(&fork).is_ok()
}

/// The attributes without those that state a further decision, which are reported.
///
/// Taking them out keeps them from running too, and from saying the same again.
fn only_decision(word: Word, attributes: Vec<Attribute>, diagnostics: &mut Diagnostics) -> Vec<Attribute> {
    let (second, others): (Vec<_>, Vec<_>) = attributes
        .into_iter()
        .partition(|attribute| Word::of(attribute).is_some());
    for attribute in second {
        let (this, first) = (Word::of(&attribute).unwrap_or(word), word.name());
        let message = if this == word {
            format!("`#[{first}]` stands here twice: ")
        } else {
            format!("a second decision after `#[{first}]`: ")
        };
        let fix = if this == Word::RequireRole && word == Word::RequireRole {
            "write both rules in one, `#[require_role(any(…))]` or `#[require_role(all(…))]`"
        } else {
            "keep one of the two"
        };
        diagnostics.error(attribute, message + fix);
    }
    others
}

/// The first token, as the smallest thing to point at.
fn first(tokens: &TokenStream) -> TokenStream {
    tokens.clone().into_iter().take(1).collect()
}
