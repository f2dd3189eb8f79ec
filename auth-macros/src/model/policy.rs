use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Ident, Path, Token, Type};

use crate::diagnostics::Diagnostics;
use crate::parse::{HandlerParameters, Parameters, PathParameter};

/// How many policies a rule may call: their answers are one `u64`.
pub(crate) const MOST_POLICIES: usize = 64;

/// A function that the rule calls, with its arguments from the path.
pub(crate) struct Policy {
    pub(crate) path: Path,
    /// The call as the access map prints it, `owns_report(id)`: equal calls are one policy.
    pub(crate) text: String,
    /// `None` if they cannot be known; that is reported already.
    pub(crate) arguments: Option<Vec<Argument>>,
}

/// A path parameter that is given to a policy.
pub(crate) struct Argument {
    /// Its name where it is given: to point at.
    pub(crate) name: Ident,
    pub(crate) segment: usize,
    pub(crate) trailing: bool,
    pub(crate) ty: Type,
}

/// The arguments of the policy `path`; `None` if one is wrong, which is reported.
pub(crate) fn arguments(
    path: &Path,
    written: &[TokenStream],
    parameters: &Parameters,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    let arguments: Vec<_> = written
        .iter()
        .map(|tokens| argument(path, tokens, parameters, diagnostics))
        .collect();
    arguments.into_iter().collect()
}

fn argument(
    path: &Path,
    tokens: &TokenStream,
    parameters: &Parameters,
    diagnostics: &mut Diagnostics,
) -> Option<Argument> {
    if syn::parse2::<Token![_]>(tokens.clone()).is_ok() {
        diagnostics.error(
            tokens,
            "a parameter needs a name to be given to a policy: write `<id>` in the path, `id` here and in the handler",
        );
        return None;
    }
    let Ok(name) = syn::parse2::<Ident>(tokens.clone()) else {
        diagnostics.error(tokens, not_a_name(path, tokens, parameters));
        return None;
    };
    let handler = match parameters {
        Parameters::Handler(handler) => handler,
        Parameters::Struct => {
            diagnostics.error(
                &name,
                format!(
                    "a guard struct has no route, so there is no `{name}` for `{}`: write this rule above a handler",
                    last(path),
                ),
            );
            return None;
        }
        Parameters::Unknown => return None,
    };
    let text = name.unraw().to_string();
    let Some(parameter) = handler.path.iter().find(|parameter| parameter.name == text) else {
        let message = if handler.is_given_anyway(&text) {
            let example = example(path, None, parameters);
            format!("each policy gets the user and the request: write `{example}`, with path parameters alone")
        } else {
            unknown(&text, handler)
        };
        diagnostics.error(&name, message);
        return None;
    };
    Some(Argument {
        name,
        segment: parameter.segment,
        trailing: parameter.trailing,
        ty: parameter.ty.clone()?,
    })
}

fn not_a_name(path: &Path, written: &TokenStream, parameters: &Parameters) -> String {
    let example = example(path, Some(written), parameters);
    let function = last(path);
    format!(
        "an argument of a policy is the name of a path parameter of this handler: write `{example}`, and compute inside `{function}`"
    )
}

/// A call of the policy with the path parameter that `written` mentions, or with the first.
pub(super) fn example(path: &Path, written: Option<&TokenStream>, parameters: &Parameters) -> String {
    let parameters = match parameters {
        Parameters::Handler(parameters) => parameters,
        Parameters::Struct => return format!("{}()", last(path)),
        Parameters::Unknown => return format!("{}(id)", last(path)),
    };
    let words = written.map(|tokens| {
        tokens
            .clone()
            .into_iter()
            .map(|token| token.to_string())
            .collect::<Vec<_>>()
    });
    let is_mentioned = |parameter: &&PathParameter| words.iter().flatten().any(|word| *word == parameter.name);
    let parameter = parameters.path.iter().find(is_mentioned).or(parameters.path.first());
    let name = parameter.map_or("", |parameter| &parameter.name);
    format!("{}({name})", last(path))
}

fn unknown(name: &str, parameters: &HandlerParameters) -> String {
    // Not another parameter of the path: the policy would check one value, and the handler use
    // another.
    if let Some(what) = parameters.other(name) {
        return format!(
            "`{name}` is {what}, but a policy gets only what stands in the path: move `<{name}>` into the path, or check it inside \
             the handler"
        );
    }
    let problem = format!("`{name}` is no path parameter of this handler");
    let known: Vec<String> = parameters
        .path
        .iter()
        .map(|parameter| format!("`{}`", parameter.name))
        .collect();
    if known.is_empty() {
        format!("{problem}: the path has no parameters, add `<{name}>` to it")
    } else {
        format!("{problem}: write {}", known.join(" or "))
    }
}

fn last(path: &Path) -> String {
    path.segments
        .last()
        .map_or_else(String::new, |last| last.ident.to_string())
}
