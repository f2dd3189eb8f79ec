//! The components that every annotated document has.

use serde_json::{Map, Value, json};

use crate::web::CookieNames;

pub(super) const BEARER: &str = "bearer";
pub(super) const ACCESS_COOKIE: &str = "accessCookie";
pub(super) const REFRESH_COOKIE: &str = "refreshCookie";

pub(super) const BAD_REQUEST: &str = "AuthBadRequest";
pub(super) const UNAUTHORIZED: &str = "AuthUnauthorized";
pub(super) const FORBIDDEN: &str = "AuthForbidden";

/// Adds schemes, responses and the schema of a refusal. What the document has of these names is replaced: they are ours.
pub(super) fn add(document: &mut Value, cookies: &CookieNames) {
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
