//! `endpoints.md`, from the list that the library describes its endpoints with.

use auth_core::__internal::{endpoints, factor_endpoints, flow_endpoints, well_known};
use auth_core::config::{FlowsConfig, SecondFactor, SignUp};
use auth_core::openapi::{add_endpoints, add_flow_endpoints, annotate};
use auth_core::{AccessMap, AuthErrorKind};
use serde_json::{Map, Value, json};

use crate::page::Page;

const MOUNT: &str = "/api/auth";

#[test]
fn the_page_of_endpoints_is_the_list() {
    let mut flows = FlowsConfig::default();
    flows.sign_up = SignUp::Open;
    (flows.reset, flows.change_email, flows.magic_link, flows.delete_account) = (true, true, true, true);
    let rocket = rocket::build()
        .mount(MOUNT, endpoints())
        .mount(MOUNT, flow_endpoints(&flows))
        .mount(MOUNT, factor_endpoints(&SecondFactor::Offered))
        .mount("/", well_known());
    let mut document = json!({ "openapi": "3.1.0" });
    add_endpoints(&mut document, MOUNT);
    add_flow_endpoints(&mut document, MOUNT, &AccessMap::of(&rocket));
    annotate(&mut document, &AccessMap::of(&rocket)).expect("every endpoint is described");

    let mut page = Page::new("Endpoints");
    page.paragraph(
        "The endpoints of the library, below the default `auth.mount`. [HTTP API](../guide/http-api.md) explains how a \
         client uses them, and [Errors](errors.md) what to do about each code. Bodies are JSON with these fields and no \
         others. Every answer has `Cache-Control: no-store`.",
    );
    page.paragraph(
        "The endpoints below `/register`, `/password/forgot`, `/password/reset`, `/email`, `/login/link` and \
         `/account/delete` are there where `auth.flows` turns them on. `/login/factor` and the endpoints below `/factors` \
         are there where `auth.second_factor` turns them on. Elsewhere they answer 404.",
    );
    page.paragraph(
        "Every refusal has the body `{\"error\": \"<code>\", \"message\": \"<one sentence>\"}`, or HTML for a client that \
         prefers it.",
    );
    for (path, item) in object(&document["paths"]) {
        for (method, operation) in object(item) {
            page.heading(2, format_args!("`{} {path}`", method.to_uppercase()));
            page.paragraph(text(&operation["summary"]));
            page.paragraph(caller(operation));
            let parameters = query(operation);
            if !parameters.is_empty() {
                page.paragraph("Query:");
                page.table(["field", "type", "needed"], parameters);
            }
            let body = schema(&document, &operation["requestBody"]);
            if let Some(body) = body {
                page.paragraph(if operation["requestBody"]["required"] == true {
                    "Request:"
                } else {
                    "Request, where the credential is not in a cookie:"
                });
                page.code("json", &example(body));
                page.table(["field", "type", "needed"], fields(body));
            }
            page.paragraph("Answers:");
            page.table(["status", "codes", "when", "headers"], answers(operation));
            for (status, answer) in object(&operation["responses"]) {
                if let Some(body) = schema(&document, answer).filter(|_| status == "200") {
                    page.code("json", &example(body));
                    page.table(["field", "type", "always"], fields(body));
                }
            }
        }
    }
    page.check("endpoints.md");
}

fn caller(operation: &Value) -> &'static str {
    match &operation["security"] {
        Value::Array(schemes) if schemes.is_empty() => "Needs no credential.",
        _ if operation["x-refresh-token"] == true => "Needs a refresh token: the cookie, or the field `refreshToken`.",
        _ => "Needs an access token.",
    }
}

/// The schema of a body of JSON, or of what its array holds.
fn schema<'d>(document: &'d Value, with_content: &'d Value) -> Option<&'d Value> {
    let schema = &with_content["content"]["application/json"]["schema"];
    let schema = if schema["type"] == "array" {
        &schema["items"]
    } else {
        schema
    };
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    let schema = &document["components"]["schemas"][name];
    assert!(schema.is_object(), "{name}");
    Some(schema)
}

fn example(schema: &Value) -> String {
    let example = |(name, property): (&String, &Value)| {
        let example = &property["examples"][0];
        assert!(!example.is_null(), "`{name}` has an example");
        (name.clone(), example.clone())
    };
    let whole: Map<String, Value> = object(&schema["properties"]).iter().map(example).collect();
    serde_json::to_string_pretty(&whole).expect("JSON")
}

fn fields(schema: &Value) -> Vec<[String; 3]> {
    let is_needed = |name: &str| {
        let needed = schema["required"].as_array();
        needed.is_some_and(|names| names.iter().any(|needed| needed == name))
    };
    object(&schema["properties"])
        .iter()
        .map(|(name, property)| {
            let needed = if is_needed(name) { "yes" } else { "no" };
            [format!("`{name}`"), kind(property), needed.to_owned()]
        })
        .collect()
}

/// The parameters of the query.
fn query(operation: &Value) -> Vec<[String; 3]> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            let needed = if parameter["required"] == true { "yes" } else { "no" };
            let mut described = parameter["schema"].clone();
            described["description"] = parameter["description"].clone();
            [
                format!("`{}`", text(&parameter["name"])),
                kind(&described),
                needed.to_owned(),
            ]
        })
        .collect()
}

/// `text (date-time)`, `number`, `"cookie"` or `"body"` (default `"cookie"`).
fn kind(property: &Value) -> String {
    let mut kind = match (&property["type"], property["enum"].as_array()) {
        (_, Some(words)) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" or "),
        (Value::Array(types), _) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        (one, _) => text(one).to_owned(),
    };
    if let Some(format) = property["format"].as_str() {
        kind.push_str(&format!(" ({format})"));
    }
    if !property["default"].is_null() {
        kind.push_str(&format!(", default `{}`", property["default"]));
    }
    if let Some(description) = property["description"].as_str() {
        kind.push_str(&format!("; {}", description.trim_end_matches('.').to_lowercase()));
    }
    kind
}

fn answers(operation: &Value) -> Vec<[String; 4]> {
    object(&operation["responses"])
        .iter()
        .map(|(status, answer)| {
            let codes = answer["x-error-codes"].as_array().map(|codes| {
                codes
                    .iter()
                    .map(|code| format!("`{}`", text(code)))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            assert!(codes.is_some() || !status.starts_with(['4', '5']), "{status} has codes");
            for code in answer["x-error-codes"].as_array().into_iter().flatten().map(text) {
                let kind = AuthErrorKind::ALL.iter().find(|kind| kind.code() == code);
                let of_kind = kind.map(|kind| kind.status().code.to_string());
                assert_eq!(of_kind.as_deref(), Some(status.as_str()), "{code}");
            }
            let headers = object(&answer["headers"]).keys().map(|name| format!("`{name}`"));
            [
                status.clone(),
                codes.unwrap_or_default(),
                text(&answer["description"]).to_owned(),
                headers.collect::<Vec<_>>().join(" "),
            ]
        })
        .collect()
}

fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
