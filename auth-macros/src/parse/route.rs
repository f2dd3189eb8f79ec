//! The parameters of a handler, as its route attribute names them.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, Ident, LitStr, Meta, Pat, Signature, Token, Type};

use super::list;

/// What a policy can be given, at the place where its rule stands.
pub(crate) enum Parameters {
    /// The parameters of a handler.
    Handler(HandlerParameters),
    /// A struct has no route, and so no parameters.
    Struct,
    /// They cannot be read; Rocket or this crate has reported why.
    Unknown,
}

/// The parameters of a handler, by where their values come from.
#[derive(Default)]
pub(crate) struct HandlerParameters {
    /// In the order of the path.
    pub(crate) path: Vec<PathParameter>,
    query: Vec<String>,
    data: Option<String>,
    /// The function's parameters that are none of the above.
    guards: Vec<GuardParameter>,
}

/// A request guard.
struct GuardParameter {
    name: String,
    is_user: bool,
}

/// A `<name>` or `<name..>` in the path.
pub(crate) struct PathParameter {
    pub(crate) name: String,
    /// Its place among the segments of the route's path, those without a parameter included.
    pub(crate) segment: usize,
    /// Whether it takes all segments from there on, as `<name..>` does.
    pub(crate) trailing: bool,
    /// The type of the function's parameter; `None` if the function has none, which Rocket reports.
    pub(crate) ty: Option<Type>,
}

impl HandlerParameters {
    /// The parameters of the function `signature` with the route attribute `attribute`; `None` if
    /// that has no path that can be read, which Rocket reports.
    pub(crate) fn of(attribute: &Attribute, signature: &Signature) -> Option<HandlerParameters> {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let mut parameters = HandlerParameters::default();
        let mut uri = None;
        for part in list::split(list.tokens.clone()) {
            match argument(part) {
                Some((None, text)) if uri.is_none() => uri = Some(text),
                Some((Some(name), text)) if name == "uri" => uri = Some(text),
                Some((Some(name), text)) if name == "data" => parameters.data = dynamic(&text).map(|(name, _)| name),
                _ => {}
            }
        }
        parameters.read(&uri?);
        parameters.add_types(signature);
        Some(parameters)
    }

    /// What sort of parameter `name` is, if it is one, but not of the path.
    pub(crate) fn other(&self, name: &str) -> Option<&'static str> {
        if self.query.iter().any(|known| known == name) {
            Some("a query parameter")
        } else if self.data.as_deref() == Some(name) {
            Some("the body")
        } else if self.guards.iter().any(|guard| guard.name == name) {
            Some("a request guard")
        } else {
            None
        }
    }

    /// Whether `name` is a request guard.
    pub(crate) fn is_guard(&self, name: &str) -> bool {
        self.guards.iter().any(|guard| guard.name == name)
    }

    /// Whether `name` looks like an argument that each policy gets anyway: the user, or the
    /// request.
    pub(crate) fn is_given_anyway(&self, name: &str) -> bool {
        let is_path = self.path.iter().any(|parameter| parameter.name == name);
        let is_other = self.other(name).is_some();
        !is_path
            && (self.guards.iter().any(|guard| guard.is_user && guard.name == name)
                || (!is_other && ["user", "request", "req"].contains(&name)))
    }

    /// Reads the parameters in a route's URI, as Rocket does: empty segments do not count, and
    /// `<_>` has no name.
    fn read(&mut self, uri: &str) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        self.path = segments
            .enumerate()
            .filter_map(|(segment, text)| dynamic(text).map(|found| (segment, found)))
            .filter(|(_, (name, _))| name != "_")
            .map(|(segment, (name, trailing))| PathParameter {
                name,
                segment,
                trailing,
                ty: None,
            })
            .collect();
        self.query = query.split('&').filter_map(|part| Some(dynamic(part)?.0)).collect();
    }

    /// Adds what the function says: the types of the parameters, and which of them are request
    /// guards.
    fn add_types(&mut self, signature: &Signature) {
        for input in &signature.inputs {
            let FnArg::Typed(input) = input else { continue };
            let Pat::Ident(pattern) = &*input.pat else { continue };
            let name = pattern.ident.unraw().to_string();
            if let Some(parameter) = self.path.iter_mut().find(|parameter| parameter.name == name) {
                parameter.ty = Some((*input.ty).clone());
            } else if self.other(&name).is_none() {
                let is_user = is_user(&input.ty);
                self.guards.push(GuardParameter { name, is_user });
            }
        }
    }
}

/// Whether the arguments of `attribute` are those of a route attribute with any name: `"/path"`, or
/// `uri = "/path"`.
pub(super) fn names_a_path(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let arguments = list::split(list.tokens.clone()).into_iter().map(argument);
    arguments.enumerate().any(|(index, argument)| match argument {
        Some((None, text)) => index == 0 && text.starts_with('/'),
        Some((Some(name), _)) => name == "uri",
        None => false,
    })
}

/// An argument of a route attribute that is a text: `"/reports/<id>"`, or `uri = "/reports/<id>"`.
fn argument(part: TokenStream) -> Option<(Option<Ident>, String)> {
    let parser = |input: ParseStream<'_>| {
        let mut name = None;
        if input.peek(Ident) {
            name = Some(input.parse()?);
            input.parse::<Token![=]>()?;
        }
        Ok((name, input.parse::<LitStr>()?.value()))
    };
    parser.parse2(part).ok()
}

/// Whether this is `User<R>` or `&User<R>`.
fn is_user(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "User"),
        Type::Reference(reference) => is_user(&reference.elem),
        _ => false,
    }
}

/// The name in `<name>` or `<name..>`, and whether it is the latter.
fn dynamic(text: &str) -> Option<(String, bool)> {
    let name = text.strip_prefix('<')?.strip_suffix('>')?;
    Some(match name.strip_suffix("..") {
        Some(name) => (name.to_owned(), true),
        None => (name.to_owned(), false),
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn parameters(attribute: &Attribute) -> HandlerParameters {
        let signature =
            parse_quote!(fn handler(id: i32, r#type: &'a str, rest: PathBuf, page: u8, body: Json<T>, user: &User<R>));
        HandlerParameters::of(attribute, &signature).unwrap_or_default()
    }

    fn path(attribute: &Attribute) -> Vec<(String, usize, bool, bool)> {
        let of = |p: PathParameter| (p.name, p.segment, p.trailing, p.ty.is_some());
        parameters(attribute).path.into_iter().map(of).collect()
    }

    #[test]
    fn segments_are_counted_from_the_start_of_the_path_static_ones_included() {
        assert_eq!(
            path(&parse_quote!(#[get("/reports/<id>/x/<type>/<rest..>?<page>", rank = 2)])),
            [
                (String::from("id"), 1, false, true),
                (String::from("type"), 3, false, true),
                (String::from("rest"), 4, true, true),
            ]
        );
        assert_eq!(
            path(&parse_quote!(#[rocket::route(GET, uri = "/<_>/<id>/", format = "json")])),
            [(String::from("id"), 1, false, true)]
        );
        assert_eq!(path(&parse_quote!(#[get("/?<id>")])), []);
        assert_eq!(
            path(&parse_quote!(#[get("/<unknown>")])),
            [(String::from("unknown"), 0, false, false)]
        );
    }

    #[test]
    fn other_parameters_are_known_by_where_they_come_from() {
        let parameters = parameters(&parse_quote!(#[post("/<id>?a=b&<page>&<rest..>", data = "<body>")]));
        assert_eq!(parameters.other("page"), Some("a query parameter"));
        assert_eq!(parameters.other("rest"), Some("a query parameter"));
        assert_eq!(parameters.other("body"), Some("the body"));
        assert_eq!(parameters.other("user"), Some("a request guard"));
        assert_eq!(parameters.other("id"), None);
        assert_eq!(parameters.other("nothing"), None);
    }

    #[test]
    fn without_a_path_in_quotes_nothing_is_known() {
        let signature = parse_quote!(fn handler());
        for attribute in [parse_quote!(#[get]), parse_quote!(#[get()]), parse_quote!(#[get(PATH)])] {
            assert!(HandlerParameters::of(&attribute, &signature).is_none());
        }
    }

    #[test]
    fn a_route_attribute_of_another_name_is_known_by_its_path() {
        for attribute in [
            parse_quote!(#[http_get("/stats", rank = 2)]),
            parse_quote!(#[web::any(GET, uri = "/stats")]),
        ] {
            assert!(names_a_path(&attribute));
        }
        for attribute in [
            parse_quote!(#[doc = "/stats"]),
            parse_quote!(#[utoipa::path(get, path = "/stats")]),
            parse_quote!(#[doc(alias = "/stats")]),
            parse_quote!(#[instrument]),
        ] {
            assert!(!names_a_path(&attribute));
        }
    }
}
