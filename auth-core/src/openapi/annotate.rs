use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::AnnotateError;
use crate::web::{AccessEntry, AccessMap, AccessRequirements, CookieNames};

/// The result of [`annotate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Annotated {
    /// How many operations of the document were annotated.
    pub operations: usize,
    /// Routes that the document does not have. That is fine for a page or for a catch-all of
    /// methods, but not for a route that users of the API call.
    pub undocumented: Vec<AccessEntry>,
    /// Routes of the document without a decision (`unguarded_routes = "warn"`). Their operations
    /// are unchanged.
    pub undecided: Vec<AccessEntry>,
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Adds the access rules of `map` to `document`:
///
/// - `components.securitySchemes`: `bearer`, and the cookies that carry tokens, by the names they
///   have here (of a map of a launched server; else the bearer token and the plain names);
/// - each operation's `security`: none (`[]`) for a public route, else any one of the schemes. An
///   operation with `x-refresh-token: true` takes the refresh cookie, or none;
/// - responses 400, 401 and 403 where a guard may give them, and 404 where an organisation hides
///   itself from strangers, unless the document has its own;
/// - `x-access-rule`, the decision as it would be written; `x-required-roles`, the roles it names
///   as asked for (one that includes them does as well), `owner in org` for one in a scope;
///   `x-policies`, `x-fresh-seconds` and `x-mfa` where there are any.
///
/// Rocket's paths (`/reports/<id>`) are compared with OpenAPI's (`/reports/{id}`); the names of
/// parameters do not matter. The document must name a path as it is mounted: `servers` is not read.
/// If several routes at one path forward to each other, the guarded ones count.
///
/// # Errors
///
/// [`AnnotateError`]; the document is not changed then.
pub fn annotate(document: &mut Value, map: &AccessMap) -> Result<Annotated, AnnotateError> {
    check(document)?;
    let mut routes: BTreeMap<(String, String), Vec<&AccessEntry>> = BTreeMap::new();
    for entry in map.entries() {
        let key = (entry.method.to_ascii_lowercase(), shape(&entry.path));
        routes.entry(key).or_default().push(entry);
    }
    let operations = operations(document);
    let find = |(path, method): &(String, String)| {
        let of = |method: &str| routes.get(&(method.to_owned(), shape(path)));
        // Rocket answers HEAD where it answers GET.
        of(method).or_else(|| of("get").filter(|_| method == "head"))
    };
    let unknown: Vec<String> = operations
        .iter()
        .filter(|operation| find(operation).is_none())
        .map(|(path, method)| format!("{} {path}", method.to_uppercase()))
        .collect();
    if !unknown.is_empty() {
        return Err(AnnotateError::UnknownOperations(unknown));
    }
    let mut done = Annotated {
        operations: 0,
        undocumented: Vec::new(),
        undecided: Vec::new(),
    };
    let mut documented = BTreeSet::new();
    for operation in &operations {
        let entries = find(operation).map_or(&[][..], Vec::as_slice);
        documented.extend(entries.iter().copied());
        let undecided = entries.iter().filter(|entry| entry.asked.is_none());
        done.undecided.extend(undecided.copied().cloned());
        let (path, method) = operation;
        if let (Some(entry), Some(Value::Object(found))) =
            (strictest(entries), document["paths"][path].get_mut(method.as_str()))
        {
            write(found, entry, method, map.cookies());
            done.operations += 1;
        }
    }
    let missing = map.entries().iter().filter(|entry| !documented.contains(entry));
    done.undocumented.extend(missing.cloned());
    add_components(document, map.cookies());
    Ok(done)
}

fn check(document: &Value) -> Result<(), AnnotateError> {
    let is_three = document["openapi"]
        .as_str()
        .is_some_and(|version| version.starts_with("3."));
    if !is_three {
        return Err(AnnotateError::NotOpenApi("`openapi` is not 3.…"));
    }
    let is_object = |value: Option<&Value>| value.is_none_or(Value::is_object);
    let components = document.get("components");
    let parts = ["securitySchemes", "responses", "schemas"];
    if !is_object(document.get("paths")) {
        Err(AnnotateError::NotOpenApi("`paths` is no object"))
    } else if !is_object(components)
        || !parts
            .iter()
            .all(|part| is_object(components.and_then(|all| all.get(part))))
    {
        Err(AnnotateError::NotOpenApi("`components` are no objects"))
    } else {
        Ok(())
    }
}

/// Path and method of every operation, sorted: whether JSON keeps its order depends on features
/// that others turn on.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let item = item.as_object().into_iter().flatten();
        item.filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(|(method, _)| (path.clone(), method.clone()))
    });
    let mut operations: Vec<(String, String)> = operations.collect();
    operations.sort();
    operations
}

/// A path without the names of its parameters, in the syntax of Rocket or of OpenAPI.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| {
        let dynamic = |open, close| segment.starts_with(open) && segment.ends_with(close);
        if dynamic('<', '>') || dynamic('{', '}') {
            "{}"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The strictest entry of one path. It stands for all entries of the path, because a public route
/// may forward a request to a guarded one.
fn strictest<'e>(entries: &[&'e AccessEntry]) -> Option<&'e AccessEntry> {
    let decided = entries.iter().copied().filter(|entry| entry.asked.is_some());
    decided.max_by_key(|entry| entry.asked.as_ref().map(|asked| (asked.identity, asked.rule)))
}

fn write(operation: &mut Map<String, Value>, entry: &AccessEntry, method: &str, cookies: &CookieNames) {
    let Some(asked) = &entry.asked else { return };
    let takes_refresh = operation.get("x-refresh-token") == Some(&Value::Bool(true));
    operation.insert("security".into(), security(asked, takes_refresh, cookies));
    operation.insert("x-access-rule".into(), json!(entry.decision));
    for (name, values) in [("x-required-roles", &asked.roles), ("x-policies", &asked.policies)] {
        if !values.is_empty() {
            operation.insert(name.into(), json!(values));
        }
    }
    if let Some(fresh) = asked.fresh {
        operation.insert("x-fresh-seconds".into(), json!(fresh));
    }
    if asked.mfa {
        operation.insert("x-mfa".into(), json!(true));
    }
    if !asked.identity {
        return;
    }
    let mut answers = vec![("400", BAD_REQUEST), ("401", UNAUTHORIZED)];
    // Without a rule a cookie from another site is what can be forbidden.
    if asked.rule || (cookies.access.is_some() && !["get", "head", "options", "trace"].contains(&method)) {
        answers.push(("403", FORBIDDEN));
    }
    if asked.hides {
        answers.push(("404", NOT_FOUND));
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Value::Object(responses) = responses {
        for (status, name) in answers {
            let response = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.entry(status).or_insert(response);
        }
    }
}

fn security(asked: &AccessRequirements, takes_refresh: bool, cookies: &CookieNames) -> Value {
    match (asked.identity, takes_refresh) {
        (true, _) if cookies.access.is_some() => json!([{ BEARER: [] }, { ACCESS_COOKIE: [] }]),
        (true, _) => json!([{ BEARER: [] }]),
        (false, true) => json!([{ REFRESH_COOKIE: [] }, {}]),
        (false, false) => json!([]),
    }
}

const BEARER: &str = "bearer";
const ACCESS_COOKIE: &str = "accessCookie";
const REFRESH_COOKIE: &str = "refreshCookie";

const BAD_REQUEST: &str = "AuthBadRequest";
const UNAUTHORIZED: &str = "AuthUnauthorized";
const FORBIDDEN: &str = "AuthForbidden";
const NOT_FOUND: &str = "AuthNotFound";

/// Adds schemes, responses and the schema of a refusal. What the document has of these names is
/// replaced: they are ours.
fn add_components(document: &mut Value, cookies: &CookieNames) {
    let mut schemes = Map::new();
    schemes.insert(
        BEARER.into(),
        json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The access token." }),
    );
    let mut cookie = |scheme: &str, name: &str, description: &str| {
        let value = json!({ "type": "apiKey", "in": "cookie", "name": name, "description": description });
        schemes.insert(scheme.into(), value);
    };
    if let Some(name) = &cookies.access {
        cookie(
            ACCESS_COOKIE,
            name,
            "The access token as a cookie, for this site's own pages.",
        );
    }
    cookie(
        REFRESH_COOKIE,
        &cookies.refresh,
        "The refresh token, for refreshing and signing out.",
    );
    let challenge = json!({ "WWW-Authenticate": { "schema": { "type": "string" }, "description": "RFC 6750." } });
    let responses = Map::from_iter([
        (
            BAD_REQUEST.to_owned(),
            refusal(
                "The request carries more than one credential, or cannot be understood.",
                None,
            ),
        ),
        (
            UNAUTHORIZED.to_owned(),
            refusal("There is no identity, or it is no longer good.", Some(&challenge)),
        ),
        (
            FORBIDDEN.to_owned(),
            refusal("The roles do not suffice, or the request came from another site.", None),
        ),
        (
            NOT_FOUND.to_owned(),
            refusal("There is nothing here, or nothing that the user may know of.", None),
        ),
    ]);
    let refusal = json!({
        "type": "object",
        "required": ["error", "message"],
        "properties": { "error": { "type": "string" }, "message": { "type": "string" } },
    });
    merge(document, "securitySchemes", schemes);
    merge(document, "responses", responses);
    merge(
        document,
        "schemas",
        Map::from_iter([("AuthRefusal".to_owned(), refusal)]),
    );
}

/// A response with the body of a refusal.
fn refusal(description: &str, headers: Option<&Value>) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/AuthRefusal" });
    let mut response = json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    });
    if let Some(headers) = headers {
        response["headers"] = headers.clone();
    }
    response
}

/// Puts `more` into one part of the components. That they are objects was checked.
pub(super) fn merge(document: &mut Value, part: &str, more: Map<String, Value>) {
    if document["components"].is_null() {
        document["components"] = json!({});
    }
    let components = &mut document["components"];
    if components[part].is_null() {
        components[part] = json!({});
    }
    if let Value::Object(there) = &mut components[part] {
        there.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_whatever_their_parameters_are_called() {
        for (rocket, openapi) in [
            ("/", "/"),
            ("/reports/<id>", "/reports/{number}"),
            ("/files/<path..>", "/files/{path}"),
            ("/any/<_>", "/any/{thing}"),
            ("/search?<q>&<page>", "/search"),
        ] {
            assert_eq!(shape(rocket), shape(openapi), "{rocket}");
        }
        assert_ne!(shape("/reports/<id>"), shape("/reports/id"));
        assert_ne!(shape("/reports"), shape("/reports/<id>"));
    }
}
