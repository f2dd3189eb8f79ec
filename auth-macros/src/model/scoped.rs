use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{GenericArgument, Ident, Path, PathArguments, Type};

use crate::diagnostics::Diagnostics;
use crate::parse::{Parameters, PathParameter, text};

/// A role in a scope that a rule names: `OrgRole::Owner in org`.
pub(crate) struct ScopedRole {
    /// The path of its enum, as written.
    pub(crate) role_enum: Path,
    /// The name of the parameter where the rule gives it: to point at.
    pub(crate) parameter: Ident,
    pub(crate) segment: usize,
    /// The handler's type of the parameter; `None` for [`Within`](is_within), or where it is not
    /// known.
    pub(crate) ty: Option<Type>,
}

/// A parameter `org: Within<OrgRole>` of a handler.
pub(crate) struct WithinParameter {
    pub(crate) name: String,
    pub(crate) segment: usize,
    /// The path of the enum, as the rule writes it.
    pub(crate) role_enum: Path,
}

/// The path parameter that a term gives after `in`; `None` if there is none, which is reported.
pub(super) fn parameter(
    role: &Path,
    written: &TokenStream,
    parameters: &Parameters,
    diagnostics: &mut Diagnostics,
) -> Option<(Ident, usize, Option<Type>)> {
    let role = text(role);
    let Ok(name) = syn::parse2::<Ident>(written.clone()) else {
        diagnostics.error(
            written,
            format!("after `in` stands the name of one path parameter of this handler: write `{role} in org`"),
        );
        return None;
    };
    let handler = match parameters {
        Parameters::Handler(handler) => handler,
        Parameters::Struct => {
            diagnostics.error(
                &name,
                format!(
                    "a guard struct has no route, so there is no `{name}` for `{role}`: write this rule above a handler"
                ),
            );
            return None;
        }
        // Reported. No path has such a segment, so the term could let no user in.
        Parameters::Unknown => return Some((name, usize::MAX, None)),
    };
    let text = name.unraw().to_string();
    let Some(parameter) = handler.path.iter().find(|parameter| parameter.name == text) else {
        let message = match handler.other(&text) {
            Some(what) => format!(
                "`{text}` is {what}, but a role holds within what the path names: move `<{text}>` into the path"
            ),
            None if handler.path.is_empty() => {
                format!(
                    "`{text}` is no path parameter of this handler: the path has no parameters, add `<{text}>` to it"
                )
            }
            None => {
                let known: Vec<String> = handler
                    .path
                    .iter()
                    .map(|known| format!("`{role} in {}`", known.name))
                    .collect();
                format!(
                    "`{text}` is no path parameter of this handler: write {}",
                    known.join(" or ")
                )
            }
        };
        diagnostics.error(&name, message);
        return None;
    };
    if parameter.trailing {
        diagnostics.error(
            &name,
            format!("`<{text}..>` is several segments, but one names where a role holds: write `<{text}>` in the path"),
        );
        return None;
    }
    let plain = parameter.ty.clone().filter(|ty| is_within(ty).is_none());
    Some((name, parameter.segment, plain))
}

/// The parameters of type `Within<…>`, each with the scope that the rule lets the user into. One
/// without such a rule is reported, and one whose scope another term of the rule makes needless.
pub(super) fn withins(
    parameters: &Parameters,
    asked_for: &[&ScopedRole],
    passes_without: impl Fn(usize) -> bool,
    diagnostics: &mut Diagnostics,
) -> Vec<WithinParameter> {
    let Parameters::Handler(handler) = parameters else {
        return Vec::new();
    };
    let within = |parameter: &PathParameter| {
        let ty = parameter.ty.as_ref()?;
        let argument = is_within(ty)?;
        let of_parameter = |role: &&&ScopedRole| role.segment == parameter.segment;
        let last = |path: &Path| path.segments.last().map(|last| last.ident.to_string());
        let role = asked_for
            .iter()
            .filter(of_parameter)
            .find(|role| argument.is_some_and(|argument| last(argument) == last(&role.role_enum)));
        if role.is_none() {
            let name = &parameter.name;
            let role_enum = argument.map_or_else(|| String::from("OrgRole"), text);
            let first = argument.and_then(last).unwrap_or(role_enum);
            diagnostics.error(
                ty,
                format!(
                    "`{name}` is the proof of a rule about it, and no rule here asks for a role in it: write \
                     `#[require_role({first}::Variant in {name})]`"
                ),
            );
        }
        if role.is_some() && passes_without(parameter.segment) {
            let name = &parameter.name;
            diagnostics.error(
                ty,
                format!(
                    "`{name}` is the proof of a rule about it, and this rule has another way in that says nothing about \
                     `{name}`: use `all(…)`, give the policy `{name}`, or take the plain id"
                ),
            );
            return None;
        }
        role.map(|role| WithinParameter {
            name: parameter.name.clone(),
            segment: parameter.segment,
            role_enum: role.role_enum.clone(),
        })
    };
    handler.path.iter().filter_map(within).collect()
}

/// The path inside `Within<…>`, if the type is one; `Some(None)` where that is no path.
pub(crate) fn is_within(ty: &Type) -> Option<Option<&Path>> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Within")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(None);
    };
    Some(match arguments.args.first() {
        Some(GenericArgument::Type(Type::Path(role_enum))) => Some(&role_enum.path),
        _ => None,
    })
}

/// The text of the role and its scope, which tells it from the others of a rule.
pub(super) fn name(role: &Path, parameter: &str) -> String {
    format!("{} in {parameter}", text(role))
}
