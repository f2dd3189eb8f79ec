use proc_macro2::{Group, Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, GenericParam, Ident, ItemFn, ReturnType, Signature, Type, Visibility};

use super::route::names_a_path;
use super::{HandlerParameters, Parameters, Word, fragments};
use crate::diagnostics::Diagnostics;

/// A route handler. Its body stays as it is: nothing is read from it or changed in it.
pub(crate) struct Handler {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
    pub(crate) route: RoutePlace,
    pub(crate) parameters: Parameters,
}

/// Where the attribute stands that makes the function a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoutePlace {
    /// Below ours, as it must: it has not run yet. It is the attribute at this index.
    Below(usize),
    /// Above ours: it has run already, and read the signature without the guard. Reported.
    Above,
    /// Nowhere. Reported.
    Nowhere,
}

/// Rocket's attributes that make a function a handler.
const ROUTES: [&str; 8] = ["get", "put", "post", "delete", "head", "patch", "options", "route"];

/// Reads a handler; gives back as tokens what cannot be one, which is reported.
pub(super) fn parse(
    word: Word,
    attributes: Vec<Attribute>,
    visibility: Visibility,
    rest: &TokenStream,
    block: Option<Group>,
    diagnostics: &mut Diagnostics,
) -> Result<Handler, TokenStream> {
    let parts = |input: ParseStream<'_>| Ok((input.parse::<Signature>()?, input.parse::<TokenStream>()?));
    let Some((mut signature, between)) = diagnostics.keep(parts.parse2(rest.clone())) else {
        return Err(quote!(#(#attributes)* #visibility #rest #block));
    };

    fragments::open_types(&mut signature);

    let name = word.name();
    let (mut attributes, second) = only_route(attributes, diagnostics);
    let route = attributes.iter().position(is_route(&attributes));
    // A function with a body has no tokens between its signature and the body. The compiler reports
    // any that there are.
    let body = |unread: &[Attribute]| {
        let block = block.as_ref().map(|block| importing(unread, block));
        quote!(#between #block)
    };
    if let Some(attribute) = route.and_then(|index| attributes.get_mut(index)) {
        fragments::open_arguments(attribute);
    }
    let catcher = attributes
        .iter()
        .any(|attribute| last_segment_is(attribute, &["catch"]));
    let route_attribute = route.and_then(|index| attributes.get(index));

    // Without the route attribute, where it would only say the same in other words.
    let plain = || {
        let (unread, others): (Vec<_>, Vec<_>) = attributes
            .iter()
            .cloned()
            .enumerate()
            .partition(|(index, _)| Some(*index) == route);
        let [unread, others] =
            [unread, others].map(|pairs| pairs.into_iter().map(|(_, attribute)| attribute).collect::<Vec<_>>());
        let body = body(&unread);
        Err(quote!(#(#others)* #visibility #signature #body))
    };
    if let Some(receiver) = signature.receiver() {
        diagnostics.error(
            receiver,
            format!("`#[{name}]` stands on a method, but Rocket's handlers are free functions: move the function out of the `impl` and remove `self`"),
        );
        return plain();
    }
    let Some(block) = &block else {
        diagnostics.error(
            &signature.ident,
            format!("`#[{name}]` stands on a function without a body: write it on a free function with a body and a route attribute"),
        );
        return plain();
    };
    if catcher {
        diagnostics.error_at(
            Span::call_site(),
            format!("`#[{name}]` stands on a catcher, which answers errors and needs no decision: remove `#[{name}]`"),
        );
        return plain();
    }
    if route.is_none() && starts_the_server(&attributes, &signature) {
        diagnostics.error_at(
            Span::call_site(),
            format!(
                "`#[{name}]` stands on the function that starts the server, which answers no request: remove it here, and write \
                 a decision above the `#[get(…)]` of each handler"
            ),
        );
        return plain();
    }

    if let Some(parameter) = type_parameter(&signature) {
        diagnostics.error(
            parameter,
            format!(
                "Rocket's handlers are not generic: remove `<…>`, and write a type instead of `{}`",
                name_of(parameter)
            ),
        );
        // Rocket would say the same in other words.
        let unread: Vec<_> = route
            .map(|index| attributes.remove(index))
            .into_iter()
            .chain(second)
            .collect();
        return Ok(Handler {
            attributes,
            visibility,
            signature,
            body: body(&unread),
            route: RoutePlace::Nowhere,
            parameters: Parameters::Unknown,
        });
    }

    let route = match route {
        Some(index) => RoutePlace::Below(index),
        None if was_printed_by_a_macro(block) => RoutePlace::Above,
        None => RoutePlace::Nowhere,
    };
    match route {
        RoutePlace::Below(_) => {}
        RoutePlace::Above => diagnostics.error_at(
            Span::call_site(),
            format!("`#[{name}]` stands below the route attribute, too late to guard it: move it above `#[get(…)]`"),
        ),
        RoutePlace::Nowhere => diagnostics.error_at(
            Span::call_site(),
            format!("`#[{name}]` stands on a function that is no route handler: add `#[get(\"/path\")]` below it"),
        ),
    }
    let parameters = route_attribute
        .and_then(|attribute| HandlerParameters::of(attribute, &signature))
        .map_or(Parameters::Unknown, Parameters::Handler);
    Ok(Handler {
        attributes,
        visibility,
        signature,
        body: body(&second),
        route,
        parameters,
    })
}

/// The attributes without a further route attribute, and that, which is reported: Rocket would make
/// two types of one name.
fn only_route(attributes: Vec<Attribute>, diagnostics: &mut Diagnostics) -> (Vec<Attribute>, Vec<Attribute>) {
    let is_route = is_route(&attributes);
    let mut first = true;
    let (second, others): (Vec<_>, Vec<_>) = attributes
        .into_iter()
        .partition(|attribute| is_route(attribute) && !std::mem::take(&mut first));
    for attribute in &second {
        diagnostics.error(
            attribute,
            "a handler has one route attribute: write a second function, with its own decision and this route attribute",
        );
    }
    (others, second)
}

/// The body, with a use of the attributes that do not run because of a mistake: the imports that
/// name them are not unused.
fn importing(unread: &[Attribute], body: &Group) -> Group {
    if unread.is_empty() {
        return body.clone();
    }
    let paths = unread.iter().map(Attribute::path);
    let statements = body.stream();
    let mut body_with_imports = Group::new(
        body.delimiter(),
        quote!(#(#[allow(unused_imports)] use #paths as _;)* #statements),
    );
    body_with_imports.set_span(body.span());
    body_with_imports
}

/// A handler that still has its route attribute after that should have run: the compiler knows no
/// attribute of this name.
pub(crate) struct UnreadRoute {
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    /// Without the attribute, of which the compiler would complain again.
    pub(crate) function: TokenStream,
}

/// The function, if it has a route attribute.
pub(crate) fn unread_route(function: &TokenStream) -> Option<UnreadRoute> {
    let parts = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        // By name only: others of these arguments may stand below a route attribute that has run.
        let is_route = |attribute: &Attribute| last_segment_is(attribute, &ROUTES);
        let rest: TokenStream = input.parse()?;
        Ok(attributes.iter().any(is_route).then(|| {
            let others = attributes.into_iter().filter(|attribute| !is_route(attribute));
            quote!(#(#others)* #rest)
        }))
    };
    let function = parts.parse2(function.clone()).ok()??;
    let ItemFn { vis, sig, .. } = syn::parse2(function.clone()).ok()?;
    Some(UnreadRoute {
        visibility: vis,
        name: sig.ident,
        function,
    })
}

/// Which of `all` are route attributes: those with a name of Rocket's. If there are none, those
/// with arguments like Rocket's count, as after `use rocket::get as http_get`.
fn is_route(all: &[Attribute]) -> impl Fn(&Attribute) -> bool + use<> {
    let by_name = all.iter().any(|attribute| last_segment_is(attribute, &ROUTES));
    move |attribute| {
        if by_name {
            last_segment_is(attribute, &ROUTES)
        } else {
            names_a_path(attribute)
        }
    }
}

/// Whether the function is for `#[launch]` or `#[rocket::main]`, also where that has run already.
fn starts_the_server(attributes: &[Attribute], signature: &Signature) -> bool {
    let returns_rocket = match &signature.output {
        ReturnType::Type(_, ty) => {
            matches!(&**ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Rocket"))
        }
        ReturnType::Default => false,
    };
    let attributes = attributes
        .iter()
        .any(|attribute| last_segment_is(attribute, &["launch", "main"]));
    attributes || returns_rocket || signature.ident == "main"
}

/// A parameter of the function that is no lifetime.
fn type_parameter(signature: &Signature) -> Option<&GenericParam> {
    let parameters = &signature.generics.params;
    parameters
        .iter()
        .find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
}

fn name_of(parameter: &GenericParam) -> String {
    match parameter {
        GenericParam::Type(parameter) => parameter.ident.to_string(),
        GenericParam::Const(parameter) => parameter.ident.to_string(),
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_string(),
    }
}

fn last_segment_is(attribute: &Attribute, names: &[&str]) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| names.contains(&last.ident.to_string().as_str()))
}

/// Whether this block comes out of another attribute macro instead of straight from the source.
///
/// That macro is Rocket's in all likelihood. It uses `syn`, which gives both braces of a block the
/// span of the whole block; in the source, they are two places. Only the wording of an error
/// depends on it.
fn was_printed_by_a_macro(block: &Group) -> bool {
    let (open, close) = (block.span_open().unwrap(), block.span_close().unwrap());
    (open.line(), open.column()) == (close.line(), close.column())
}
