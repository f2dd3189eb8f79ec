use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Ident, Path, Token, Type};

use crate::diagnostics::Diagnostics;
use crate::parse::{HandlerParameters, Parameters, PathParameter};

/// How many policies a rule may ask: their answers are one `u64`.
pub(crate) const MOST_POLICIES: usize = 64;

/// A function that the rule asks, with what it is given of the path.
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
        diagnostics.error(tokens, not_a_name(path, parameters));
        return None;
    };
    let parameters = match parameters {
        Parameters::Handler(parameters) => parameters,
        Parameters::Struct => {
            diagnostics.error(
                &name,
                format!(
                    "a guard struct has no route, so no path parameters: write `{}()`, or the rule on the handler",
                    last(path),
                ),
            );
            return None;
        }
        Parameters::Unknown => return None,
    };
    let text = name.unraw().to_string();
    let Some(parameter) = parameters.path.iter().find(|parameter| parameter.name == text) else {
        diagnostics.error(&name, unknown(&text, parameters));
        return None;
    };
    Some(Argument {
        name,
        segment: parameter.segment,
        trailing: parameter.trailing,
        ty: parameter.ty.clone()?,
    })
}

fn not_a_name(path: &Path, parameters: &Parameters) -> String {
    let policy = last(path);
    let example = match parameters {
        Parameters::Handler(parameters) => match parameters.path.first() {
            Some(PathParameter { name, .. }) => format!("{policy}({name})"),
            None => format!("{policy}()"),
        },
        Parameters::Struct => format!("{policy}()"),
        Parameters::Unknown => format!("{policy}(id)"),
    };
    format!(
        "a policy is given path parameters of this handler, each by its name alone: write `{example}`; the user and the \
         request it gets anyway"
    )
}

fn unknown(name: &str, parameters: &HandlerParameters) -> String {
    let problem = match parameters.other(name) {
        Some(what) => format!("`{name}` is {what}, and a policy is asked before anything but the path is read"),
        None => format!("`{name}` is no path parameter of this handler"),
    };
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
