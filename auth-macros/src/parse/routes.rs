use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Lit, Path};

use super::list;
use super::term::text;
use crate::diagnostics::Diagnostics;

/// The handlers named in `guarded_routes![…]`; what is not a path is reported and left out.
pub(crate) fn routes(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Path> {
    let mut paths = Vec::new();
    for part in list::split(tokens) {
        match syn::parse2::<Path>(part.clone()) {
            Ok(path) if !is_generic(&path) => paths.push(path),
            _ => {
                let message = message(&part);
                diagnostics.error(part, message);
            }
        }
    }
    paths
}

fn is_generic(path: &Path) -> bool {
    path.segments.iter().any(|segment| !segment.arguments.is_none())
}

/// What to say about a part that is no path of a handler.
fn message(part: &TokenStream) -> String {
    const EXPECTED: &str = "expected the name of a handler: write `guarded_routes![stats, admin::delete]`";
    if list::is_comma(part) {
        return String::from(list::STRAY_COMMA);
    }
    if syn::parse2::<Lit>(part.clone()).is_ok() {
        return String::from(
            "a handler's own attribute says its path: write the handler's name here, `guarded_routes![stats]`",
        );
    }
    let start = |input: ParseStream<'_>| Ok((input.parse::<Path>()?, input.parse::<TokenStream>()?));
    let Ok((path, rest)) = start.parse2(part.clone()) else {
        return String::from(EXPECTED);
    };
    if is_generic(&path) {
        return String::from("a handler has no generic arguments: write its name alone");
    }
    let mut rest = rest.into_iter();
    match (rest.next(), rest.next()) {
        (Some(TokenTree::Group(_)), None) if is_function(&path) => {
            format!(
                "Rocket calls the handler, with arguments from the request: write `{}`",
                text(&path)
            )
        }
        (Some(TokenTree::Group(_)), None) => String::from(
            "`guarded_routes![…]` lists handlers: mount other routes behind a decision of their own, \
             `.mount(\"/files\", protect(YourRole::Admin, FileServer::from(\"files\")))`",
        ),
        _ => String::from(EXPECTED),
    }
}

/// Whether a path names a function, and not something of a type, as `FileServer::from` does.
fn is_function(path: &Path) -> bool {
    let is_type = |name: String| name.starts_with(char::is_uppercase);
    !path.is_ident("protect") && path.segments.iter().all(|segment| !is_type(segment.ident.to_string()))
}
